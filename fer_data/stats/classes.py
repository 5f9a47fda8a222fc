"""How labels of kind `classes`, such as expressions, are spread over the frames of one split."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import LabelSpec
from fer_data.core.sampling.imbalance import effective_number, imbalance_ratio, shares
from fer_data.stats.within_videos import VideoSums, WithinVideos
from fer_data.tables.distinct import DistinctNames

__all__ = ["ClassSplit", "ClassStats", "ClassTally", "given_column"]

_ALL = -1


@dataclass(frozen=True, slots=True)
class ClassStats:
    """One class of one split.

    Attributes:
        name: of the class.
        frames: labelled frames, augmented copies left out.
        share: of the split's labelled frames, in [0, 1].
        videos: videos with such a frame.
        subjects: people with such a frame.
        effective_number: of the frames (Cui et al. 2019).
        copies: augmented copies, which come on top of the frames.
    """

    name: str
    frames: int
    share: float
    videos: int
    subjects: int
    effective_number: float
    copies: int


@dataclass(frozen=True, slots=True)
class ClassSplit:
    """One split: its classes in label order, and what holds for all of them together.

    Attributes:
        imbalance_ratio: largest class over smallest, copies left out; None when a class is empty.
        imbalance_ratio_with_copies: the same with the copies.
        given: unlabelled frames by the corpus' own word for them, the most frequent first.
        within_videos: how much frames of one video have in common of having each class, by its name.
    """

    name: str
    classes: list[ClassStats]
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    imbalance_ratio: float | None
    imbalance_ratio_with_copies: float | None
    given: dict[str, int] = field(default_factory=dict)
    within_videos: WithinVideos = field(default_factory=dict)


@dataclass(slots=True)
class ClassTally:
    """Rows by class and origin, with the people and videos behind them; label None: no class, -1: any or none."""

    spec: LabelSpec
    frames: Counter[int | None] = field(default_factory=Counter)
    copies: Counter[int | None] = field(default_factory=Counter)
    subjects: defaultdict[int, DistinctNames] = field(default_factory=lambda: defaultdict(DistinctNames))
    videos: defaultdict[int, DistinctNames] = field(default_factory=lambda: defaultdict(DistinctNames))
    given: Counter[str] = field(default_factory=Counter)
    sums: VideoSums = field(default_factory=VideoSums)

    def add(self, rows: pa.Table, copy: Mask) -> None:
        """Add rows with the task's column, subject_id and video_id; `copy` says which are copies.

        Where the corpus' own words stand beside, those of unlabelled rows are counted too.
        """
        column, words = self.spec.columns[0], given_column(self.spec)
        if words in rows.column_names:
            self.given.update(_words(rows, column, words, copy))
        counted = pa.table({"label": rows[column], "copy": pa.array(copy)}).group_by(["label", "copy"])
        for row in counted.aggregate([([], "count_all")]).to_pylist():
            (self.copies if row["copy"] else self.frames)[row["label"]] += row["count_all"]
        own = pc.and_(pc.is_valid(rows[column]), pa.array(~copy))
        labels = rows[column].filter(own).cast(pa.string())
        self.sums.add(rows["video_id"].filter(own), labels, np.ones(len(labels)))
        self._meet(_ALL, rows)
        for label in pc.unique(rows[column].drop_null()).to_pylist():
            self._meet(label, rows.filter(pc.equal(rows[column], label)))

    def _meet(self, label: int, rows: pa.Table) -> None:
        self.subjects[label].add(rows["subject_id"])
        self.videos[label].add(rows["video_id"])

    def split(self, name: str, classes: Sequence[str]) -> ClassSplit:
        """Return the counts under their names."""
        frames = [self.frames[label] for label in range(len(classes))]
        copies = [self.copies[label] for label in range(len(classes))]
        rows = [
            ClassStats(
                name=classes[label],
                frames=frames[label],
                share=shares(frames)[label],
                videos=len(self.videos[label]),
                subjects=len(self.subjects[label]),
                effective_number=effective_number(frames[label]),
                copies=copies[label],
            )
            for label in range(len(classes))
        ]
        return ClassSplit(
            name=name,
            classes=rows,
            frames=sum(frames),
            unlabelled=self.frames.total() - sum(frames),
            copies=sum(copies),
            videos=len(self.videos[_ALL]),
            subjects=len(self.subjects[_ALL]),
            imbalance_ratio=imbalance_ratio(frames),
            imbalance_ratio_with_copies=imbalance_ratio(
                [n + more for n, more in zip(frames, copies, strict=True)]
            ),
            within_videos={one: self.sums.of_class(str(label)) for label, one in enumerate(classes)},
            given=dict(sorted(self.given.items(), key=lambda one: (-one[1], one[0]))),
        )


def given_column(spec: LabelSpec) -> str:
    """Return the column of the corpus' own words for a label."""
    return f"{spec.columns[0]}_given"


def _words(rows: pa.Table, label: str, words: str, copy: Mask) -> dict[str, int]:
    """Return the words of originals without a label."""
    without = pc.and_(pc.is_null(rows[label]), pa.array(~copy))
    counted = pc.value_counts(rows[words].filter(without).drop_null())
    return {one["values"]: one["counts"] for one in counted.to_pylist() if one["values"]}
