"""What the suspects change: scores on validation, with and without them in training, and with and without its own."""

from dataclasses import asdict
from typing import Any

import numpy as np

from fer_data.core.arrays import Float64, Mask
from fer_data.core.metrics.bootstrap import compare, group_confusions
from fer_data.core.metrics.scores import class_scores
from fer_data.noise.answers import Answers
from fer_data.noise.units import Units
from fer_data.published.row_facts import MACHINE

__all__ = ["validation_scores"]

_DRAWS = 2000


def validation_scores(units: Units, answers: Answers, seed: int) -> dict[str, Any] | None:
    """Return the scores of the probe on validation, each label counted once; None without labels that may score.

    `all_labels` are scores over every label of it as it stands. `without_suspects` leaves those out that the probe
    disagrees with, which lifts every score: it says how much wrong labels may cost at most, and is no result.
    """
    scoring = units.sources != MACHINE
    if not scoring.any():
        return None
    sides = {"with_suspects": answers.validation_all, "without_suspects": answers.validation}
    kept = scoring & ~answers.validation_wrong
    return {
        "labels": int(scoring.sum()),
        "suspects": int((scoring & answers.validation_wrong).sum()),
        "trained": {
            name: {
                "all_labels": _scores(units, said, scoring),
                "without_suspects": _scores(units, said, kept),
            }
            for name, said in sides.items()
        },
        "gain": _gain(units, (answers.validation_all, answers.validation), scoring, seed),
    }


def _scores(units: Units, said: Float64, rows: Mask) -> dict[str, float]:
    found = class_scores(units.labels[rows], said[rows].argmax(axis=1), said.shape[1])
    return {"macro_f1": found.macro_f1, "accuracy": found.accuracy}


def _gain(units: Units, sides: tuple[Float64, Float64], rows: Mask, seed: int) -> dict[str, Any]:
    """Return what leaving the suspects out of training gains on every label, its interval and what that draws."""
    classes = sides[0].shape[1]
    confusions = [
        group_confusions(
            units.labels[rows], said[rows].argmax(axis=1), np.asarray(units.drawn[rows]), classes=classes
        )
        for said in sides
    ]
    found = compare(*confusions, draws=_DRAWS, seed=seed)["macro_f1"]
    interval = None if found.interval is None else asdict(found.interval)
    return {
        "macro_f1": found.difference,
        "interval": interval,
        "p_value": None if units.draws.lower_bound else found.p_value,
        "drawn": units.draws.words,
        "note": units.draws.note,
    }
