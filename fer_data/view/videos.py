"""The rows of what was given, those of one person in one video together and by frame, as the sections on videos ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import (
    ACTION_UNITS,
    DIMENSIONS,
    EXPRESSION,
    LABELS,
    NO_LABEL,
    TASKS,
    UNITS,
    split_column,
)
from fer_data.shell.shown import printable
from fer_data.tables.origin import source_name
from fer_data.tables.pictures import of_pictures
from fer_data.tables.schemas import FACE_ROWS, ROWS, VIDEOS, read_table
from fer_data.tables.source_folders import source_folders
from fer_data.view.evaluated import scored_rows
from fer_data.view.row_counts import OTHER
from fer_data.view.section import link_to

if TYPE_CHECKING:
    from fer_data.view.material import Material

__all__ = [
    "LOST",
    "QUALITY",
    "STATES",
    "Person",
    "Video",
    "VideoRows",
    "split_words",
    "timeline_link",
    "video_rows",
]

STATES = tuple(str(state) for state in RowState)

LOST = ("no_video", "quarantined", "no_frame", "decode_error", "no_face")
"""States of rows whose face was wanted and is not there; the others are kept, or were left out on purpose."""

QUALITY = ("detector_score", "face_blur", "native_px")
"""Measures of a crop that a timeline draws."""

_SPLITS = tuple(split_column(task) for task in TASKS)
_LABELS = (*_SPLITS, EXPRESSION, *DIMENSIONS, UNITS)
_IDS = ("row_id", "video_id", "subject_id", "frame_index")
_FACE = ("state", "pts_seconds", "track_id", *QUALITY)
_NUMBERS: dict[str, tuple[type[np.generic], float]] = {
    EXPRESSION: (np.int8, NO_LABEL),
    **dict.fromkeys((*DIMENSIONS, *QUALITY), (np.float32, np.nan)),
    "pts_seconds": (np.float64, np.nan),
    "track_id": (np.int32, -1),
}
"""By column its type and what stands for none."""


@dataclass(frozen=True, slots=True)
class Person:
    """One annotated person in one video: rows `first` to before `end`, by frame.

    Attributes:
        name: `subject_id`, as it may be shown.
        split: of the tasks that the data are for; empty where nothing says one.
        first: row.
        end: behind the last row.
        elsewhere: splits that other tasks have the person in, with the names of these tasks.
    """

    name: str
    split: str
    first: int
    end: int
    elsewhere: str = ""

    @property
    def rows(self) -> slice:
        """Where the rows are."""
        return slice(self.first, self.end)


@dataclass(frozen=True, slots=True)
class Video:
    """A video, and the people annotated in it.

    Attributes:
        name: `video_id`, as it may be shown.
        source: of the corpus; empty where there is one, or the table does not say.
        people: in order of their names; none of a video without rows.
        fps: frames a second as the catalog has it; None without a catalog.
    """

    name: str
    source: str
    people: tuple[Person, ...] = ()
    fps: float | None = None

    @property
    def rows(self) -> slice:
        """Where the rows of all of them are."""
        return slice(self.people[0].first, self.people[-1].end) if self.people else slice(0, 0)


@dataclass(frozen=True, eq=False)
class VideoRows:
    """Rows of videos, sorted by video, person and frame; single pictures are left out.

    Attributes:
        videos: by source and name; those of a catalog without rows too.
        row_ids: of each row.
        columns: by name an array, a value a row: `frame_index`, `expression` (-1: none), `valence`, `arousal`, and of
            faces `pts_seconds` and the `QUALITY` (NaN: none), `state` (place in `STATES`), `track_id` (-1: none).
        units: (rows, units) of `ACTION_UNITS`: 1, 0, or -1 for none.
        classes: names of the expression classes.
    """

    videos: tuple[Video, ...]
    row_ids: pa.ChunkedArray
    columns: dict[str, NDArray[Any]]
    units: NDArray[np.int8]
    classes: tuple[str, ...]

    @property
    def has_states(self) -> bool:
        """Whether rows have a final state."""
        return "state" in self.columns

    @property
    def several(self) -> bool:
        """Whether the names of sources tell something."""
        return any(video.source for video in self.videos)

    def people(self) -> Iterator[tuple[Video, Person]]:
        """Yield everybody in every video."""
        for video in self.videos:
            for person in video.people:
                yield video, person

    def find(self, name: str | None, source: str = "") -> Video | None:
        """Return a video by `video_id`: of a source, or the only one of that name; None where there is none."""
        found = self._by_name.get(printable(name or ""), ())
        own = [video for video in found if video.source == source]
        return next(iter(own), found[0] if len(found) == 1 else None)

    @cached_property
    def _by_name(self) -> dict[str, list[Video]]:
        named: dict[str, list[Video]] = {}
        for video in self.videos:
            named.setdefault(video.name, []).append(video)
        return named


def timeline_link(video: Video, frame: int | None = None) -> str:
    """Return the address of a video's timeline, at a frame.

    >>> timeline_link(Video("a b", ""), 3)
    '#timelines?video=a+b&frame=3'
    """
    source = {"source": video.source} if video.source else {}
    at = {} if frame is None else {"frame": frame}
    return link_to("timelines", video=video.name, **source, **at)


def video_rows(material: "Material") -> VideoRows:
    """Return the rows of videos: of an evaluation alone those that it scored."""
    if material.row_tables:
        schema = FACE_ROWS if material.has_states else ROWS
        names = [*_IDS, *_LABELS, *(_FACE if material.has_states else ())]
        parts = [_named(read_table(path, schema, names)) for path in material.row_tables]
        parts = [part for part in parts if not of_pictures(part)]
        classes = material.classes
    else:
        table, classes = scored_rows(material.evaluation)
        parts = (
            [] if table is None else [table.append_column("source", pa.array([""] * len(table), pa.string()))]
        )
    if not parts:
        none = pa.chunked_array([], pa.string())
        return VideoRows((), none, {}, np.zeros((0, len(ACTION_UNITS)), np.int8), classes)
    whole = pa.concat_tables([part.replace_schema_metadata(None) for part in parts])
    places = _Order(material.tasks, alone="published" in material.folders)
    return _sorted_rows(whole, classes, _catalog_videos(material), places)


def _named(part: pa.Table) -> pa.Table:
    metadata = {key.decode(): value.decode() for key, value in (part.schema.metadata or {}).items()}
    return part.append_column("source", pa.array([source_name(metadata)] * len(part), pa.string()))


@dataclass(frozen=True, slots=True)
class _Order:
    """The tasks that the rows are for, and whether a video of a single row may be a picture, and is left out."""

    tasks: tuple[str, ...]
    alone: bool


def _sorted_rows(
    table: pa.Table, classes: tuple[str, ...], known: dict[tuple[str, str], float], given: _Order
) -> VideoRows:
    keys = [_codes(table[name]) for name in ("source", "video_id", "subject_id")]
    frames = _numpy(table["frame_index"])
    order = np.lexsort((frames, *(codes for codes, _ in reversed(keys))))
    sorted_keys = [codes[order] for codes, _ in keys]
    people = _starts(sorted_keys)
    if given.alone:
        single = np.diff(np.append(_starts(sorted_keys[:2]), len(order))) == 1
        order = np.delete(order, _starts(sorted_keys[:2])[single])
        sorted_keys = [codes[order] for codes, _ in keys]
        people = _starts(sorted_keys)
    table = table.take(pa.array(order))
    splits = _person_splits(table, people, given.tasks)
    videos = _videos(
        (people, len(table)), [names for _, names in keys], [codes[people] for codes in sorted_keys], splits
    )
    columns = _columns(table)
    return VideoRows(_all_videos(videos, known), table["row_id"], columns, _units(table), classes)


def _codes(column: pa.ChunkedArray) -> tuple[Int64, list[str]]:
    """Return a number for each value, in the order of their names, and the names."""
    encoded = pc.dictionary_encode(column).combine_chunks()
    encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    names = encoded.dictionary.to_pylist()
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(np.array(names, object), kind="stable")] = np.arange(len(names))
    return rank[_numpy(encoded.indices)], sorted(names)


def _numpy(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    return np.asarray(
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    )


def _starts(keys: Sequence[Int64]) -> Int64:
    """Return where any of sorted keys changes, the first row too."""
    if not len(keys[0]):
        return np.zeros(0, np.int64)
    changed = np.logical_or.reduce([np.diff(key) != 0 for key in keys])
    return np.append(0, np.flatnonzero(changed) + 1)


def _person_splits(table: pa.Table, people: Int64, tasks: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the split of everybody, whose first rows these are, and which splits other tasks have them in."""
    columns = [name for name in _SPLITS if name in table.column_names]
    if not columns:
        return [("", "")] * len(people)
    stated = table.select(columns).take(pa.array(people)).to_pylist()
    return [split_words({task: row.get(split_column(task)) for task in TASKS}, tasks) for row in stated]


