"""How a report states intervals: what was drawn, how many there are, and what an interval does not cover."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.metrics.bootstrap import Interval
from fer_data.core.metrics.design_effect import design_effect
from fer_data.core.metrics.units import Drawn

__all__ = ["between", "errors_within", "interval_ends", "plain", "smoothing_note", "stated_units", "units_of"]


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


def interval_ends(intervals: Mapping[str, Interval | None]) -> dict[str, float | None]:
    """Return both ends of each interval as columns of a table; None where too little was drawn.

    >>> interval_ends({"ccc": Interval(0.5, 0.75), "f1": None})
    {'ccc_low': 0.5, 'ccc_high': 0.75, 'f1_low': None, 'f1_high': None}
    """
    return {
        f"{name}_{end}": None if one is None else getattr(one, end)
        for name, one in intervals.items()
        for end in ("low", "high")
    }


def errors_within(errors: NDArray[Any], units: NDArray[np.str_]) -> dict[str, float] | None:
    """Return how much rows of one unit share their errors, (n,), NaN where there is nothing to be wrong about.

    None where it is not defined, such as of single pictures. It explains how wide intervals over whole units are.
    """
    known = np.isfinite(errors.astype(np.float64))
    _, places, counts = np.unique(units[known], return_inverse=True, return_counts=True)
    values = errors[known].astype(np.float64)
    sums, squares = (
        np.asarray(np.bincount(places, one, len(counts)), np.float64) for one in (values, values**2)
    )
    found = design_effect(counts, sums, squares)
    if found is None:
        return None
    return {
        "correlation": found.correlation,
        "design_effect": found.design_effect,
        "effective_rows": found.effective_frames,
    }


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
