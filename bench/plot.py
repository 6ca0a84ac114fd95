"""The picture of docs/performance.md: each turn of one conversation, with both systems."""

from __future__ import annotations

from pathlib import Path

from bench.turns import Conversation


def draw(stock: Conversation, ours: Conversation, path: Path) -> None:
    """Write the picture as SVG; the same figures give the same file."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "aftercare"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 3.6))
    for conversation, name, colour in ((stock, "stock Rasa", "#b5532b"), (ours, "Aftercare", "#1f6f78")):
        took = [1000 * turn.readable for turn in conversation.turns]
        axes.plot(range(1, len(took) + 1), took, ".", markersize=2.5, alpha=0.35, color=colour)
        axes.plot(range(1, len(took) + 1), _smooth(took), linewidth=1.6, color=colour, label=name)
    axes.set_xlabel("turn of one conversation")
    axes.set_ylabel("reply readable, ms")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _smooth(values: list[float], around: int = 7) -> list[float]:
    """Running medians."""
    return [
        sorted(values[max(0, at - around) : at + around + 1])[
            len(values[max(0, at - around) : at + around + 1]) // 2
        ]
        for at in range(len(values))
    ]