def split_words(stated: Mapping[str, str | None], tasks: Sequence[str]) -> tuple[str, str]:
    """Return in which split somebody is by the tasks of the data, and in which others by other tasks.

    >>> split_words({"expression": None, "action_units": "train"}, ["expression"])
    ('no split', 'action units: train')
    >>> split_words({"expression": "train", "action_units": "train"}, ["expression"])
    ('train', '')
    >>> split_words({"expression": "test", "action_units": "train"}, ["expression", "action_units"])
    ('expression: test, action units: train', '')
    """
    own = {task: split for task, split in stated.items() if split and task in tasks}
    one = len(set(own.values())) <= 1
    split = next(iter(own.values()), OTHER) if one else _by_task(own)
    others = {task: name for task, name in stated.items() if name and task not in tasks and name != split}
    return split, _by_task(others)


def _by_task(splits: Mapping[str, str]) -> str:
    return ", ".join(f"{LABELS[task].title}: {split}" for task, split in splits.items())


def _videos(
    people: tuple[Int64, int],
    names: Sequence[list[str]],
    codes: Sequence[Int64],
    splits: Sequence[tuple[str, str]],
) -> Iterator[Video]:
    """Yield the videos of a sorted table whose people begin at these rows, with the codes of their ids."""
    firsts, rows = people
    ends = np.append(firsts[1:], rows)[: len(firsts)]  # none of a table without rows
    found: dict[tuple[str, str], list[Person]] = {}
    for at, (first, end) in enumerate(zip(firsts.tolist(), ends.tolist(), strict=True)):
        source, video, subject = (printable(name[code[at]]) for name, code in zip(names, codes, strict=True))
        split, elsewhere = splits[at]
        found.setdefault((source, video), []).append(Person(subject, split, first, end, elsewhere))
    for (source, video), own in found.items():
        yield Video(video, source, tuple(own))


