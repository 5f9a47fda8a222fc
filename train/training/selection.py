"""Which rows of a published dataset a training run learns from, and which choose its checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

import datasets
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64, Mask
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError
from fer_data.params.train import TrainParams
from fer_data.published.dataset import column, copy_mask
from fer_data.published.row_facts import MACHINE, UNNAMED, held_together, texts
from train.evaluation.tasks.targets import Targets, read_targets

__all__ = ["Selection", "development_subjects", "select_rows", "thin"]


@dataclass(frozen=True, eq=False)
class Selection:
    """Rows of the training split by their place in it, ascending.

    Attributes:
        originals: frames with a label of a trained task that the network learns from.
        copies: augmented copies of `originals`.
        development: originals of other subjects, which choose the checkpoint; none with a label that a program made.
        subjects: number of training and of development subjects.
        unnamed: corpora among them that do not say whom a picture shows: there a subject is a picture.
        grouped: whether pictures that are nearly the same were looked for, and held together there.
    """

    originals: Int64
    copies: Int64
    development: Int64
    subjects: tuple[int, int]
    unnamed: tuple[str, ...] = ()
    grouped: bool = False

    @property
    def note(self) -> str:
        """Return what to know of the development rows where nobody says whom a picture shows; empty elsewhere."""
        if not self.unnamed:
            return ""
        named = " and ".join(filter(None, self.unnamed)) or "The corpus"
        cut = "groups of near-duplicate pictures" if self.grouped else "single pictures"
        return (
            f"{named} does not say whom a picture shows, so development rows were cut from its training rows by {cut}: "
            "one person may be on both sides, and these figures flatter more than those by person."
        )

    @property
    def training(self) -> Int64:
        """Return all that the network learns from, copies included."""
        return np.sort(np.concatenate([self.originals, self.copies]))


def development_subjects(subjects: Iterable[str], fraction: float, seed: int) -> set[str]:
    """Return the share of subjects that is held out of training: at least one, and never all.

    Whether a subject is drawn depends on its name, the seed and the other names, not on their order.

    Raises:
        DatasetError: there are fewer than two subjects.
    """
    names = sorted(set(subjects), key=lambda name: (seed_from("development", name, seed), name))
    if len(names) < 2:
        raise DatasetError(
            f"Training needs at least 2 subjects with labels, got {len(names)}. Add videos to train."
        )
    return set(names[: min(ceil(fraction * len(names)), len(names) - 1)])


def thin(
    subjects: NDArray[np.str_], frames: tuple[NDArray[np.str_], Int64], stride: int, most: int | None
) -> Mask:
    """Return which rows stay: every `stride`-th frame of a subject in a video, then at most `most` of it in all.

    These are evenly spaced over its videos one after another. `frames` are the video of each row and the frame in it.
    """
    videos, indices = frames
    stays = np.zeros(len(indices), np.bool_)
    _, group = np.unique(subjects, return_inverse=True)
    _, video = np.unique(videos, return_inverse=True)
    order = np.lexsort((indices, video, group))
    order = order[_places_in_runs(group[order], video[order]) % stride == 0]
    for chosen in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if most is not None and len(chosen) > most:
            chosen = chosen[np.arange(most) * len(chosen) // most]
        stays[chosen] = True
    return stays


def _places_in_runs(*keys: Int64) -> Int64:
    """Return the place of each row in the run of rows with its keys, which stand together."""
    changes = np.any([np.diff(key, prepend=-1) != 0 for key in keys], axis=0)
    rows = np.arange(len(changes))
    return rows - np.maximum.accumulate(np.where(changes, rows, 0))


def select_rows(split: datasets.Dataset, params: TrainParams) -> Selection:
    """Return the rows with a label of a trained task that train and that choose the checkpoint; copies go with parents.

    Whole subjects are held out; where nobody says whom a picture shows, whole groups of pictures that are nearly the
    same.

    Raises:
        DatasetError: the split has fewer than two subjects with labels, or only one side has labels of a task.
    """
    parents, row_ids = column(split, "parent_id"), column(split, "row_id")
    subjects = column(split, "subject_id").astype(np.str_)
    targets = read_targets(split, params.tasks)
    labelled = np.any([targets.labelled(task) for task in params.tasks], axis=0)
    original = ~copy_mask(split)
    candidates = np.flatnonzero(labelled & original)
    videos = column(split, "video_id").astype(np.str_)[candidates]
    frames = column(split, "frame_index").astype(np.int64)[candidates]
    kept = candidates[
        thin(subjects[candidates], (videos, frames), params.frame_stride, params.max_frames_per_subject)
    ]
    units = held_together(split)[kept]
    held_out = development_subjects(units.tolist(), params.development_fraction, params.seed)
    aside = np.isin(units, sorted(held_out))
    trained, development = kept[~aside], kept[aside & (texts(split, "label_source")[kept] != MACHINE)]
    copies = np.flatnonzero(
        labelled & ~original & np.isin(parents.astype(np.str_), row_ids[trained].astype(np.str_))
    )
    _check_labels(targets, trained, development, params)
    unnamed = texts(split, "subject_source")[kept] == UNNAMED
    return Selection(
        originals=trained,
        copies=copies,
        development=development,
        subjects=(len(np.unique(units[~aside])), len(held_out)),
        unnamed=tuple(np.unique(texts(split, "corpus")[kept][unnamed]).tolist()),
        grouped="duplicate_group" in split.column_names,
    )


def _check_labels(targets: Targets, trained: Int64, development: Int64, params: TrainParams) -> None:
    for task in params.tasks:
        labelled = targets.labelled(task)
        counts = int(labelled[trained].sum()), int(labelled[development].sum())
        if min(counts) == 0:
            raise DatasetError(
                f"Task {task} has {counts[0]} labelled rows to learn from and {counts[1]} to choose the checkpoint by; "
                "both need some. Take it out of train.tasks, or change train.seed or train.development_fraction."
            )
