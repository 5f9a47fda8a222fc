"""How action units are scored and drawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fer_data.core.arrays import Float64, Int64
from fer_data.core.labels.tasks import ACTION_UNITS, UNITS
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.core.metrics.scores import action_unit_f1
from fer_data.core.metrics.task_bootstrap import ScoreOf, unit_score_of, unit_terms, videos_by_unit
from fer_data.model.files import Model
from fer_data.predictions.schemas import Predictions
from train.evaluation.customary import Figures
from train.evaluation.files import write_csv
from train.evaluation.intervals import units_of
from train.evaluation.measure import TaskReport

__all__ = ["ActionUnits"]


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """F1 of each annotated unit, and their mean.

    Attributes:
        units: names of the columns.
    """

    task = UNITS
    shown = MappingProxyType({"mean_f1": "mean F1 of units"})

    units: tuple[str, ...] = ACTION_UNITS

    def of_outputs(self, names: Sequence[str]) -> "ActionUnits":
        """Return the measure over the units that a head has."""
        return ActionUnits(tuple(names))

    def scores(self, actual: Int64, answers: Float64) -> dict[str, Any]:
        """Return `mean_f1` and `f1` by unit; units that no row annotates are left out."""
        f1 = action_unit_f1(actual, answers >= THRESHOLD)
        known = {unit: float(one) for unit, one in zip(self.units, f1, strict=True) if not np.isnan(one)}
        return {"mean_f1": float(np.mean(list(known.values()))) if known else 0.0, "f1": known}

    def terms(self, actual: Int64, answers: Float64) -> Float64:
        """Return hits, occurrences, predictions and annotations."""
        return unit_terms(actual, answers)

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return F1 of summed terms."""
        return unit_score_of(statistics, self.units)

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return in how many videos each annotated unit is present."""
        return videos_by_unit(statistics, self.units)

    def errors(self, actual: Int64, answers: Float64) -> Float64:
        """Return the share of a row's annotated units that are answered wrongly, (n,)."""
        annotated = (actual >= 0).sum(axis=1)
        wrong = ((actual >= 0) & ((answers >= THRESHOLD) != (actual > 0))).sum(axis=1)
        unknown = np.full(len(actual), np.nan)
        return np.asarray(np.divide(wrong, annotated, out=unknown, where=annotated > 0), np.float64)

    def baseline(self, actual: Int64) -> dict[str, Any]:
        """Return what answering every unit present scores."""
        return {"always_present": self.scores(actual, np.ones(actual.shape))}

    def customary(self, rows: Predictions) -> Figures:
        """Return nothing: the mean F1 is the customary figure, and no head answers intensities."""
        del rows
        return {}

    def usual(self, model: Model) -> Float64:
        """Return each unit's most frequent value in training."""
        counts = [model.stated("train_unit_counts")[unit] for unit in model.units]
        return np.array([float(count["present"] > count["absent"]) for count in counts])

    def write(self, folder: Path, report: TaskReport) -> None:
        """Write F1 by unit at the shown side, as a table and as a picture."""
        units = list(_by_unit(report))
        write_csv(folder / "f1_by_unit.csv", list(units[0]), (row.values() for row in units))
        _, drawn = units_of(report.scores[str(report.shown_px)]["intervals"])
        _draw(folder / "f1_by_unit.png", units, (report.shown_px, report.split, drawn.words))


def _by_unit(report: TaskReport) -> Iterator[dict[str, Any]]:
    """Yield F1, its interval and the annotated rows of each unit at the shown side."""
    at, rows = report.scores[str(report.shown_px)], report.rows[report.shown_px]
    present = at["intervals"][f"{units_of(at['intervals'])[1].kind}_present"]
    for index, unit in enumerate(ACTION_UNITS):
        if unit in at["f1"]:
            interval = at["intervals"][unit]
            yield {
                "unit": unit,
                "f1": at["f1"][unit],
                "low": None if interval is None else interval["low"],
                "high": None if interval is None else interval["high"],
                "always_present": at["always_present"]["f1"][unit],
                "rows": int((rows.actual[:, index] >= 0).sum()),
                "present": int((rows.actual[:, index] == 1).sum()),
                "videos_present": present[unit],
            }


def _draw(path: Path, units: Sequence[Mapping[str, Any]], about: tuple[int, str, str]) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    resolution_px, split, drawn = about
    with mpl.rc_context({"font.size": 9.0}):
        figure = Figure(figsize=(7.4, 1.7 + 0.32 * len(units)), layout="constrained")
        axes = figure.add_subplot()
        positions = np.arange(len(units))
        axes.barh(positions, [one["f1"] for one in units], color="tab:blue", alpha=0.75, label="model")
        for position, one in zip(positions, units, strict=True):
            if one["low"] is not None:
                axes.plot([one["low"], one["high"]], [position, position], color="0.2", linewidth=1.5)
        usual = [one["always_present"] for one in units]
        axes.plot(usual, positions, "|", color="tab:red", markersize=11, label="always present")
        axes.set_yticks(
            positions, [f"{one['unit']} ({one['present']:,} of {one['rows']:,})" for one in units]
        )
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel=f"F1; dark lines: 95 % interval over {drawn}")
        axes.set_title(
            f"Action units on {split}, {resolution_px} px (rows with the unit, of those annotated)"
        )
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
