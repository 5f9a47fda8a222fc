"""How labels of kinds `values` and `units` are spread over the frames of one split, and what counts those of a task."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import DIMENSIONS, LABELS, LabelSpec
from fer_data.core.metrics.circumplex import QUADRANTS, Spread, quadrant_counts, spread
from fer_data.core.sampling.imbalance import imbalance_ratio, shares
from fer_data.stats.classes import ClassSplit, ClassTally
from fer_data.stats.within_videos import VideoSums, WithinVideos
from fer_data.tables.distinct import DistinctNames

__all__ = [
    "Means",
    "Split",
    "Tally",
    "UnitSplit",
    "UnitStats",
    "ValueSplit",
    "mean_shares",
    "split_document",
    "tally_of",
]


@dataclass(frozen=True, slots=True)
class UnitStats:
    """One unit of one split.

    Attributes:
        name: such as `AU01`.
        frames: annotated with it, present or absent; augmented copies left out.
        positives: of them, frames that show it.
        share: of the annotated frames that show it, in [0, 1].
        imbalance_ratio: the more frequent of present and absent over the other; None when one of them never occurs.
        videos: with an annotated frame.
        positive_videos: with a frame that shows it.
        positive_subjects: people with such a frame.
    """

    name: str
    frames: int
    positives: int
    share: float
    imbalance_ratio: float | None
    videos: int
    positive_videos: int
    positive_subjects: int


@dataclass(frozen=True, slots=True)
class UnitSplit:
    """Units, such as action units, of one split.

    Attributes:
        name: of the split.
        units: those with an annotated frame, in their order.
        frames: annotated with any unit; augmented copies left out.
        unlabelled: frames without any.
        copies: augmented copies of annotated frames, which come on top.
        videos: with an annotated frame.
        subjects: people with an annotated frame.
        within_videos: how much frames of one video have in common of each unit, by its name.
    """

    name: str
    units: list[UnitStats]
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    within_videos: WithinVideos = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValueSplit:
    """Values, such as valence and arousal, of one split.

    Attributes:
        name: of the split.
        frames: annotated with all values; augmented copies left out.
        unlabelled: frames that are not.
        copies: augmented copies of annotated frames, which come on top.
        videos: with an annotated frame.
        subjects: people with an annotated frame.
        spreads: how each value is spread, by its column; None without a frame.
        quadrant_shares: of valence and arousal, shares of the frames, in [0, 1], by `QUADRANTS`, which add up to 1;
            None of other values.
        within_videos: how much frames of one video have in common of each value, by its column.
    """

    name: str
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    spreads: Mapping[str, Spread | None]
    quadrant_shares: dict[str, float] | None
    within_videos: WithinVideos = field(default_factory=dict)


Split = ClassSplit | ValueSplit | UnitSplit


def split_document(split: Split) -> dict[str, Any]:
    """Return a split as JSON has it: values under the names of their columns, quadrants where there are some."""
    found: dict[str, Any] = asdict(split)
    if not isinstance(split, ValueSplit):
        return found
    spreads, quadrants = found.pop("spreads"), found.pop("quadrant_shares")
    return {**found, **spreads, **({} if quadrants is None else {"quadrant_shares": quadrants})}


Means = Mapping[str, Mapping[str, float]]
"""By split and label."""


def mean_shares(parts: Sequence[Sequence[Split]]) -> dict[str, dict[str, float]]:
    """Return the mean over corpora of the share of each label, or of the mean of each value, by split.

    Every corpus that has the split and the label counts alike, whatever its number of frames.
    """
    gathered: dict[str, dict[str, list[float]]] = {}
    for split in (split for splits in parts for split in splits):
        for label, share in _shares(split).items():
            gathered.setdefault(split.name, {}).setdefault(label, []).append(share)
    return {
        name: {label: sum(found) / len(found) for label, found in labels.items()}
        for name, labels in gathered.items()
    }


def _shares(split: Split) -> dict[str, float]:
    if isinstance(split, ValueSplit):
        return {name: one.mean for name, one in split.spreads.items() if one is not None}
    if isinstance(split, UnitSplit):
        return {unit.name: unit.share for unit in split.units}
    return {one.name: one.share for one in split.classes}


class Tally(Protocol):
    """What counts the labels of one task in one split, batch by batch."""

    def add(self, rows: pa.Table, copy: Mask) -> None:
        """Add rows with the task's columns, subject_id and video_id; `copy` says which are augmented copies."""

    def split(self, name: str, names: Sequence[str]) -> Split:
        """Return what was gathered, with the names of the labels."""


def tally_of(task: str) -> Tally:
    """Return an empty tally, as the kind of the task's labels asks for it."""
    return _TALLIES[LABELS[task].kind](LABELS[task])


@dataclass(slots=True)
class _Seen:
    """Frames by whether they are annotated, and the videos and people of those that are."""

    frames: int = 0
    unlabelled: int = 0
    copies: int = 0
    videos: DistinctNames = field(default_factory=DistinctNames)
    subjects: DistinctNames = field(default_factory=DistinctNames)

    def add(self, rows: pa.Table, labelled: Mask, copy: Mask) -> Mask:
        """Count the rows and return which are annotated originals."""
        own = labelled & ~copy
        self.frames += int(own.sum())
        self.unlabelled += int((~labelled & ~copy).sum())
        self.copies += int((labelled & copy).sum())
        self.videos.add(rows["video_id"].filter(pa.array(own)))
        self.subjects.add(rows["subject_id"].filter(pa.array(own)))
        return own


