"""Which labels are probably wrong, from answers of what did not see them.

Source: Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 2021: the
confident joint, and pruning by class and by noise rate, of which both must name a label.

A label is told by the answers to it alone where classes differ in how surely they are answered: each class has a
threshold of its own, the mean probability of that class among the labels that say it.
"""

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64, Mask

__all__ = ["answered_instead", "class_thresholds", "confident_joint", "probably_wrong", "suspicion"]

_TINY = 1e-6
"""Probabilities are taken as no smaller: of two that both are next to nothing, none is the likelier by far."""


def class_thresholds(probabilities: Float64, labels: Int64) -> Float64:
    """Return the mean probability of each class among the labels that say it, (classes,); 1 for a class without any.

    >>> class_thresholds(np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 0])).round(2).tolist()
    [0.6, 1.0]
    """
    classes = probabilities.shape[1]
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=_of(probabilities, labels), minlength=classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)


def confident_joint(probabilities: Float64, labels: Int64, thresholds: Float64) -> Float64:
    """Return how many labels of each class (row) are which class in truth (column), (classes, classes), an estimate.

    Those are counted of which a class reaches its threshold, then each row is scaled to the number of its labels. A
    class of which no label reaches any threshold is taken as right.

    >>> sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.2, 0.8]])
    >>> confident_joint(sure, np.array([0, 0, 0, 1]), np.array([0.6, 0.8])).round(1).tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    classes = probabilities.shape[1]
    reached = probabilities >= thresholds
    known = reached.any(axis=1)
    truth = np.where(reached, probabilities, -1.0).argmax(axis=1)
    cells = labels[known] * classes + truth[known]
    counted = np.bincount(cells, minlength=classes**2).reshape(classes, classes).astype(np.float64)
    totals = counted.sum(axis=1)
    counted[totals == 0] = np.eye(classes)[totals == 0]
    labelled = np.bincount(labels, minlength=classes)
    return np.asarray(counted / counted.sum(axis=1, keepdims=True) * labelled[:, None])


def probably_wrong(probabilities: Float64, labels: Int64, thresholds: Float64) -> Mask:
    """Return which labels are suspects, (n,): as many as the confident joint says, the least supported ones.

    Two rules must agree. By class: of each class as many as are wrong, those whose own class is the least probable. By
    noise rate: of each pair of classes as many as are confused, those whose other class outweighs it the most. A label
    whose class is answered is none.
    """
    joint = confident_joint(probabilities, labels, thresholds)
    by_class, by_pair = np.zeros(len(labels), np.bool_), np.zeros(len(labels), np.bool_)
    own = _of(probabilities, labels)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        _mark(by_class, members, -own[members], joint[label].sum() - joint[label, label])
        for other in range(probabilities.shape[1]):
            if other != label:
                margin = probabilities[members, other] - own[members]
                _mark(by_pair, members, margin, joint[label, other])
    return np.asarray(by_class & by_pair & (probabilities.argmax(axis=1) != labels))


def _mark(found: Mask, members: Int64, scores: Float64, count: float) -> None:
    """Mark the members with the highest scores; those of equal scores in their order."""
    found[members[np.argsort(-scores, kind="stable")[: round(count)]]] = True


def answered_instead(probabilities: Float64, labels: Int64) -> Int64:
    """Return the most probable class of each row beside its label, (n,).

    >>> answered_instead(np.array([[0.7, 0.1, 0.2]]), np.array([0])).tolist()
    [2]
    """
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1.0
    return np.asarray(others.argmax(axis=1), np.int64)


def suspicion(probabilities: Float64, labels: Int64) -> Float64:
    """Return how much likelier the other class is than the label, (n,), as the logarithm of their ratio.

    >>> suspicion(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]), np.array([0, 0])).round(2).tolist()
    [-0.69, 2.08]
    """
    other = _of(probabilities, answered_instead(probabilities, labels))
    own = _of(probabilities, labels)
    return np.asarray(np.log(np.maximum(other, _TINY)) - np.log(np.maximum(own, _TINY)))


def _of(probabilities: Float64, classes: Int64) -> NDArray[np.float64]:
    return np.asarray(probabilities[np.arange(len(classes)), classes])
