"""How action units, valence and arousal are spread over the frames of one split."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import ACTION_UNITS, DIMENSIONS
from fer_data.core.metrics.circumplex import QUADRANTS, Spread, quadrant_counts, spread
from fer_data.core.sampling.imbalance import imbalance_ratio, shares

__all__ = ["ActionUnitSplit", "ActionUnitTally", "UnitStats", "ValenceArousalSplit", "ValenceArousalTally"]


@dataclass(frozen=True, slots=True)
class UnitStats:
    """One action unit of one split.

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
class ActionUnitSplit:
    """The action units of one split.

    Attributes:
        name: of the split.
        units: those with an annotated frame, in their order.
        frames: annotated with any unit; augmented copies left out.
        unlabelled: frames without any.
        copies: augmented copies of annotated frames, which come on top.
        videos: with an annotated frame.
        subjects: people with an annotated frame.
    """

    name: str
    units: list[UnitStats]
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int


@dataclass(frozen=True, slots=True)
class ValenceArousalSplit:
    """Valence and arousal of one split.

    Attributes:
        name: of the split.
        frames: annotated with both; augmented copies left out.
        unlabelled: frames that are not.
        copies: augmented copies of annotated frames, which come on top.
        videos: with an annotated frame.
        subjects: people with an annotated frame.
        valence: how it is spread; None without a frame.
        arousal: the same.
        quadrant_shares: of the frames, in [0, 1], by `QUADRANTS`; they add up to 1.
    """

    name: str
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    valence: Spread | None
    arousal: Spread | None
    quadrant_shares: dict[str, float]


@dataclass(slots=True)
class _Seen:
    """Frames by whether they are annotated, and the videos and people of those that are."""

    frames: int = 0
    unlabelled: int = 0
    copies: int = 0
    videos: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)

    def add(self, rows: pa.Table, labelled: Mask, copy: Mask) -> Mask:
        """Count the rows and return which are annotated originals."""
        own = labelled & ~copy
        self.frames += int(own.sum())
        self.unlabelled += int((~labelled & ~copy).sum())
        self.copies += int((labelled & copy).sum())
        self.videos |= _names(rows, "video_id", own)
        self.subjects |= _names(rows, "subject_id", own)
        return own


@dataclass(slots=True)
class ValenceArousalTally:
    """Valence and arousal, gathered batch by batch: eight bytes a frame."""

    seen: _Seen = field(default_factory=_Seen)
    points: list[NDArray[np.float32]] = field(default_factory=list)

    def add(self, rows: pa.Table, copy: Mask) -> None:
        """Add rows with the columns valence, arousal, subject_id and video_id; `copy` says which are copies."""
        points = np.stack([_filled(rows[name], np.nan) for name in DIMENSIONS])
        own = self.seen.add(rows, np.isfinite(points).all(axis=0), copy)
        self.points.append(points[:, own])

    def split(self, name: str) -> ValenceArousalSplit:
        """Return what was gathered."""
        valence, arousal = np.concatenate([np.empty((2, 0), np.float32), *self.points], axis=1)
        counts = quadrant_counts(valence, arousal)
        return ValenceArousalSplit(
            name=name,
            frames=self.seen.frames,
            unlabelled=self.seen.unlabelled,
            copies=self.seen.copies,
            videos=len(self.seen.videos),
            subjects=len(self.seen.subjects),
            valence=spread(valence),
            arousal=spread(arousal),
            quadrant_shares=dict(zip(QUADRANTS, shares(list(counts.values())), strict=True)),
        )


@dataclass(slots=True)
class _Unit:
    """One action unit, gathered batch by batch."""

    frames: int = 0
    positives: int = 0
    videos: set[str] = field(default_factory=set)
    positive_videos: set[str] = field(default_factory=set)
    positive_subjects: set[str] = field(default_factory=set)

    def add(self, rows: pa.Table, values: NDArray[np.int8], own: Mask) -> None:
        annotated, positive = own & (values >= 0), own & (values > 0)
        self.frames += int(annotated.sum())
        self.positives += int(positive.sum())
        self.videos |= _names(rows, "video_id", annotated)
        self.positive_videos |= _names(rows, "video_id", positive)
        self.positive_subjects |= _names(rows, "subject_id", positive)

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
class ActionUnitTally:
    """Action units, gathered batch by batch."""

    seen: _Seen = field(default_factory=_Seen)
    units: dict[str, _Unit] = field(default_factory=lambda: {name: _Unit() for name in ACTION_UNITS})

    def add(self, rows: pa.Table, copy: Mask) -> None:
        """Add rows with the columns action_units, subject_id and video_id; `copy` says which are copies."""
        values = {name: _filled(pc.struct_field(rows["action_units"], name), -1) for name in self.units}
        own = self.seen.add(rows, np.stack(list(values.values())).max(axis=0) >= 0, copy)
        for name, unit in self.units.items():
            unit.add(rows, values[name], own)

    def split(self, name: str) -> ActionUnitSplit:
        """Return what was gathered; units that no frame is annotated with are left out."""
        return ActionUnitSplit(
            name=name,
            units=[unit.stats(called) for called, unit in self.units.items() if unit.frames],
            frames=self.seen.frames,
            unlabelled=self.seen.unlabelled,
            copies=self.seen.copies,
            videos=len(self.seen.videos),
            subjects=len(self.seen.subjects),
        )


def _names(rows: pa.Table, column: str, mask: Mask) -> set[str]:
    return set(pc.unique(rows[column].filter(pa.array(mask))).to_pylist()) if mask.any() else set()


def _filled(values: pa.ChunkedArray, missing: float) -> NDArray[Any]:
    """Return a column as an array, null as `missing`."""
    return np.asarray(pc.fill_null(values, pa.scalar(missing, values.type)))
