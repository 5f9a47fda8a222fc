"""What `align` asks of one video: whose faces, in which frames, with which rules."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.assignment.frame_labels import frame_labels
from fer_data.assignment.hand_lines import HandLine
from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import LABELS, TASKS, AnnotatedTask, Task, split_column
from fer_data.core.vision.redundancy import FrameLabels
from fer_data.errors import CorpusError
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.tables.withdrawn import withdrawn_rows

__all__ = [
    "CropFiles",
    "RowMasks",
    "SubjectRequest",
    "VideoRequest",
    "row_masks",
    "series_slices",
    "video_requests",
    "with_lines",
]


_TASKS: dict[AnnotatedTask, str] = {task: LABELS[task].columns[0] for task in TASKS}
"""The column that tells whether a row has a label of the task."""


@dataclass(frozen=True, slots=True, eq=False)
class CropFiles:
    """The organisers' crops of one annotated person.

    Attributes:
        folder: where they lie.
        frames: (n,) 0-based numbers of those to look at, rising.
        last: the highest 0-based number in the folder.
        sha256: over the bytes of those to look at.
    """

    folder: Path
    frames: NDArray[np.int32]
    last: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class SubjectRequest:
    """The rows of one annotated person in one video.

    Attributes:
        subject_id: the person.
        series_id: what its rows and its file of crops are called after.
        side: `only`, `left` or `right`.
        frames: (n,) frame indices of the rows, ascending.
        needed: (n,) which rows the task needs; the others end as `unlabelled`.
        train: (n,) which rows may be dropped as low_quality or redundant.
        sparse: the rows list some frames only, so frames beyond the last one say nothing.
        trusted: the frame numbers are sure, so a wrong number of frames quarantines nothing (test rows).
        crops: the organisers' crops of the person, where the source's `crops` has some.
        labels: of the rows, where they say which are redundant.
        withdrawn: the person withdrew: it counts where tracks are told apart, and nothing of it is written.
    """

    subject_id: str
    series_id: str
    side: str
    frames: NDArray[np.int32]
    needed: Mask
    train: Mask
    sparse: bool
    trusted: bool
    crops: CropFiles | None = None
    labels: FrameLabels | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class VideoRequest:
    """One video and the people annotated in it.

    Attributes:
        video_id: the video.
        path: of the file; null when the corpus has none.
        num_packets: an estimate of its frames, for the order of work and the progress shown.
        subjects: in the order of the catalog.
        content_hash: of the file's bytes, as in the catalog; null without a file.
        by_hand: the lines of the source's `decisions` about the video.
        unaltered: crops that stand in for the video are kept as they were given, because the run makes no others.
    """

    video_id: str
    path: Path | None
    num_packets: int
    subjects: tuple[SubjectRequest, ...]
    content_hash: str | None = None
    by_hand: tuple[HandLine, ...] = ()
    unaltered: bool = False

    @property
    def shared(self) -> bool:
        """Return whether the video shows a person who withdrew, so that nothing is kept of what it shows."""
        return any(subject.withdrawn for subject in self.subjects)

    @property
    def shown(self) -> tuple[SubjectRequest, ...]:
        """Return the subjects of whom something is written."""
        return tuple(subject for subject in self.subjects if not subject.withdrawn)


def video_requests(
    rows: pa.Table, videos: pa.Table, root: Path, task: Task, *, labels: bool = False
) -> list[VideoRequest]:
    """Return one request for each video of the catalog's rows, by video_id; none where all in it withdrew.

    Labels come along where they are asked for, which `redundant` rows alone need.
    """
    files = {
        row["video_id"]: row
        for row in videos.select(["video_id", "path", "content_hash", "num_packets"]).to_pylist()
    }
    by_video: dict[str, list[SubjectRequest]] = {}
    listed = json.loads((rows.schema.metadata or {}).get(b"sparse_series", b"[]"))
    for part in series_slices(rows):
        subject = _subject_request(part, task, None if listed is True else set(listed))
        if labels and not subject.withdrawn:
            subject = replace(subject, labels=frame_labels(part))
        by_video.setdefault(part["video_id"][0].as_py(), []).append(subject)
    requests = []
    for video_id, subjects in sorted(by_video.items()):
        file = files.get(video_id)
        if all(subject.withdrawn for subject in subjects):
            continue
        path, packets = (root / file["path"], int(file["num_packets"])) if file else (None, 0)
        content_hash = file["content_hash"] if file else None
        requests.append(VideoRequest(video_id, path, packets, tuple(subjects), content_hash))
    return requests


def series_slices(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield the rows of each series of a table in which they stand together, without copying them."""
    if not len(rows):
        return
    ends = pc.run_end_encode(rows["series_id"].combine_chunks()).run_ends.to_pylist()
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield rows.slice(start, end - start)