def _all_videos(videos: Iterator[Video], known: dict[tuple[str, str], float]) -> tuple[Video, ...]:
    """Return videos with the frames a second that the catalog has, and its videos without rows."""
    own = {(video.source, video.name): video for video in videos}
    by_name = {name: fps for (_, name), fps in known.items()}
    found = [replace(video, fps=by_name.get(video.name)) for video in own.values()]
    if known and {source for source, _ in known} >= {source for source, _ in own}:
        found += [
            Video(name, source, (), fps) for (source, name), fps in known.items() if (source, name) not in own
        ]
    if len({video.source for video in found}) <= 1:
        found = [replace(video, source="") for video in found]
    return tuple(sorted(found, key=lambda one: (one.source, one.name)))


def _catalog_videos(material: "Material") -> dict[tuple[str, str], float]:
    """Return frames a second by source and video, of the catalog that was given or made."""
    folder = material.catalog or material.folders.get("catalog")
    found: dict[tuple[str, str], float] = {}
    for one in source_folders(folder) if folder else ():
        if (one / "videos.parquet").is_file():
            videos = read_table(one / "videos.parquet", VIDEOS, ["video_id", "fps"])
            name = _source_of(one)
            ids = map(printable, videos["video_id"].to_pylist())
            found.update(
                {(name, video): fps for video, fps in zip(ids, videos["fps"].to_pylist(), strict=True)}
            )
    return found


def _source_of(catalog: Path) -> str:
    table = read_table(catalog / "rows.parquet", ROWS, ["video_id"])
    return source_name({key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()})


def _columns(table: pa.Table) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {"frame_index": _numpy(table["frame_index"]).astype(np.int64)}
    for name, (kind, none) in _NUMBERS.items():
        if name in table.column_names:
            values = pc.fill_null(pc.cast(table[name], pa.float64()), none)
            found[name] = _numpy(values).astype(kind)
    if "state" in table.column_names:
        found["state"] = _numpy(pc.index_in(table["state"], pa.array(STATES))).astype(np.int8)
    return found


def _units(table: pa.Table) -> NDArray[np.int8]:
    units = np.full((len(table), len(ACTION_UNITS)), NO_LABEL, np.int8)
    if UNITS in table.column_names and len(table):
        column = table[UNITS].combine_chunks()
        column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
        for field, values in zip(column.type, column.flatten(), strict=True):
            if field.name in ACTION_UNITS:
                units[:, ACTION_UNITS.index(field.name)] = _numpy(pc.fill_null(values, NO_LABEL))
    return units
