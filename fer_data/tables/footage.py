"""What rows are called: frames of videos, single pictures, or both."""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["BOTH", "PICTURES", "VIDEOS", "Footage", "all_single", "footage_of"]


class Footage(NamedTuple):
    """Words for the rows of a dataset.

    Attributes:
        row: one of them.
        rows: several of them.
        clips: what they are of; None where that says the same again.
    """

    row: str
    rows: str
    clips: str | None

    def counted(self, count: int) -> str:
        """Return a number of rows in words.

        >>> PICTURES.counted(1), VIDEOS.counted(1200)
        ('1 picture', '1,200 frames')
        """
        return f"{count:,} {self.row if count == 1 else self.rows}"


VIDEOS = Footage("frame", "frames", "videos")
PICTURES = Footage("picture", "pictures", None)
BOTH = Footage("row", "rows", "clips")
"""A single picture counts as a clip."""


def all_single(rows: pa.Table | pa.RecordBatch) -> bool:
    """Return whether rows of one corpus are single pictures: each is the first and only frame of what it is of."""
    if "frame_index" not in rows.schema.names:
        return False
    return not pc.any(pc.not_equal(rows["frame_index"], 0)).as_py()


def footage_of(single: Iterable[bool]) -> Footage:
    """Return the words for rows of corpora, from whether all rows of each are single pictures.

    >>> footage_of([True]).rows, footage_of([False]).rows, footage_of([True, False]).rows, footage_of([]).rows
    ('pictures', 'frames', 'rows', 'frames')
    """
    found = set(single)
    return BOTH if len(found) > 1 else PICTURES if found == {True} else VIDEOS
