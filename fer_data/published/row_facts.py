"""What rows of a published dataset say beside their labels: whose they are, who labelled them, what a label is about.

A dataset of an earlier version, or one of which columns were taken, says what Aff-Wild2's would.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import datasets
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.segments import SEGMENT_SCOPES, segment_keys
from fer_data.published.dataset import Published, column

__all__ = [
    "DEFAULTS",
    "MACHINE",
    "UNNAMED",
    "class_mask",
    "held_together",
    "persons",
    "possible_classes",
    "row_segments",
    "texts",
    "votes",
]

MACHINE = "machine"
"""`label_source` of labels that a program made: they may be learnt from, and never score."""

UNNAMED = "none"
"""`subject_source` of pictures of which nobody says whom they show."""

DEFAULTS: Mapping[str, str] = {
    "corpus": "",
    "label_source": "annotated",
    "label_scope": "frame",
    "segment_id": "",
    "subject_source": "video",
}
"""What stands for a column that is missing or empty."""


def texts(split: datasets.Dataset, name: str) -> NDArray[np.str_]:
    """Return a column of `DEFAULTS` of every row of a split."""
    if name not in split.column_names or not len(split):
        return np.full(len(split), DEFAULTS[name])
    found = column(split, name).astype(np.str_)
    return np.where(found == "", DEFAULTS[name], found)


def persons(split: datasets.Dataset) -> NDArray[np.str_]:
    """Return the person of every row of a split: its subject where the dataset is of a version without `person_id`."""
    named = "person_id" if "person_id" in split.column_names else "subject_id"
    return column(split, named).astype(np.str_)


def held_together(split: datasets.Dataset) -> NDArray[np.str_]:
    """Return what never stands on two sides of a cut, for every row: its person, under whichever name.

    A picture of nobody knows whom is held together with the pictures that are nearly the same (`duplicate_group`; -1
    where none is), because these may well be of one person.
    """
    subjects = persons(split)
    unnamed = texts(split, "subject_source") == UNNAMED
    if "duplicate_group" not in split.column_names or not unnamed.any():
        return subjects
    groups = column(split, "duplicate_group")
    return np.where(unnamed & (groups >= 0), np.char.add("group/", groups.astype(np.str_)), subjects)


def row_segments(split: datasets.Dataset, rows: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return what chosen rows of one segment share, empty for labels of a frame, as `segment_keys` has it."""
    scopes = texts(split, "label_scope")[rows]
    if not np.isin(scopes, SEGMENT_SCOPES).any():
        return np.full(len(rows), "")
    subjects = column(split, "subject_id").astype(np.str_)[rows]
    return segment_keys(scopes, texts(split, "segment_id")[rows].tolist(), subjects.tolist())


def possible_classes(published: Published) -> dict[str, Mask]:
    """Return which classes each corpus can give, by its name; a corpus that `balance.json` does not name gives all."""
    stated: Mapping[str, Sequence[str]] = published.balance.get("corpus_classes") or {}
    return {
        corpus: np.array([name in classes for name in published.classes])
        for corpus, classes in stated.items()
    }


def class_mask(corpora: NDArray[np.str_], possible: Mapping[str, Mask], classes: int) -> Mask | None:
    """Return which classes the corpus of each row can give, (n, classes); None where every one gives all.

    >>> class_mask(np.array(["a", "b"]), {"a": np.array([True, False])}, 2).tolist()
    [[True, False], [True, True]]
    """
    names, index = np.unique(corpora, return_inverse=True)
    by_corpus = np.array([possible.get(name, np.ones(classes, np.bool_)) for name in names.tolist()])
    return None if by_corpus.all() else np.asarray(by_corpus[index], np.bool_)


def votes(split: datasets.Dataset, rows: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return how many raters chose each class in chosen rows, (n, classes); 0 where a row has no votes."""
    if "expression_votes" not in split.column_names or not len(rows):
        return np.zeros((len(rows), classes), np.int64)
    found: Any = split.select_columns("expression_votes")[:]["expression_votes"].combine_chunks()
    return np.asarray(found.flatten().to_numpy(), np.int64).reshape(len(split), classes)[rows].clip(min=0)
