"""What the loss of expression aims at where a class index says too little: raters' votes, and classes that lack.

A target is one row of shares, (classes,), that add up to 1::

    hard label 1 of 4                      0.0  1.0  0.0  0.0
    votes 2, 6, 2 within the dataset       0.2  0.6  0.2  0.0
    of a corpus without the last class     0.0  1.0  0.0  NaN    NaN: left out of the softmax
    without a label                        NaN  NaN  NaN  NaN
"""

import datasets
import numpy as np

from fer_data.core.arrays import Float32, Int64, Mask
from fer_data.core.labels.tasks import EXPRESSION, NO_LABEL
from fer_data.published.dataset import Published
from fer_data.published.row_facts import MACHINE, class_mask, possible_classes, texts, votes
from train.evaluation.tasks.targets import Targets

__all__ = ["class_shares", "hard_labels", "voted_rows", "with_shares"]


def class_shares(labels: Int64, possible: Mask | None, voted: Int64 | None, classes: int) -> Float32:
    """Return the target of each row as shares, (n, classes).

    A row's own label and votes stand whatever its corpus is said to lack.

    Args:
        labels: (n,) hard label, -1 without one.
        possible: (n, classes) what the corpus of each row can give; None: all.
        voted: (n, classes) votes, all 0 for a row that keeps its hard label; None: every row does.
        classes: how many there are.
    """
    shares = np.zeros((len(labels), classes), np.float32)
    known = np.flatnonzero(labels != NO_LABEL)
    shares[known, labels[known]] = 1.0
    if voted is not None:
        total = voted.sum(axis=1)
        soft = (total > 0) & (labels != NO_LABEL)
        shares[soft] = voted[soft] / total[soft, None]
    if possible is not None:
        shares[~possible & (shares == 0)] = np.nan
    shares[labels == NO_LABEL] = np.nan
    return shares


def hard_labels(shares: Float32) -> Int64:
    """Return the class with the largest share of rows that have a label.

    >>> hard_labels(np.array([[0.0, 1.0, np.nan]], np.float32)).tolist()
    [1]
    """
    return np.asarray(np.where(np.isnan(shares), -1.0, shares).argmax(axis=1), np.int64)


def voted_rows(split: datasets.Dataset, rows: Int64, classes: int) -> Int64:
    """Return the votes of raters for each class in chosen rows, (n, classes); 0 where a program made them."""
    machine = texts(split, "label_source")[rows] == MACHINE
    return np.where(machine[:, None], 0, votes(split, rows, classes))


def with_shares(published: Published, rows: Int64, targets: Targets, *, soft: bool) -> Targets:
    """Return the targets of chosen rows of the training split with their expression as shares where that says more.

    Where no row has votes that count and no corpus lacks a class they stay class indices, and the loss is the same to
    the last bit as without this.
    """
    split, labels, classes = published.split("train"), targets.labels[EXPRESSION], len(published.classes)
    labelled = labels != NO_LABEL
    if not labelled.any():
        return targets
    corpora = np.where(labelled, texts(split, "corpus")[rows], "")
    possible = class_mask(corpora, possible_classes(published), classes)
    voted = voted_rows(split, rows, classes) if soft else None
    if possible is None and (voted is None or not voted[labelled].any()):
        return targets
    shares = class_shares(labels, possible, voted, classes)
    return Targets({**targets.labels, EXPRESSION: shares}, targets.names)
