"""How far a network's answer moves between pictures of one face: terms that add up over rows, and shares out of them.

::

    parent ----moved----> first copy  <--+
      |                                  | two seeds
      +-------moved----> second copy  <--+

`moved` is the mean over both copies. `two seeds` is the baseline: what two draws of one operation differ by. Where the
answer moves more than that, the operation pushes it one way whatever is drawn; where it moves less, it scatters it.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.labels.tasks import DIMENSIONS
from fer_data.core.metrics.bootstrap import Interval, interval_of
from fer_data.core.metrics.calibration import probabilities
from fer_data.core.metrics.head_outputs import THRESHOLD, unit_probabilities, within_range
from fer_data.core.metrics.task_bootstrap import score_draws

__all__ = ["KINDS", "Moves", "measured", "moved_terms"]

Kind = Literal["classes", "values", "units"]
Outputs = NDArray[np.floating]

KINDS: Mapping[Kind, tuple[str, ...]] = {
    "classes": ("answer", "probability"),
    "values": DIMENSIONS,
    "units": ("answer", "probability"),
}
"""What is measured of each kind of head.

`answer` is the share of answers that are others: of pictures whose likeliest class is another, of action units that are
present instead of absent or the other way round. The rest are mean absolute changes: of the probability of the parent's
class, of that of each unit, of valence and of arousal.
"""

_BOTH = ("moved", "two_seeds", "difference")

Moves = dict[str, dict[str, tuple[float, Interval | None]]]
"""By measure: `moved`, `two_seeds` and the first minus the second, each with its 95 % interval."""


def moved_terms(kind: Kind, parent: Outputs, first: Outputs, second: Outputs) -> Float64:
    """Return how far answers moved and how far those to the two copies are apart, (n, measures, 2), of (n, k) outputs.

    >>> calm, glad = [[2.0, 0.0]], [[0.0, 2.0]]
    >>> moved_terms("classes", np.array(calm), np.array(calm), np.array(glad))[0].round(2).tolist()
    [[0.5, 1.0], [0.38, 0.76]]
    """
    answers = [_ANSWERS[kind](np.asarray(one, np.float64)) for one in (parent, first, second)]
    apart = _APART[kind]
    moved = (apart(answers[0], answers[1], answers[0]) + apart(answers[0], answers[2], answers[0])) / 2
    return np.stack([moved, apart(answers[1], answers[2], answers[0])], axis=2)


def _class_moves(one: Float64, two: Float64, parent: Float64) -> Float64:
    rows, chosen = np.arange(len(one)), parent.argmax(axis=1)
    changed = one.argmax(axis=1) != two.argmax(axis=1)
    return np.stack([changed, np.abs(one[rows, chosen] - two[rows, chosen])], axis=1)


def _value_moves(one: Float64, two: Float64, parent: Float64) -> Float64:
    del parent
    return np.abs(one - two)


def _unit_moves(one: Float64, two: Float64, parent: Float64) -> Float64:
    del parent
    changed = (one >= THRESHOLD) != (two >= THRESHOLD)
    return np.stack([changed.mean(axis=1), np.abs(one - two).mean(axis=1)], axis=1)


_ANSWERS: Mapping[Kind, Callable[[ArrayLike], Float64]] = {
    "classes": probabilities,
    "values": within_range,
    "units": unit_probabilities,
}
_APART: Mapping[Kind, Callable[[Float64, Float64, Float64], Float64]] = {
    "classes": _class_moves,
    "values": _value_moves,
    "units": _unit_moves,
}


def measured(kind: Kind, counts: Int64, sums: Float64, *, draws: int, seed: int) -> Moves:
    """Return each measure with its intervals, from rows and summed terms of each video or person.

    Args:
        kind: of the head.
        counts: (units,) rows of each of what intervals draw.
        sums: (units, measures, 2) terms of `moved_terms`, summed over them.
        draws: of the bootstrap.
        seed: of the draws: the same draws for every operation, so that these are paired.
    """
    statistics = np.concatenate([counts[:, None].astype(np.float64), sums.reshape(len(sums), -1)], axis=1)
    whole = _shares(statistics.sum(axis=0)[None])
    drawn = score_draws(statistics, _shares, draws=draws, seed=seed)
    found: Moves = {}
    for index, measure in enumerate(KINDS[kind]):
        keys = {name: f"{index} {name}" for name in _BOTH}
        found[measure] = {
            name: (float(whole[key][0]), interval_of(drawn[key]) if drawn else None)
            for name, key in keys.items()
        }
    return found


def _shares(statistics: Float64) -> dict[str, Float64]:
    """Return the mean of each measure by draw, (draws,), from (draws, 1 + 2 * measures) counts and sums."""
    means = statistics[:, 1:] / np.maximum(statistics[:, :1], 1)
    found: dict[str, Float64] = {}
    for index in range(means.shape[1] // 2):
        moved, seeds = means[:, 2 * index], means[:, 2 * index + 1]
        found |= {f"{index} moved": moved, f"{index} two_seeds": seeds, f"{index} difference": moved - seeds}
    return found
