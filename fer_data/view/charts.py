"""What specifications of charts share: colours of splits, heights, axes."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_data.core.labels.tasks import SPLITS

__all__ = ["SEQUENTIAL", "SPLIT_COLOUR", "bar_height", "log_axis", "room_for_text", "split_colour"]

SPLIT_COLOUR: Mapping[str, Any] = {"domain": list(SPLITS)}
"""Scale of colours: each split has its own on the whole page, whichever others are there."""

SEQUENTIAL: Mapping[str, Any] = {"name": "viridis", "extent": [0.1, 1.0]}
"""Colours from few to many, told apart by colour-blind readers and from light and dark paper alike."""


def split_colour(shown: Sequence[str]) -> Mapping[str, Any]:
    """Return the encoding of colour by the field `split`, with a legend of the splits shown where they are several."""
    legend = {"values": list(shown), "orient": "top"} if len(shown) > 1 else None
    return {"field": "split", "type": "nominal", "scale": SPLIT_COLOUR, "title": None, "legend": legend}


def bar_height(groups: int, bars: int) -> int:
    """Return the height in px of a chart of horizontal bars, in groups of several."""
    return max(60, groups * (14 * bars + 8))


def room_for_text(largest: float, scale: str, *, letters: int = 6) -> float:
    """Return where an axis of bars ends so that texts of so many letters fit behind them on a telephone as well."""
    share = 1 + 0.045 * letters
    return float(largest) ** share + 1 if scale == "symlog" else largest * share


def log_axis(largest: float) -> dict[str, Any]:
    """Return an axis of powers of ten and 0, for a scale `symlog`, whose own ticks crowd.

    >>> log_axis(2000)["values"]
    [0, 1, 10, 100, 1000]
    """
    values, power = [0], 1
    while power <= largest:
        values.append(power)
        power *= 10
    return {"values": values, "format": ",d"}
