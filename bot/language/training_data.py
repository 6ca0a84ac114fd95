"""Everything the reader learns from, as one list of labelled examples, without Rasa (0.2 seconds instead of 20).

Two sources, both plain text that a person can edit:

- `data/nlu/<intent>.yml`: ordinary Rasa NLU files. Their lines carry an intent only; their level is `none`.
- `data/safety/messages/*.jsonl`: one object a line with `text`, `intent`, `safety`, and optionally `context` (the
  question just asked), `ok_levels` (levels that are equally right) and `tags`.

Development data (`validation/*.jsonl`) has the second form and is read with `read_jsonl`; nothing trains on it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bot.language.errors import TrainingDataError
from bot.language.labels import DANGERS, INTENTS, LEVELS

ROOT: Final = Path(__file__).resolve().parents[2]
NLU_FOLDER: Final = ROOT / "data" / "nlu"
MESSAGES_FOLDER: Final = ROOT / "data" / "safety" / "messages"
VALIDATION_FOLDER: Final = ROOT / "validation"

_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Example:
    """One labelled message."""

    text: str
    intent: str
    safety: str = "none"
    context: str | None = None
    ok_levels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = ""
    danger: str | None = None  # of a crisis: one of DANGERS

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that count as right."""
        return self.ok_levels or (self.safety,)


def read_nlu(path: Path) -> list[Example]:
    """Read one Rasa NLU file in the form `examples: |` with one `- ` line for each message.

    Raises TrainingDataError when the file has another form or names an unknown intent.
    """
    try:
        blocks = yaml.load(path.read_text(encoding="utf-8"), Loader=_YamlLoader)["nlu"]
        pairs = [(block["intent"], line) for block in blocks for line in block["examples"].splitlines()]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise TrainingDataError(
            f"{path} is not a Rasa NLU file with `examples: |` blocks: {error}"
        ) from error
    found = []
    for intent, line in pairs:
        if not line.startswith("-"):
            raise TrainingDataError(
                f"{path}: every example starts with '- '; this one does not: {line[:60]!r}"
            )
        text = line[1:].strip("\n\r ")
        found.append(_checked(Example(text=text, intent=intent, source=path.name), path))
    return found


def read_jsonl(path: Path) -> list[Example]:
    """Read labelled messages, one JSON object a line. Raises TrainingDataError naming file and line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            example = Example(
                text=row["text"],
                intent=row["intent"],
                safety=row["safety"],
                context=row.get("context"),
                ok_levels=tuple(row.get("ok_levels", ())),
                tags=tuple(row.get("tags", ())),
                source=path.name,
                danger=row.get("danger", DANGERS[0]) if row["safety"] == "crisis" else row.get("danger"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingDataError(f"{path}, line {number}: not a labelled message ({error})") from error
        found.append(_checked(example, path))
    return found


def load_training(nlu: Path = NLU_FOLDER, messages: Path = MESSAGES_FOLDER) -> list[Example]:
    """All training examples, files in the order of their names. Raises TrainingDataError when there are none."""
    examples: list[Example] = []
    for path in sorted(nlu.glob("*.yml")):
        examples.extend(read_nlu(path))
    for path in sorted(messages.glob("*.jsonl")):
        examples.extend(read_jsonl(path))
    if not examples:
        raise TrainingDataError(f"no training data below {nlu} and {messages}")
    return examples


def load_validation(name: str, folder: Path = VALIDATION_FOLDER) -> list[Example]:
    """Data that nothing trains on, by name: `questions`, `safety`, `everyday`, `patients`, `sealed`, `retired`
    (sealed before)."""
    return read_jsonl(folder / f"{name}.jsonl")


def _checked(example: Example, path: Path) -> Example:
    if example.intent not in INTENTS:
        raise TrainingDataError(
            f"{path}: unknown intent {example.intent!r}; add it to bot/language/labels.py"
        )
    unknown = [level for level in example.levels + (example.safety,) if level not in LEVELS]
    if unknown:
        raise TrainingDataError(f"{path}: unknown level {unknown[0]!r}; the levels are {', '.join(LEVELS)}")
    if example.danger is not None and (example.danger not in DANGERS or example.safety != "crisis"):
        raise TrainingDataError(
            f"{path}: danger {example.danger!r}; only a crisis has one, of {', '.join(DANGERS)}"
        )
    if not example.text.strip():
        raise TrainingDataError(f"{path}: an example of {example.intent} has no text")
    return example
