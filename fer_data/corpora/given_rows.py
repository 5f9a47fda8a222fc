"""Rows that an adapter hands over, with the ids of the catalog.

::

    a video     series_id  <video_id>[_<face>]      row_id  <series_id>/00001
    a picture   series_id  pictures-train-00000     row_id  <path, quoted>[~<face>]/00001
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pyarrow as pa

from fer_data.core.labels.rows import row_id
from fer_data.core.labels.tasks import split_column
from fer_data.corpora.given import CorpusKind, GivenRow, Medium
from fer_data.corpora.names import check_name
from fer_data.tables.schemas import ROWS

__all__ = ["RowIds", "picture_id", "row_ids", "rows_table", "series_of"]

_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class RowIds:
    """What a row is called in the catalog."""

    row_id: str
    subject_id: str
    video_id: str
    side: str


def picture_id(path: str) -> str:
    """Return the id of a single picture, of which `urllib.parse.unquote` gives the path back.

    >>> picture_id("train/a b.jpg")
    'train%2Fa%20b.jpg'
    """
    return quote(path, safe="")


def row_ids(rows: Sequence[GivenRow], medium: Medium, prefix: str) -> list[RowIds]:
    """Return what each row is called.

    Raises:
        CorpusError: the name of a person, clip or face is not safe.
    """
    name = _of_video if medium == "videos" else _of_picture
    return [name(row, prefix) for row in rows]


def series_of(row: GivenRow, prefix: str) -> str:
    """Return the series of a row of a video: one person in it."""
    video_id = prefix + _checked(row.clip, row.path)
    return f"{video_id}_{check_name(row.face, file=row.path)}" if row.face else video_id


def _of_video(row: GivenRow, prefix: str) -> RowIds:
    series = series_of(row, prefix)
    subject = series if row.person is None else prefix + _checked(row.person, row.path)
    side = row.face if row.face in _SIDES else "only"
    return RowIds(row_id(series, row.frame_index), subject, prefix + _checked(row.clip, row.path), side)


def _of_picture(row: GivenRow, prefix: str) -> RowIds:
    """Return the ids of a picture, alone or of a clip; without persons a picture, or a clip, stands for its own."""
    video = prefix + (picture_id(row.path) if row.clip is None else _checked(row.clip, row.path))
    subject = video if row.person is None else prefix + _checked(row.person, row.path)
    owner = f"{video}~{check_name(row.face, file=row.path)}" if row.face else video
    return RowIds(row_id(owner, row.frame_index), subject, video, "only")


def _checked(name: str | None, path: str) -> str:
    return check_name(name or "", file=path)


def rows_table(
    rows: Sequence[GivenRow],
    ids: Sequence[RowIds],
    labels: Mapping[str, pa.Array],
    *,
    series: str,
    kind: CorpusKind,
) -> pa.Table:
    """Return rows of one series as the catalog has them, in their split of each task that the corpus annotates."""
    text = pa.string()
    splits = pa.array([row.split for row in rows], text)
    columns: dict[str, pa.Array] = {
        name: pa.array([getattr(one, name) for one in ids], text)
        for name in ("row_id", "subject_id", "video_id", "side")
    }
    columns["series_id"] = pa.array([series] * len(rows), text)
    columns["frame_index"] = pa.array([row.frame_index for row in rows], pa.int32())
    columns |= dict.fromkeys(map(split_column, kind.tasks), splits)
    columns |= labels
    missing = pa.nulls(len(rows), text)
    return pa.table([columns.get(name, missing) for name in ROWS.names], schema=ROWS)
