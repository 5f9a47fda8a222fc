"""Out-of-fold answers: what a linear probe says of labels that it was not fitted on, nor any other of their people.

::

    labels of train      fold 1   fold 2   fold 3       answered by a fit on the other folds
    first pass             |--------|--------|          on every label
    second pass            |--------|--------|          without the suspects of the first
    labels of validation   answered by a fit on all of train without its suspects
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fer_data.core.arrays import Float32, Float64, Int64, Mask
from fer_data.core.metrics.label_noise import class_thresholds, probably_wrong
from fer_data.core.sampling.folds import group_folds
from fer_data.core.sampling.linked import linked
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError
from fer_data.noise.units import Units

__all__ = ["FOLDS", "STRENGTHS", "Answers", "Projection", "answer"]

FOLDS = 5
STRENGTHS = (1.0e-4, 1.0e-3, 1.0e-2, 1.0e-1, 1.0)
"""Inverse strengths of the penalty that are tried, the strongest first."""

DIMENSIONS = 128
"""Principal components of the features that the probe sees. On the rendered sample 32 to 512 find the same labels."""

_FITTED = 20_000
"""Labels that a fit takes, at most: more are drawn from. It then takes a minute at most on a slow core."""
_BLOCK = 8192
_MAX_ITERATIONS = 300
_TOLERANCE = 1e-3
_TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Standardises features and takes their principal components, without looking at a label."""

    mean: Float64
    scale: Float64
    components: Float64

    @classmethod
    def of(cls, features: Float32) -> "Projection":
        """Return the projection onto the first components of features, (n, d), n at least 1."""
        mean = features.mean(axis=0, dtype=np.float64)
        spread = features.std(axis=0, dtype=np.float64)
        scale = np.where(spread > 0, spread, 1.0)
        moments = np.zeros((features.shape[1],) * 2)
        for start in range(0, len(features), _BLOCK):
            block = (features[start : start + _BLOCK] - mean) / scale
            moments += block.T @ block
        _, vectors = np.linalg.eigh(moments)
        return cls(mean, scale, vectors[:, ::-1][:, :DIMENSIONS])

    def __call__(self, features: Float32) -> Float64:
        """Return the components of features, (n, at most `DIMENSIONS`)."""
        if not len(features):
            return np.zeros((0, self.components.shape[1]))
        parts = [
            ((features[start : start + _BLOCK] - self.mean) / self.scale) @ self.components
            for start in range(0, len(features), _BLOCK)
        ]
        return np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What is answered of each label.

    Attributes:
        train: (train units, classes) probabilities, out of fold.
        validation: (validation units, classes), of the fit without the suspects of train.
        validation_all: the same, of the fit on every label of train.
        wrong: (train units,) suspects.
        validation_wrong: (validation units,) suspects.
        strength: of the probe, as `STRENGTHS` has it.
        folds: number of folds.
    """

    train: Float64
    validation: Float64
    validation_all: Float64
    wrong: Mask
    validation_wrong: Mask
    strength: float
    folds: int


def answer(
    train: tuple[Units, Float64], validation: tuple[Units, Float64], seed: int, on_fit: Callable[[], None]
) -> Answers:
    """Return what probes say of labels that they did not see, from units and their projected features.

    Nothing about validation enters what is said of train.

    Raises:
        DatasetError: train has labels of one class, or of one person or group of videos, alone.
    """
    units, values = train
    if len(np.unique(units.labels)) < 2:
        raise DatasetError(
            "Split train has expression labels of fewer than two classes, so none can be told from others. "
            "Publish a dataset with labels of expression."
        )
    groups = linked(units.people, units.videos)
    folds = min(FOLDS, len(np.unique(groups)))
    if folds < 2:
        raise DatasetError(
            "Split train has labels of one person or group of videos alone, so nobody else's labels can be learnt "
            "from. Publish a dataset with more people."
        )
    fold = group_folds(groups, units.labels, folds=folds, seed=seed)
    probe = _Probe(units, values, seed, on_fit)
    strength, first = _best_strength(probe, fold)
    kept = ~_suspects(first, units, first, units)
    second = _allowed(probe.out_of_fold(fold, kept, strength), units)
    wrong = _suspects(second, units, second, units)
    held, features = validation
    everything = np.ones(len(units), np.bool_)
    with_all, without = (_allowed(probe.fit(rows, strength)(features), held) for rows in (everything, ~wrong))
    return Answers(second, without, with_all, wrong, _suspects(without, held, second, units), strength, folds)


class _Probe:
    """Fits a linear probe on some of the labels."""

    def __init__(self, units: Units, values: Float64, seed: int, on_fit: Callable[[], None]) -> None:
        self.units, self.values, self._on_fit = units, values, on_fit
        self._order = np.random.default_rng(seed_from("noise", seed)).permutation(len(units))

    def fit(self, rows: Mask, strength: float) -> Callable[[Float64], Float64]:
        """Return what gives the probabilities of every class, fitted on labels of a mask."""
        from sklearn.linear_model import LogisticRegression

        taken = np.sort(self._order[rows[self._order]][:_FITTED])
        labels, classes = self.units.labels[taken], self.units.possible.shape[1]
        known = np.unique(labels)
        if len(known) < 2:
            self._on_fit()
            return lambda values: np.tile(np.eye(classes)[known].sum(axis=0), (len(values), 1))
        logistic = LogisticRegression(
            C=strength, class_weight="balanced", max_iter=_MAX_ITERATIONS, tol=_TOLERANCE
        )
        logistic.fit(self.values[taken], labels)
        self._on_fit()

        def probabilities(values: Float64) -> Float64:
            found = np.zeros((len(values), classes))
            if len(values):
                found[:, known] = logistic.predict_proba(values)
            return found

        return probabilities

    def out_of_fold(self, fold: Int64, kept: Mask, strength: float) -> Float64:
        """Return the probabilities of every label by fits on the other folds' labels that are kept."""
        found = np.zeros(self.units.possible.shape)
        for number in range(int(fold.max()) + 1):
            asked = fold == number
            found[asked] = self.fit(~asked & kept, strength)(self.values[asked])
        return found


def _best_strength(probe: _Probe, fold: Int64) -> tuple[float, Float64]:
    """Return the strongest penalty whose answers are as good as the best's within one standard error, and those.

    Good is a high probability of the labels as they stand. Weaker penalties learn wrong labels by heart sooner.
    Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2009, 7.10 (the rule).
    """
    labels = probe.units.labels
    everything = np.ones(len(labels), np.bool_)
    said = [_allowed(probe.out_of_fold(fold, everything, one), probe.units) for one in STRENGTHS]
    losses = np.array([-np.log(np.maximum(one[np.arange(len(labels)), labels], _TINY)) for one in said])
    best = int(losses.mean(axis=1).argmin())
    limit = losses[best].mean() + losses[best].std() / np.sqrt(len(labels))
    chosen = int((losses.mean(axis=1) <= limit).argmax())
    return STRENGTHS[chosen], said[chosen]


def _allowed(probabilities: Float64, units: Units) -> Float64:
    """Return probabilities of the classes that each label's corpus can give, which add up to one again."""
    allowed = np.where(units.possible, probabilities, 0.0)
    sums = allowed.sum(axis=1, keepdims=True)
    return np.asarray(np.where(sums > 0, allowed / np.maximum(sums, _TINY), probabilities))


def _suspects(probabilities: Float64, units: Units, known: Float64, known_units: Units) -> Mask:
    """Return which labels are suspects, by the thresholds of the answers to known ones."""
    thresholds = class_thresholds(known, known_units.labels)
    return probably_wrong(probabilities, units.labels, thresholds)
