"""How expressions are scored, calibrated, smoothed and shown."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.model.files import Model
from fer_data.params.evaluate import EvaluateParams
from fer_data.predictions.schemas import TABLES
from fer_data.terminal.table import TextTable
from train.evaluation.corpora import by_corpus, corpora_table, over_corpora
from train.evaluation.outputs import (
    DevelopmentOutputs,
    Outputs,
    pooled_rows,
    prediction_table,
    write_predictions,
)
from train.evaluation.slices import face_slices
from train.evaluation.tasks.expression.assessment import Tuning, assess, reliability_rows, slice_rows, tune
from train.evaluation.tasks.expression.by_corpus import CorpusScoring
from train.evaluation.tasks.expression.report import (
    assessment_table,
    score_table,
    summarise,
    write_assessments,
    write_plots,
)

__all__ = ["ExpressionEvaluation"]

_SHOWN = {"macro_f1": "macro F1", "macro_f1_present": "macro F1, classes present", "accuracy": "accuracy"}


class ExpressionEvaluation:
    """Macro F1 over the classes, with calibration of the probabilities; its scores stand at the top of each side's."""

    in_challenge = True

    def evaluate(self, folder: Path, outputs: Outputs, params: EvaluateParams) -> dict[str, Any]:
        """Write predictions, scores by slice and plots into the report's folder itself, and return the scores."""
        model, classes = outputs.model, outputs.model.classes
        counts = np.asarray(model.stated("train_counts"), np.int64)
        usual = int(np.argmax(counts))
        seen = {px: outputs.of_task(EXPRESSION, px) for px in outputs.scored}
        tables = {px: prediction_table(model, EXPRESSION, one, usual=usual) for px, one in seen.items()}
        named = {"classes": json.dumps(list(classes)), **outputs.metadata()}
        write_predictions(folder / "predictions.parquet", EXPRESSION, tables.values(), named)
        predictions = {px: TABLES[EXPRESSION].read(table) for px, table in tables.items()}
        metrics = summarise(predictions, classes, usual)
        points, slices = [], []
        for px, rows in predictions.items():
            tuning = _tune(model, outputs.development[px], params)
            faces = face_slices(seen[px].rows, params)
            at = metrics["resolutions"][str(px)]
            at |= assess(rows, classes, tuning, params) | pooled_rows(seen[px])
            score = CorpusScoring(classes, counts, params.bootstrap_draws)
            at |= by_corpus(rows, outputs.corpora, EXPRESSION, score, seed=params.seed)
            points += [{"resolution_px": px, **row} for row in reliability_rows(rows, classes, tuning)]
            slices += [{"resolution_px": px, **row} for row in slice_rows(rows, faces, classes, params)]
        write_plots(folder, predictions, metrics, shown=outputs.shown_px)
        write_assessments(folder, points, slices, metrics)
        return metrics

    def headline(self, at: Mapping[str, Any]) -> float | None:
        """Return macro F1."""
        return over_corpora(at, "macro_f1") if "macro_f1" in at else None

    def headlines(self, at: Mapping[str, Any]) -> dict[str, Any]:
        """Return macro F1 with its interval, accuracy and coverage.

        Macro F1 over the classes that the rows hold, and after smoothing, are there where they say more: a class is
        absent, or a window was chosen.
        """
        if "macro_f1" not in at:
            return {}
        interval = over_corpora(at, "intervals").get("macro_f1")
        ends = {} if interval is None else {f"macro_f1_{end}": interval[end] for end in ("low", "high")}
        macro, present = (over_corpora(at, name) for name in ("macro_f1", "macro_f1_present"))
        smoothing = at["smoothing"]
        return {
            "macro_f1": macro,
            **({} if present == macro else {"macro_f1_present": present}),
            **ends,
            "accuracy": over_corpora(at, "accuracy"),
            **(
                {"smoothed_macro_f1": smoothing["macro_f1"]}
                if smoothing and smoothing["window_frames"]
                else {}
            ),
            "coverage": at["coverage"],
        }

    def tables(self, metrics: Mapping[str, Any]) -> Iterator[TextTable]:
        """Yield the scores, and how sure they are."""
        if "largest_class" in metrics:
            yield score_table(metrics)
            yield assessment_table(metrics)
            each = corpora_table("Scores of each corpus", metrics["resolutions"], _SHOWN)
            yield from [] if each is None else [each]


def _tune(model: Model, development: DevelopmentOutputs, params: EvaluateParams) -> Tuning:
    own = development.of_task(EXPRESSION, model.network.columns[EXPRESSION])
    return tune(own.outputs, own.targets.labels[EXPRESSION], (own.clips, own.frames), params.smoothing_frames)
