"""`rasa train` with a clock beside it: `python -m bench.stock.training EPOCHS OUT.json`, in the stock project's folder.

Trains as `config-<EPOCHS>.yml` says. Writes the seconds of each epoch of each model that learns by epochs.
The clock is one more callback of Keras; the training itself is Rasa's.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def main() -> int:
    """Train `config-<epochs>.yml` into `models/stock.tar.gz`."""
    epochs, out = int(sys.argv[1]), Path(sys.argv[2])
    import rasa
    import tensorflow as tf
    from rasa.utils.tensorflow.models import RasaModel

    models: list[dict[str, Any]] = []

    class Clock(tf.keras.callbacks.Callback):  # type: ignore[misc]
        """Notes when each epoch ended."""

        def on_train_begin(self, logs: Any = None) -> None:
            models.append({"model": type(self.model).__name__, "epochs": []})
            self._last = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            now = time.perf_counter()
            models[-1]["epochs"].append(round(now - self._last, 3))
            self._last = now

    fit = RasaModel.fit

    def timed(self: Any, *arguments: Any, **named: Any) -> Any:
        # Rasa fits once more, without epochs to speak of, to build a model that it loads; that has no callbacks.
        if named.get("callbacks") is not None:
            named["callbacks"] = [*named["callbacks"], Clock()]
        return fit(self, *arguments, **named)

    RasaModel.fit = timed
    result = rasa.train(
        domain="domain.yml",
        config=f"config-{epochs}.yml",
        training_files="data",
        output="models",
        fixed_model_name="stock",
        force_training=True,
    )
    out.write_text(json.dumps({"models": models}, indent=1) + "\n", encoding="utf-8")
    return int(result.code)


if __name__ == "__main__":
    sys.exit(main())