def _subject_request(rows: pa.Table, task: Task, sparse_series: Collection[str] | None) -> SubjectRequest:
    """Return what is asked of one series; `sparse_series` list some frames only, None: all do."""
    series_id = rows["series_id"][0].as_py()
    frames = rows["frame_index"].to_numpy().astype(np.int32)
    masks = row_masks(rows, task)
    return SubjectRequest(
        subject_id=rows["subject_id"][0].as_py(),
        series_id=series_id,
        side=rows["side"][0].as_py(),
        frames=frames,
        needed=masks.needed,
        train=masks.train,
        sparse=sparse_series is None or series_id in sparse_series or len(frames) != int(frames[-1]) + 1,
        trusted=bool(masks.test.all()),
        withdrawn=bool(masks.withdrawn.any()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class RowMasks:
    """What a task wants of rows.

    Attributes:
        needed: (n,) which it needs: all of test, else those with a label of it; none of people who withdrew.
        train: (n,) which may be dropped as low_quality or redundant.
        test: (n,) which are in test.
        withdrawn: (n,) which are of people who withdrew.
    """

    needed: Mask
    train: Mask
    test: Mask
    withdrawn: Mask


def row_masks(rows: pa.Table, task: Task) -> RowMasks:
    """Return what a task wants of rows of the catalog."""
    test, train = _in_splits(rows, task, "test"), _in_splits(rows, task, "train")
    withdrawn = withdrawn_rows(rows)
    return RowMasks(
        needed=(test | _labelled(rows, task)) & ~withdrawn,
        train=train & ~test & ~_in_splits(rows, task, "validation"),
        test=test,
        withdrawn=withdrawn,
    )


def _tasks(task: Task) -> list[AnnotatedTask]:
    return list(_TASKS) if task == "multi_task" else [task]


def _in_splits(rows: pa.Table, task: Task, split: str) -> Mask:
    """Return the rows that any of the task's own tasks puts in the split."""
    masks = [
        pc.fill_null(pc.equal(rows[split_column(name)], split), fill_value=False) for name in _tasks(task)
    ]
    return _any([np.asarray(mask.to_numpy(), bool) for mask in masks])


def _labelled(rows: pa.Table, task: Task) -> Mask:
    """Return the rows with a label of a task that annotates their subject."""
    masks = []
    for name in _tasks(task):
        annotated = np.asarray(pc.is_valid(rows[split_column(name)]).to_numpy(), bool)
        masks.append(annotated & _has_value(rows[_TASKS[name]]))
    return _any(masks)


def _has_value(column: pa.ChunkedArray) -> Mask:
    if not pa.types.is_struct(column.type):
        return np.asarray(pc.is_valid(column).to_numpy(), bool)
    fields = [pc.is_valid(pc.struct_field(column, [index])) for index in range(column.type.num_fields)]
    return _any([np.asarray(field.to_numpy(), bool) for field in fields])


def _any(masks: list[Mask]) -> Mask:
    return np.asarray(np.stack(masks).any(axis=0), bool)


def with_lines(
    requests: Sequence[VideoRequest],
    lines: Mapping[str, tuple[HandLine, ...]],
    *,
    withdrew: Callable[[str], bool] = lambda _: False,
) -> list[VideoRequest]:
    """Return the requests with the lines of the source's `decisions` about each video.

    Lines about people who `withdrew` say whom the others of the video are not; without others they say nothing.

    Raises:
        CorpusError: a line names a video or a person that is not annotated.
    """
    subjects = {request.video_id: {s.subject_id for s in request.subjects} for request in requests}
    lines = _of_withdrawn(requests, lines, withdrew)
    for line in (line for own in lines.values() for line in own):
        known = subjects.get(line.video_id, set())
        if line.subject_id not in known:
            name, value = ("subject_id", line.subject_id) if known else ("video_id", line.video_id)
            rule = "someone annotated in that video" if known else "an annotated video"
            remedy = did_you_mean(value, sorted(known or subjects))
            raise CorpusError(f"{line.where}: {name} ({quoted(value)}) must be {rule}. {remedy}")
    return [replace(request, by_hand=lines.get(request.video_id, ())) for request in requests]


def _of_withdrawn(
    requests: Sequence[VideoRequest],
    lines: Mapping[str, tuple[HandLine, ...]],
    withdrew: Callable[[str], bool],
) -> dict[str, tuple[HandLine, ...]]:
    """Return the lines, those about people who withdrew under what they are called now, or without them."""
    gone = {request.video_id: [s.subject_id for s in request.subjects if s.withdrawn] for request in requests}
    found = {}
    for video_id, own in lines.items():
        others = [line for line in own if not withdrew(line.subject_id)]
        theirs = [line for line in own if withdrew(line.subject_id)]
        names = gone.get(video_id, [])
        kept = [replace(line, subject_id=names[0]) for line in theirs] if len(names) == 1 else []
        if others or kept:
            found[video_id] = (*others, *kept)
    return found
