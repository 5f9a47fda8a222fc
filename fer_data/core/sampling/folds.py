"""Cross-validation folds that share no person and no video."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError

__all__ = ["group_folds", "subject_folds"]


def subject_folds(
    videos: Mapping[str, str], counts: Mapping[str, Sequence[int]], *, folds: int, seed: int
) -> dict[str, int]:
    """Return the fold in [0, folds) of every subject, class shares as even as whole videos allow.

    Greedy: videos with the most uneven counts first, each into the fold that leaves the classes most evenly spread,
    the one with fewer rows of two as good. The order of the mappings does not matter.
    Source: scikit-learn's StratifiedGroupKFold.

    Args:
        videos: the video of each subject; subjects of one video share a fold. Where a subject has several, what
            `linked` calls them.
        counts: rows per class of each subject.
        folds: number of folds.
        seed: decides between videos with equal counts.

    Raises:
        DatasetError: there are fewer videos than folds, or the two mappings differ in their subjects.
    """
    if set(videos) != set(counts):
        raise DatasetError("videos and counts must name the same subjects; take both from one table.")
    names = sorted(set(videos.values()))
    if not 2 <= folds <= len(names):
        raise DatasetError(f"folds ({folds}) must be in [2, {len(names)}], the number of videos.")
    sums = {name: np.zeros(len(next(iter(counts.values()))), np.float64) for name in names}
    for subject in sorted(videos):
        sums[videos[subject]] += np.asarray(counts[subject], np.float64)
    order = sorted(names, key=lambda name: (-sums[name].std(), seed_from("folds", name, seed), name))
    fold_of = _assign([sums[name] for name in order], folds)
    by_video = dict(zip(order, fold_of, strict=True))
    return {subject: by_video[videos[subject]] for subject in sorted(videos)}


def _assign(counts: Sequence[Float64], folds: int) -> list[int]:
    whole = np.sum(counts, axis=0)
    spread = np.where(whole > 0, whole, 1.0)
    filled = np.zeros((folds, len(whole)))
    chosen: list[int] = []
    empty = set(range(folds))
    for index, count in enumerate(counts):
        last = 0 < len(empty) >= len(counts) - index  # as many videos are left as folds are empty
        best = min(
            sorted(empty) if last else range(folds), key=lambda fold: _cost(filled, count / spread, fold)
        )
        filled[best] += count / spread
        chosen.append(best)
        empty.discard(best)
    return chosen


def _cost(filled: Float64, share: Float64, fold: int) -> tuple[float, float, int]:
    trial = filled.copy()
    trial[fold] += share
    return float(np.round(trial.std(axis=0).mean(), 12)), float(np.round(filled[fold].sum(), 12)), fold


def group_folds(groups: NDArray[np.str_], labels: Int64, *, folds: int, seed: int) -> Int64:
    """Return the fold in [0, folds) of every row, (n,), as `subject_folds` has it; a group is in one fold.

    Args:
        groups: (n,) name of what stays together, as `linked` returns it.
        labels: (n,) class of each row.
        folds: number of folds.
        seed: decides between groups with equal counts.

    Raises:
        DatasetError: there are fewer groups than folds.
    """
    names, index = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max(initial=0)) + 1), np.int64)
    np.add.at(counts, (index, labels), 1)
    listed = dict(zip(map(str, names), counts.tolist(), strict=True))
    fold = subject_folds({name: name for name in listed}, listed, folds=folds, seed=seed)
    return np.array([fold[name] for name in listed], np.int64)[index]
