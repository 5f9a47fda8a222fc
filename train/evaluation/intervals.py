"""How a report states intervals: what was drawn, how many there are, and what an interval does not cover."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fer_data.core.metrics.bootstrap import Interval
from fer_data.core.metrics.units import Drawn

__all__ = ["between", "plain", "smoothing_note", "stated_units", "units_of"]


def stated_units(count: int, drawn: Drawn) -> dict[str, Any]:
    """Return what stands before intervals.

    >>> stated_units(12, Drawn(("people",)))
    {'drawn': ['people'], 'people': 12}
    """
    note = {"lower_bound": True, "note": drawn.note} if drawn.lower_bound else {}
    return {"drawn": list(drawn.kinds), drawn.kind: count, **note}


def units_of(intervals: Mapping[str, Any]) -> tuple[int, Drawn]:
    """Return how many units were drawn, and what they are."""
    drawn = Drawn(tuple(intervals["drawn"]))
    return int(intervals[drawn.kind]), drawn


def plain(interval: Interval | None) -> dict[str, float] | None:
    """Return an interval as a report states it; None where too little was drawn."""
    return None if interval is None else asdict(interval)


def between(interval: Mapping[str, float] | None) -> str:
    """Return an interval as tables show it.

    >>> between({"low": 0.7, "high": 0.81}), between(None)
    ('0.70-0.81', '-')
    """
    return "-" if interval is None else f"{interval['low']:.2f}-{interval['high']:.2f}"


def smoothing_note(at: Mapping[str, Any]) -> str:
    """Return why scores have no smoothing; empty where they have.

    >>> smoothing_note({"smoothing": None})
    'Nothing is smoothed: no two rows are frames of one clip.'
    """
    return "" if at["smoothing"] is not None else "Nothing is smoothed: no two rows are frames of one clip."
