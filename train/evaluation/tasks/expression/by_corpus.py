"""Expressions of one corpus: scores open and closed, the customary figures, and what draws of its units score."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fer_data.core.arrays import Int64, Mask
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.metrics.bootstrap import drawn_scores, group_confusions
from fer_data.core.metrics.nearest_frame import nearest_rows
from fer_data.core.metrics.scores import challenge_score, class_scores
from fer_data.predictions.schemas import Predictions
from train.evaluation.corpora import CorpusScores
from train.evaluation.customary import class_figures
from train.evaluation.scored_rows import CorpusFacts

__all__ = ["CorpusScoring", "answers_within"]


@dataclass(frozen=True, slots=True, eq=False)
class CorpusScoring:
    """How the rows of one corpus are scored.

    Attributes:
        classes: of the dataset, in label order.
        counts: training rows of each.
        draws: of units, behind every interval.
    """

    classes: Sequence[str]
    counts: Int64
    draws: int

    def __call__(self, rows: Predictions, facts: CorpusFacts, seed: int) -> CorpusScores:
        """Return the open scores, as `open` too, the closed ones under `closed`, and the customary figures.

        Both are over the classes that the corpus can give. Open, any class of the dataset may be answered, and one that
        the corpus lacks is a miss; closed, its own alone.
        """
        possible = self._possible(rows, facts)
        within = partial(answers_within, rows, counts=self.counts)
        openly = self._scores(rows.actual, rows.answers, possible)
        closed = self._scores(rows.actual, within(possible), possible)
        customary = class_figures(facts, self.classes, rows.actual, within)
        units, _ = rows.units()
        confusions = group_confusions(rows.actual, rows.answers, units, classes=len(self.classes))
        lacks = [name for name, one in zip(self.classes, possible, strict=True) if not one]
        scores: dict[str, Any] = {**openly, "open": openly, "closed": closed}
        scores |= {"lacks": lacks} if lacks else {}
        scores |= {"customary": customary} if customary else {}
        return CorpusScores(scores, drawn_scores(confusions, possible, draws=self.draws, seed=seed))

    def _possible(self, rows: Predictions, facts: CorpusFacts) -> Mask:
        """Return the classes that the corpus can give, those of its labels among them."""
        every = np.ones(len(self.classes), np.bool_)
        possible = every if facts.possible is None else facts.possible.copy()
        possible[np.unique(rows.actual)] = True
        return possible

    def _scores(self, actual: Int64, answers: Int64, possible: Mask) -> dict[str, float]:
        scores = class_scores(actual, answers, len(self.classes))
        macro_f1 = float(scores.f1[possible].mean())
        found = {
            "macro_f1": macro_f1,
            "macro_f1_present": scores.macro_f1_present,
            "accuracy": scores.accuracy,
        }
        if tuple(self.classes) == SEVEN_CLASSES:
            found["combined"] = challenge_score(macro_f1, scores.accuracy)
        return found


def answers_within(rows: Predictions, possible: Mask, *, counts: Int64) -> Int64:
    """Return the answers when only some classes may be given: the largest of their logits.

    A row without a crop takes that of its nearest, else the one of these classes that training has most of.
    """
    if possible.all():
        return np.asarray(rows.answers, np.int64)
    answers = np.full(len(rows.frames), int(np.where(possible, counts, -1).argmax()), np.int64)
    if rows.logits is not None:
        answers[rows.own] = np.where(possible, rows.logits, -np.inf).argmax(axis=1)
    source = nearest_rows(rows.clips, rows.frames, rows.own)
    return np.where(source >= 0, answers[source], answers)
