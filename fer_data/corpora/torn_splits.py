"""People and videos of a catalog that stand in several splits of one task, and what becomes of their rows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Mask
from fer_data.core.labels.published_splits import RowPlaces, torn_people, torn_videos
from fer_data.core.labels.tasks import TASKS
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tables.published_series import PLACE_COLUMNS, row_places
from fer_data.tables.schemas import ROWS, iterate_table

__all__ = ["torn_splits"]

_SHOWN = 3
_PEOPLE = (
    "{names} in several splits of {tasks}. A published dataset keeps the rows of test, else those of validation, and "
    "leaves {rows:,} others out, so that nobody is trained on and evaluated. Put each person in one split."
)
_VIDEOS = (
    "{names} in train and in another split of {tasks}. A published dataset leaves {rows:,} training rows out, so that "
    "no video is trained on and evaluated. Put each video in one split."
)
_Torn = Callable[[RowPlaces, str], Mask]
_RULES: dict[str, tuple[str, str, str, _Torn]] = {
    "person-in-splits": ("subject_id", "people", _PEOPLE, torn_people),
    "video-in-splits": ("video_id", "videos", _VIDEOS, torn_videos),
}


def torn_splits(rows: Path) -> Iterator[Finding]:
    """Yield what a published dataset leaves out because its person or its video is evaluated; tasks alike as one.

    `rows` is the table of a catalog.

    Raises:
        DatasetError: it is missing or damaged.
    """
    places = row_places(iterate_table(rows, ROWS, PLACE_COLUMNS))
    for rule, (column, kind, text, torn) in _RULES.items():
        found: dict[bytes, list[str]] = {}
        masks = {}
        for task in TASKS:
            mask = torn(places, task)
            if mask.any():
                found.setdefault(mask.tobytes(), []).append(task)
                masks[mask.tobytes()] = mask
        for key, tasks in found.items():
            names = _names(rows, column, masks[key])
            message = text.format(
                names=_shown(names, kind), tasks=" and ".join(tasks), rows=int(masks[key].sum())
            )
            yield Finding(rule, Severity.WARNING, message)


def _names(rows: Path, column: str, mask: Mask) -> list[str]:
    """Return the different values of a column in the rows of a mask."""
    first, found = 0, []
    for table in iterate_table(rows, ROWS, [column]):
        own = pa.array(mask[first : first + len(table)])
        found.append(pc.unique(table[column].filter(own)))
        first += len(table)
    names: list[str] = pc.unique(pa.chunked_array(found, pa.string())).to_pylist()
    return names


def _shown(names: list[str], kind: str) -> str:
    """Return names for a message.

    >>> _shown(["a"], "people"), _shown(["a", "b", "c", "d"], "people")
    ("'a' is", '4 people (a, b, c, ...) are')
    """
    if len(names) == 1:
        return f"{names[0]!r} is"
    more = ", ..." if len(names) > _SHOWN else ""
    return f"{len(names):,} {kind} ({', '.join(names[:_SHOWN])}{more}) are"
