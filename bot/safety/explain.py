"""How a verdict came about, in words: what `aftercare explain "text"` prints."""

from __future__ import annotations

from bot.safety import danger, join
from bot.safety.screen import Mode, Screen


def thresholds() -> list[tuple[str, float]]:
    """What the trained reader's probabilities are held against (`bot.safety.join`), by the names of docs/safety.md."""
    return [
        (name, value)
        for name, value in vars(join).items()
        if name.isupper() and isinstance(value, float) and not name.endswith("_SCORE")
    ]


def as_written(threshold: float) -> str:
    """A threshold as docs/safety.md writes it: "0.20", "0.002"."""
    return f"{threshold:.2f}" if round(threshold, 2) == threshold else f"{threshold:g}"


def explain(text: str, context: str | None = None, mode: Mode = "full") -> str:
    """A report of several lines on one message: level, reasons, evidence, rules that fired or were silenced, what the
    trained reader said to which part and what that was held against, and versions. It repeats the message: print it,
    never log it.
    """
    found = Screen.load(mode).examine(text, context)
    verdict = found.verdict
    lines = [
        f"level      {verdict.level.value}",
        f"score      {verdict.score:.2f}",
        f"decided by {found.joined.decided_by}",
    ]
    lines += [f"reason     {reason}" for reason in verdict.reasons]
    lines += [f"evidence   {start}-{end}  {text[start:end]!r}" for start, end in verdict.evidence]
    for how, read in found.read:
        lines.append(f"read       {how}: {_short(read)}")
    lines += [
        f"rule       {rule_id} fired at {start}-{end}: {text[start:end]!r}"
        for rule_id, start, end in found.fired
    ]
    places = {rule_id for rule_id, _, _ in found.fired}
    lines += [
        f"rule       {rule_id} fired (answer to: {context})"
        for rule_id in verdict.fired
        if rule_id not in places
    ]
    lines += [
        f"rule       {rule_id} matched, silenced by {', '.join(scopes)}" for rule_id, scopes in found.silenced
    ]
    for how, probabilities in found.readings:
        levels = "  ".join(f"{level} {probability:.2f}" for level, probability in probabilities.items())
        lines.append(f"reader     {how}: worry {join.worry(probabilities):.3f}  ({levels})")
    if found.by_intent is not None:
        lines.append(f"reader     by its head of intents: safety {found.by_intent:.2f}")
    if not found.readings:
        lines.append(f"reader     nothing read ({verdict.versions['reader']})")
    else:
        lines += [f"threshold  {name} {as_written(value)}" for name, value in thresholds()]
    if verdict.danger:
        least = danger.OWN_FROM if verdict.danger == danger.OWN else danger.SURE
        lines.append(f"danger     {verdict.danger}, of which the reader is sure from {least:.2f} on")
    lines += [f"version    {name}: {version}" for name, version in verdict.versions.items()]
    return "\n".join(lines)


def _short(text: str, longest: int = 200) -> str:
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"
