"""How many rows there are of each source, video, split and state: a line each, however many rows there are."""

from collections import defaultdict
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import SPLITS, split_column
from fer_data.tables.footage import Footage, all_single, footage_of
from fer_data.view.material import Material

__all__ = ["LOST", "OTHER", "RowCounts", "VideoCount", "row_counts"]

LOST = (
    RowState.NO_VIDEO,
    RowState.NO_FRAME,
    RowState.DECODE_ERROR,
    RowState.QUARANTINED,
    RowState.NO_FACE,
)
"""States of rows whose face was wanted and is not there; the others are kept, or were left out on purpose."""

_UNWANTED = (RowState.UNLABELLED, RowState.WITHDRAWN)

OTHER = "no split"
"""Where rows stand that a task puts into no split."""


@dataclass(slots=True)
class VideoCount:
    """The rows of one video.

    Attributes:
        source: whose video it is; None where nobody says.
        name: `video_id`.
        people: who are annotated in it.
        rows: of all of them, in whatever split.
        states: rows by state; empty of a catalog.
        splits: rows by task and split.
    """

    source: str | None
    name: str
    people: int = 0
    rows: int = 0
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    splits: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def lost(self) -> int:
        """Return how many rows' faces were wanted and are not there."""
        return sum(self.states.get(state, 0) for state in LOST)

    @property
    def wanted(self) -> int:
        """Return how many rows' faces were wanted."""
        return self.rows - sum(self.states.get(state, 0) for state in _UNWANTED)

    @property
    def lost_share(self) -> float:
        """Return the share of the wanted faces that are not there, in [0, 1]."""
        return self.lost / self.wanted if self.wanted else 0.0

    def in_splits(self, task: str) -> str:
        """Return the splits of a task that the video has rows in."""
        return ", ".join(name for name in SPLITS if (task, name) in self.splits)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Numbers of rows.

    Attributes:
        cells: rows by source, split of a task, and state, of each task shown.
        videos: those that have several frames, in the order of their names; single pictures are none.
        footage: what rows are called.
        rows: all of them.
        people: who are named, or one a video.
        clips: videos and single pictures.
    """

    cells: dict[str, dict[tuple[str | None, str, str], int]]
    videos: list[VideoCount]
    footage: Footage
    rows: int
    people: int
    clips: int

    @property
    def sources(self) -> list[str | None]:
        """Return the sources that have rows, in their order."""
        return list(dict.fromkeys(source for cells in self.cells.values() for source, _, _ in cells))

    def left_out(self) -> list[str]:
        """Return in words which videos no split's pictures are of: in no split of the only task, or without a crop."""
        if len(self.cells) != 1:
            return []
        task = next(iter(self.cells))
        apart = sum(not one.in_splits(task) for one in self.videos)
        empty = sum(
            bool(one.in_splits(task) and one.states and not one.states.get("kept")) for one in self.videos
        )
        return [
            *([f"{apart:,} in no split"] if apart else []),
            *([f"{empty:,} without a kept {self.footage.row}"] if empty else []),
        ]


def row_counts(material: Material) -> RowCounts:
    """Return the numbers of rows of what was given, of each task that is shown."""
    from fer_data.tables.people import named_people

    tasks = material.tasks
    by_task = [split_column(task) for task in tasks]
    states = ["state"] if material.has_states else []
    rows = material.rows(["subject_id", "video_id", "frame_index", "subject_source", *by_task, *states])
    single = {
        name: all_single(rows.filter(_of_source(rows, name)))
        for name in pc.unique(rows["source"]).to_pylist()
    }
    people = pc.count_distinct(named_people(rows)).as_py()
    of_videos = rows.filter(_of_sources(rows, [name for name, alone in single.items() if not alone]))
    whole = rows.group_by(["source", *by_task, *states]).aggregate([([], "count_all")])
    return RowCounts(
        cells={task: _cells(whole, task) for task in tasks},
        videos=_videos(of_videos, [*by_task, *states], tasks),
        footage=footage_of(single.values()),
        rows=len(rows),
        people=people,
        clips=len(rows.group_by(["source", "video_id"]).aggregate([])),
    )


def _of_source(rows: pa.Table, name: str | None) -> pa.ChunkedArray:
    return pc.is_null(rows["source"]) if name is None else pc.fill_null(pc.equal(rows["source"], name), False)


def _of_sources(rows: pa.Table, names: list[str | None]) -> pa.ChunkedArray:
    return pc.is_in(rows["source"], pa.array(names, pa.string()), skip_nulls=False)


def _cells(whole: pa.Table, task: str) -> dict[tuple[str | None, str, str], int]:
    found: dict[tuple[str | None, str, str], int] = defaultdict(int)
    for row in whole.to_pylist():
        key = row["source"], row[split_column(task)] or OTHER, row.get("state", "")
        found[key] += row["count_all"]
    return dict(found)


def _videos(rows: pa.Table, columns: list[str], tasks: tuple[str, ...]) -> list[VideoCount]:
    found: dict[tuple[str | None, str], VideoCount] = {}
    counted = rows.group_by(["source", "video_id", *columns]).aggregate([([], "count_all")])
    for row in counted.to_pylist():
        key = row["source"], row["video_id"]
        video = found.setdefault(key, VideoCount(*key))
        video.rows += row["count_all"]
        if "state" in row:
            video.states[row["state"]] += row["count_all"]
        for task in tasks:
            if row[split_column(task)]:
                video.splits[task, row[split_column(task)]] += row["count_all"]
    people = rows.group_by(["source", "video_id"]).aggregate([("subject_id", "count_distinct")])
    for row in people.to_pylist():
        found[row["source"], row["video_id"]].people = row["subject_id_count_distinct"]
    return sorted(found.values(), key=lambda one: (one.name, one.source or ""))