@dataclass(slots=True)
class _ValueTally:
    """Values, gathered batch by batch: four bytes a frame and value."""

    spec: LabelSpec
    seen: _Seen = field(default_factory=_Seen)
    points: list[NDArray[np.float32]] = field(default_factory=list)
    sums: VideoSums = field(default_factory=VideoSums)

    def add(self, rows: pa.Table, copy: Mask) -> None:
        points = np.stack([_filled(rows[name], np.nan) for name in self.spec.columns])
        own = self.seen.add(rows, np.isfinite(points).all(axis=0), copy)
        self.points.append(points[:, own])
        for name, values in zip(self.spec.columns, points[:, own], strict=True):
            self.sums.add(rows["video_id"].filter(pa.array(own)), name, values)

    def split(self, name: str, names: Sequence[str]) -> ValueSplit:
        del names
        values = np.concatenate([np.empty((len(self.spec.columns), 0), np.float32), *self.points], axis=1)
        limits = self.spec.limits or (-1.0, 1.0)
        return ValueSplit(
            name=name,
            frames=self.seen.frames,
            unlabelled=self.seen.unlabelled,
            copies=self.seen.copies,
            videos=len(self.seen.videos),
            subjects=len(self.seen.subjects),
            spreads={
                column: spread(of, limits) for column, of in zip(self.spec.columns, values, strict=True)
            },
            quadrant_shares=_quadrants(values) if self.spec.columns == DIMENSIONS else None,
            within_videos={column: self.sums.of(column) for column in self.spec.columns},
        )


def _quadrants(values: NDArray[np.float32]) -> dict[str, float]:
    counts = quadrant_counts(*values)
    return dict(zip(QUADRANTS, shares(list(counts.values())), strict=True))


@dataclass(slots=True)
class _Unit:
    """One unit, gathered batch by batch."""

    frames: int = 0
    positives: int = 0
    videos: DistinctNames = field(default_factory=DistinctNames)
    positive_videos: DistinctNames = field(default_factory=DistinctNames)
    positive_subjects: DistinctNames = field(default_factory=DistinctNames)

    def add(self, rows: pa.Table, values: NDArray[np.int8], own: Mask) -> None:
        annotated, positive = own & (values >= 0), own & (values > 0)
        self.frames += int(annotated.sum())
        self.positives += int(positive.sum())
        self.videos.add(rows["video_id"].filter(pa.array(annotated)))
        self.positive_videos.add(rows["video_id"].filter(pa.array(positive)))
        self.positive_subjects.add(rows["subject_id"].filter(pa.array(positive)))

    def stats(self, name: str) -> UnitStats:
        return UnitStats(
            name=name,
            frames=self.frames,
            positives=self.positives,
            share=self.positives / self.frames,
            imbalance_ratio=imbalance_ratio([self.positives, self.frames - self.positives]),
            videos=len(self.videos),
            positive_videos=len(self.positive_videos),
            positive_subjects=len(self.positive_subjects),
        )


@dataclass(slots=True)
class _UnitTally:
    """Units, gathered batch by batch."""

    spec: LabelSpec
    seen: _Seen = field(default_factory=_Seen)
    units: dict[str, _Unit] = field(init=False)
    sums: VideoSums = field(default_factory=VideoSums)

    def __post_init__(self) -> None:
        self.units = {name: _Unit() for name in self.spec.names}

    def add(self, rows: pa.Table, copy: Mask) -> None:
        column = rows[self.spec.columns[0]]
        values = {name: _filled(pc.struct_field(column, name), -1) for name in self.units}
        own = self.seen.add(rows, np.stack(list(values.values())).max(axis=0) >= 0, copy)
        for name, unit in self.units.items():
            unit.add(rows, values[name], own)
            annotated = own & (values[name] >= 0)
            self.sums.add(rows["video_id"].filter(pa.array(annotated)), name, values[name][annotated] > 0)

    def split(self, name: str, names: Sequence[str]) -> UnitSplit:
        """Return what was gathered; units that no frame is annotated with are left out."""
        return UnitSplit(
            name=name,
            units=[self.units[called].stats(called) for called in names if self.units[called].frames],
            within_videos={called: self.sums.of(called) for called in names if self.units[called].frames},
            frames=self.seen.frames,
            unlabelled=self.seen.unlabelled,
            copies=self.seen.copies,
            videos=len(self.seen.videos),
            subjects=len(self.seen.subjects),
        )


_TALLIES: Mapping[str, Callable[[LabelSpec], Tally]] = {
    "classes": ClassTally,
    "values": _ValueTally,
    "units": _UnitTally,
}


def _filled(values: pa.ChunkedArray, missing: float) -> NDArray[Any]:
    """Return a column as an array, null as `missing`."""
    return np.asarray(pc.fill_null(values, pa.scalar(missing, values.type)))
