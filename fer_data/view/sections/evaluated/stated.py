"""Numbers and names of the CSV files of an evaluation."""

import math

__all__ = ["float_of"]


def float_of(stated: str | None) -> float | None:
    """Return a number of a CSV file; None where it is empty or no finite number.

    >>> float_of("0.5"), float_of(""), float_of("nan"), float_of("x")
    (0.5, None, None, None)
    """
    try:
        found = float(stated or "nan")
    except ValueError:
        return None
    return found if math.isfinite(found) and abs(found) < 1e300 else None
