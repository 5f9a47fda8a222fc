"""Which parts of Aff-Wild2 a folder holds, and which are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from fer_data.core.labels.tasks import EXPRESSION, AnnotatedTask, SplitName
from fer_data.corpora.corpus import Corpus
from fer_data.corpora.selection import TASKS

__all__ = ["Part", "completeness"]

_EXPRESSION_VIDEOS: dict[int, dict[str, int]] = {
    1: {"train": 252, "validation": 69, "test": 223},
    2: {"train": 253, "validation": 70},
    **{edition: {"train": 248, "validation": 70, "test": 228} for edition in (3, 5, 6, 8, 10)},
}
"""Videos of the EXPR track by edition. Source: the organisers' lists, recounted."""

_TRUTH_FILE = "truth.parquet"
"""Beside the rendered sample, which is no edition of the challenge."""


@dataclass(frozen=True, slots=True)
class Part:
    """One split of one task.

    Attributes:
        task: whose annotations.
        split: train, validation or test.
        subjects: annotated people, or names in the test list.
        videos: different videos of those people.
        expected_videos: how many the edition has; null where that is not known.
        missing_videos: those that are not in the folder and have no crops, in order.
    """

    task: AnnotatedTask
    split: SplitName
    subjects: int
    videos: int
    expected_videos: int | None
    missing_videos: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """Say `absent`, `videos missing`, `partial` (fewer videos than the edition has) or `complete`.

        Where nobody knows how many there should be, it is `none missing`: of those that are named.
        """
        if not self.subjects:
            return "absent"
        if self.missing_videos:
            return "videos missing"
        if self.expected_videos is not None and self.videos < self.expected_videos:
            return "partial"
        return "complete" if self.expected_videos is not None else "none missing"


def completeness(corpus: Corpus) -> list[Part]:
    """Return every split of every task, those that are absent too."""
    return [_part(corpus, task, split) for task in TASKS for split in get_args(SplitName)]


def _part(corpus: Corpus, task: AnnotatedTask, split: SplitName) -> Part:
    subjects = [
        subject
        for subject in corpus.subjects
        if (annotation := subject.annotations.get(task))
        and (annotation.split == split or split in annotation.listed_in)
    ]
    missing = {
        s.video_id for s in subjects if s.video_id not in corpus.videos and s.subject_id not in corpus.crops
    }
    expected = None
    rendered = (corpus.root / _TRUTH_FILE).is_file()
    if task == EXPRESSION and not rendered and (edition := corpus.editions.get(task)):
        expected = _EXPRESSION_VIDEOS.get(edition, {}).get(split)
    return Part(
        task, split, len(subjects), _count(s.video_id for s in subjects), expected, tuple(sorted(missing))
    )


def _count(videos: Iterable[str]) -> int:
    return len(set(videos))
