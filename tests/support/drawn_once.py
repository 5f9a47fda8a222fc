"""The picture beside a dataset's card, drawn once a session for the same counts: most tests publish the same faces.

What `plot_labels` draws, and that equal counts give equal bytes, `tests/publish/test_card_plots.py` asks of itself.
"""

from collections.abc import Sequence

from fer_data.publish.card_plots import plot_labels
from fer_data.publish.card_tables import CardSplit

__all__ = ["plot_labels_once"]

_DRAWN: dict[str, bytes | None] = {}


def plot_labels_once(splits: Sequence[CardSplit], classes: Sequence[str], title: str) -> bytes | None:
    """Return what `plot_labels` returns, from an earlier drawing where there is one."""
    said = repr((splits, list(classes), title))
    if said not in _DRAWN:
        _DRAWN[said] = plot_labels(splits, classes, title)
    return _DRAWN[said]
