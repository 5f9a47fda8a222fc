"""Rows and their states: one row is one frame of one annotated subject."""

from collections.abc import Mapping
from enum import StrEnum

from fer_data.errors import ConservationError

__all__ = ["RowState", "check_conservation", "row_id"]


class RowState(StrEnum):
    """The one state in which a catalog row ends."""

    KEPT = "kept"
    UNLABELLED = "unlabelled"
    NO_FRAME = "no_frame"
    NO_VIDEO = "no_video"
    QUARANTINED = "quarantined"
    DECODE_ERROR = "decode_error"
    NO_FACE = "no_face"
    LOW_QUALITY = "low_quality"
    REDUNDANT = "redundant"
    WITHDRAWN = "withdrawn"


def row_id(series_id: str, frame_index: int) -> str:
    """Return the name of a row of a video: the series and the frame counted from 1, as the organisers number crops.

    >>> row_id("102_left", 0)
    '102_left/00001'
    """
    return f"{series_id}/{frame_index + 1:05d}"


def check_conservation(counts: Mapping[str, int], catalog_rows: int) -> None:
    """Hold the counts per state against the number of rows that came in.

    Raises:
        ConservationError: the counts do not add up to `catalog_rows`, or a state is unknown.
    """
    unknown = sorted(set(counts) - set(RowState))
    if unknown:
        raise ConservationError(
            f"Unknown row states {unknown}. Expected some of {[str(s) for s in RowState]}."
        )
    total = sum(counts.values())
    if total != catalog_rows:
        raise ConservationError(
            f"Row states add up to {total}, but the catalog has {catalog_rows} rows: {dict(counts)}. "
            "Every row must end in exactly one state; this is a fault in fer_data, please report it."
        )
