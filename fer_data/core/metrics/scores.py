"""Scores of expression, of valence and arousal, and of action units, as the challenges define them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fer_data.core.arrays import Float64, Int64
from fer_data.errors import DatasetError

__all__ = [
    "ClassScores",
    "absent_note",
    "action_unit_f1",
    "challenge_score",
    "class_scores",
    "concordance",
    "confusion_matrix",
    "valence_arousal_score",
]


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """Scores of a classification.

    Attributes:
        confusion: (classes, classes) counts; row: actual, column: predicted.
        precision: per class in [0, 1]; 0 for a class that was never predicted.
        recall: per class in [0, 1]; 0 for a class that never occurs.
        f1: per class in [0, 1]; 0 for a class that neither occurs nor was predicted.
        macro_f1: mean of `f1` over all classes, those that never occur included, as the challenges count.
        macro_f1_present: mean of `f1` over the classes that `actual` holds; 0 without rows.
        absent: classes that `actual` does not hold, in order; `f1` is 0 for each of them.
        accuracy: share of right rows; 0 without rows.
    """

    confusion: Int64
    precision: Float64
    recall: Float64
    f1: Float64
    macro_f1: float
    macro_f1_present: float
    absent: tuple[int, ...]
    accuracy: float


def _ratio(part: ArrayLike, whole: ArrayLike) -> Float64:
    above, below = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    result = np.zeros_like(above)
    np.divide(above, below, out=result, where=below != 0)
    return result


def confusion_matrix(actual: ArrayLike, predicted: ArrayLike, classes: int) -> Int64:
    """Return the (classes, classes) counts of actual by predicted class.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]

    Raises:
        DatasetError: the two differ in length, or hold an index outside [0, classes).
    """
    rows, columns = np.asarray(actual, np.int64), np.asarray(predicted, np.int64)
    if rows.shape != columns.shape:
        raise DatasetError(
            f"actual and predicted must have one length, got {rows.size} and {columns.size} rows."
        )
    for name, values in (("actual", rows), ("predicted", columns)):
        outside = values[(values < 0) | (values >= classes)]
        if outside.size:
            raise DatasetError(f"{name} holds class {outside[0]}; it must be in [0, {classes}).")
    return np.bincount(rows * classes + columns, minlength=classes * classes).reshape(classes, classes)


def class_scores(actual: ArrayLike, predicted: ArrayLike, classes: int) -> ClassScores:
    """Return confusion, precision, recall, F1 and accuracy; no rows score zero.

    >>> class_scores([0, 0, 1], [0, 1, 1], 2).f1.round(3).tolist()
    [0.667, 0.667]
    >>> found = class_scores([0, 0, 1], [0, 1, 1], 4)
    >>> round(found.macro_f1, 3), round(found.macro_f1_present, 3), found.absent
    (0.333, 0.667, (2, 3))

    Raises:
        DatasetError: the two differ in length, or hold an index outside [0, classes).
    """
    confusion = confusion_matrix(actual, predicted, classes)
    hits, occurs, guessed = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    f1 = _ratio(2 * hits, occurs + guessed)
    return ClassScores(
        confusion=confusion,
        precision=_ratio(hits, guessed),
        recall=_ratio(hits, occurs),
        f1=f1,
        macro_f1=float(f1.mean()),
        macro_f1_present=float(f1[occurs > 0].mean()) if occurs.any() else 0.0,
        absent=tuple(np.flatnonzero(occurs == 0).tolist()),
        accuracy=float(_ratio(hits.sum(), confusion.sum())),
    )


def absent_note(names: Sequence[str]) -> str:
    """Return a sentence on the classes that no scored row has; empty where every class has some.

    >>> absent_note(["Neutral"])
    'No scored row is Neutral: macro F1 counts it 0, as the challenges do; "classes present" leaves it out.'
    """
    if not names:
        return ""
    it = "it" if len(names) == 1 else "them"
    return (
        f"No scored row is {' or '.join(names)}: macro F1 counts {it} 0, as the challenges do; "
        f'"classes present" leaves {it} out.'
    )


def challenge_score(macro_f1: float, accuracy: float) -> float:
    """Return the combined score of the seven-class challenges, 0.67 macro F1 + 0.33 accuracy.

    Source: ABAW 2020 and 2021, expression track.

    >>> round(challenge_score(0.33, 0.63), 2)
    0.43
    """
    return 0.67 * macro_f1 + 0.33 * accuracy


def concordance(actual: ArrayLike, predicted: ArrayLike) -> float:
    """Return Lin's concordance correlation coefficient in [-1, 1], with population variances.

    Two constant, equal series score 1; no rows score 0.
    Source: Lin, A Concordance Correlation Coefficient, 1989; ABAW, valence-arousal track.

    >>> concordance([0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    1.0

    Raises:
        DatasetError: the two differ in length.
    """
    x, y = np.asarray(actual, np.float64), np.asarray(predicted, np.float64)
    if x.shape != y.shape:
        raise DatasetError(f"actual and predicted must have one length, got {x.size} and {y.size} rows.")
    if x.size == 0:
        return 0.0
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    spread = float(x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    return 1.0 if spread == 0.0 else 2 * covariance / spread


def valence_arousal_score(actual: ArrayLike, predicted: ArrayLike) -> tuple[float, float, float]:
    """Return the concordance of valence, of arousal, and their mean, the challenges' score, from (n, 2) each.

    A row with a NaN in `actual` is not annotated and left out.

    Raises:
        DatasetError: the two differ in shape, or are not (n, 2).
    """
    truth, guess = np.asarray(actual, np.float64), np.asarray(predicted, np.float64)
    if truth.shape != guess.shape or truth.ndim != 2 or truth.shape[1] != 2:
        raise DatasetError(f"actual and predicted must both be (n, 2), got {truth.shape} and {guess.shape}.")
    annotated = ~np.isnan(truth).any(axis=1)
    valence, arousal = (concordance(truth[annotated, index], guess[annotated, index]) for index in (0, 1))
    return valence, arousal, (valence + arousal) / 2


def action_unit_f1(actual: ArrayLike, predicted: ArrayLike) -> Float64:
    """Return the F1 of each unit's presence from (n, units) of 1 and 0; their mean is the challenges' score.

    A value of -1 in `actual` is not annotated and left out. A unit that is never annotated has no F1: NaN; one that
    is annotated but neither occurs nor is predicted has 0, as scikit-learn counts.
    Source: ABAW, action unit track.

    >>> action_unit_f1([[1, 0], [1, -1], [0, 0]], [[1, 1], [0, 1], [0, 0]]).round(3).tolist()
    [0.667, 0.0]

    Raises:
        DatasetError: the two differ in shape, or hold another value.
    """
    truth, guess = np.asarray(actual, np.int64), np.asarray(predicted, np.int64)
    if truth.shape != guess.shape or truth.ndim != 2:
        raise DatasetError(
            f"actual and predicted must both be (n, units), got {truth.shape} and {guess.shape}."
        )
    if not (np.isin(truth, (-1, 0, 1)).all() and np.isin(guess, (0, 1)).all()):
        raise DatasetError("Action units must be 1 or 0, or in actual -1 where not annotated.")
    annotated = truth >= 0
    hits = ((truth == 1) & (guess == 1)).sum(axis=0)
    f1 = _ratio(2 * hits, ((truth == 1) + ((guess == 1) & annotated).astype(np.int64)).sum(axis=0))
    return np.where(annotated.any(axis=0), f1, np.nan)
