"""The evaluation of a task whose answers are numbers, by its measure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_data.core.metrics.bootstrap import interval_note
from fer_data.core.metrics.task_bootstrap import by_video, score_draws
from fer_data.params.evaluate import EvaluateParams
from fer_data.predictions.schemas import TABLES, Predictions
from fer_data.terminal.table import TextTable, number, text
from train.evaluation.corpora import CorpusScores, Score, by_corpus, corpora_table, over_corpora, pooled_note
from train.evaluation.files import write_csv
from train.evaluation.intervals import smoothing_note, units_of
from train.evaluation.measure import Measure, TaskReport, assess, headline_of, task_slices, tune_window
from train.evaluation.outputs import Outputs, pooled_rows, prediction_table, write_predictions
from train.evaluation.scored_rows import CorpusFacts
from train.evaluation.slices import face_slices

__all__ = ["MeasuredEvaluation"]


@dataclass(frozen=True, slots=True)
class MeasuredEvaluation:
    """Scores, intervals, smoothing and slices of one task, under its name.

    Attributes:
        measure: how it is scored.
        in_challenge: whether the multi-task sum counts it.
    """

    measure: Measure
    in_challenge: bool = True

    def evaluate(self, folder: Path, outputs: Outputs, params: EvaluateParams) -> dict[str, Any]:
        """Write predictions, scores by side and slice, and the picture into the task's folder; return the scores."""
        measure, task, model = self.measure, self.measure.task, outputs.model
        tuned, usual = measure.of_outputs(model.outputs_of(task)), measure.usual(model)
        seen = {px: outputs.of_task(task, px) for px in outputs.scored}
        tables = {px: prediction_table(model, task, said, usual=usual) for px, said in seen.items()}
        rows = {px: TABLES[task].read(table) for px, table in tables.items()}
        scores, slices = {}, []
        for px, one in rows.items():
            development = outputs.development[px].of_task(task, model.network.columns[task])
            tried = tune_window(tuned, development, params.smoothing_frames)
            each = by_corpus(one, outputs.corpora, task, self._score(params), seed=params.seed)
            scores[str(px)] = assess(measure, one, tried, params) | pooled_rows(seen[px]) | each
            faces = face_slices(seen[px].rows, params)
            slices += [{"resolution_px": px, **row} for row in task_slices(measure, one, faces, params)]
        (folder / task).mkdir()
        write_predictions(folder / task / "predictions.parquet", task, tables.values(), outputs.metadata())
        self._write_scores(folder / task, scores, slices)
        measure.write(folder / task, TaskReport(rows, scores, outputs.shown_px, outputs.split(task)))
        return {"resolutions": {px: {task: at} for px, at in scores.items()}}

    def _score(self, params: EvaluateParams) -> Score:
        """Return what scores the rows of one corpus."""
        measure = self.measure

        def score(rows: Predictions, facts: CorpusFacts, seed: int) -> CorpusScores:
            del facts
            units, _ = rows.units()
            statistics = by_video(measure.terms(rows.actual, rows.answers), units)
            customary = measure.customary(rows)
            found = measure.scores(rows.actual, rows.answers)
            score_of = measure.score_of(statistics)
            drawn = score_draws(statistics, score_of, draws=params.bootstrap_draws, seed=seed)
            shown = {name: values for name, values in drawn.items() if name in measure.shown}
            return CorpusScores({**found, **({"customary": customary} if customary else {})}, shown)

        return score

    def _write_scores(
        self, folder: Path, scores: Mapping[str, Mapping[str, Any]], slices: Sequence[Mapping[str, Any]]
    ) -> None:
        names = list(self.measure.shown)
        ends = (f"{names[0]}_{end}" for end in ("low", "high"))
        header = ("resolution_px", "property", "slice", "rows", "videos", names[0], *ends)
        write_csv(folder / "slices.csv", header, (row.values() for row in slices))
        by_side = sorted(scores.items(), key=lambda item: int(item[0]))
        write_csv(
            folder / "by_resolution.csv",
            ("resolution_px", *names, "coverage"),
            ((px, *(at[name] for name in names), at["coverage"]) for px, at in by_side),
        )

    def headline(self, at: Mapping[str, Any]) -> float | None:
        """Return the score that the challenge ranks by."""
        if self.measure.task not in at:
            return None
        return float(over_corpora(at[self.measure.task], headline_of(self.measure)))

    def headlines(self, at: Mapping[str, Any]) -> dict[str, Any]:
        """Return the shown scores, and the interval of the headline."""
        if self.measure.task not in at:
            return {}
        own, name = at[self.measure.task], headline_of(self.measure)
        interval = over_corpora(own, "intervals").get(name)
        ends = {} if interval is None else {f"{name}_{end}": interval[end] for end in ("low", "high")}
        return {name: over_corpora(own, name) for name in self.measure.shown} | ends

    def tables(self, metrics: Mapping[str, Any]) -> Iterator[TextTable]:
        """Yield the scores, a column a side."""
        task, columns = self.measure.task, metrics["resolutions"]
        if task not in next(iter(columns.values())):
            return
        own = [at[task] for at in columns.values()]
        intervals = own[0]["intervals"]
        count, drawn = units_of(intervals)
        present = intervals.get(f"{drawn.kind}_present", {})
        notes = [smoothing_note(own[0]), interval_note(count, present, drawn), pooled_note(own[0])]
        table = TextTable(
            f"{task.replace('_', ' ')}: every annotated {metrics['split']} row",
            text("score"), *(number(f"{px} px") for px in columns), note=" ".join(filter(None, notes)),
        )  # fmt: skip
        for line in _lines(own, self.measure.shown):
            table.add(*line)
        yield table
        title = f"{task.replace('_', ' ')}: each corpus"
        each = corpora_table(title, dict(zip(columns, own, strict=True)), self.measure.shown)
        yield from [] if each is None else [each]


def _lines(columns: Sequence[Mapping[str, Any]], shown: Mapping[str, str]) -> Iterable[tuple[str, ...]]:
    for name, called in shown.items():
        yield called, *(f"{at[name]:.3f}" for at in columns)
    first, called = next(iter(shown.items()))
    for end in ("low", "high"):
        found = [at["intervals"][first] for at in columns]
        label = f"{called}, 95 %, {'from' if end == 'low' else 'to'}"
        yield label, *("-" if one is None else f"{one[end]:.3f}" for one in found)
    if "always_present" in columns[0]:
        yield "always present", *(f"{at['always_present'][first]:.3f}" for at in columns)
    yield "rows with a crop", *(f"{at['coverage']:.1%}" for at in columns)
    if columns[0]["smoothing"] is not None:
        yield "smoothing", *(f"+-{at['smoothing']['window_frames']}" for at in columns)
        yield "smoothed", *(f"{at['smoothing'][first]:.3f}" for at in columns)
    for unit in columns[0].get("f1", {}):
        yield f"F1 {unit}", *(f"{at['f1'][unit]:.3f}" for at in columns)
