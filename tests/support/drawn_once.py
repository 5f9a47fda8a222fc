"""The picture beside a dataset's card, drawn once a session for the same counts: most tests publish the same faces.

A module that publishes faces of its own, and looks at no picture, may have some pixels in its place (`plain_cards`), as
long as it makes no fixture of the session.

What `plot_labels` draws, and that equal counts give equal bytes, `tests/publish/test_card_plots.py` asks of itself.
"""

from collections.abc import Sequence

from undrawn import some_pixels

from fer_data.publish.card_plots import labels_in_words, plot_labels
from fer_data.publish.card_tables import CardSplit

__all__ = ["mark_labels", "plot_labels_once"]

_DRAWN: dict[str, bytes | None] = {}


def plot_labels_once(splits: Sequence[CardSplit], classes: Sequence[str], title: str) -> bytes | None:
    """Return what `plot_labels` returns, from an earlier drawing where there is one."""
    said = repr((splits, list(classes), title))
    if said not in _DRAWN:
        _DRAWN[said] = plot_labels(splits, classes, title)
    return _DRAWN[said]


def mark_labels(splits: Sequence[CardSplit], classes: Sequence[str], _title: str) -> bytes | None:
    """Return a picture of some pixels where `plot_labels` would draw one, and others for other numbers."""
    said = labels_in_words(splits, classes)
    return some_pixels(said) if said else None
