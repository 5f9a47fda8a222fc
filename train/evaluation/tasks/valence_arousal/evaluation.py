"""How valence and arousal are scored and drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fer_data.core.arrays import Float64
from fer_data.core.labels.tasks import DIMENSIONS, VALENCE_AROUSAL
from fer_data.core.metrics.scores import valence_arousal_score
from fer_data.core.metrics.task_bootstrap import ScoreOf, concordance_scores, concordance_terms
from fer_data.model.files import Model
from fer_data.predictions.schemas import Predictions
from train.evaluation.customary import Figures, value_figures
from train.evaluation.measure import TaskReport

__all__ = ["ValenceArousal"]


_BINS = 40


class ValenceArousal:
    """Lin's concordance of each dimension, and their mean."""

    task = VALENCE_AROUSAL
    shown: Mapping[str, str] = MappingProxyType(
        {"ccc": "CCC, mean", "ccc_valence": "CCC valence", "ccc_arousal": "CCC arousal"}
    )

    def of_outputs(self, names: Sequence[str]) -> "ValenceArousal":
        """Return the same: a head has both dimensions."""
        del names
        return self

    def scores(self, actual: Float64, answers: Float64) -> dict[str, Any]:
        """Return `ccc`, `ccc_valence` and `ccc_arousal`."""
        valence, arousal, mean = valence_arousal_score(actual, answers)
        return {"ccc": mean, "ccc_valence": valence, "ccc_arousal": arousal}

    def terms(self, actual: Float64, answers: Float64) -> Float64:
        """Return counts, sums and products."""
        return concordance_terms(actual, answers)

    def score_of(self, statistics: Float64) -> ScoreOf:
        """Return the concordance of summed terms."""
        del statistics
        return concordance_scores

    def videos(self, statistics: Float64) -> dict[str, int]:
        """Return nothing: every video has both dimensions."""
        del statistics
        return {}

    def errors(self, actual: Float64, answers: Float64) -> Float64:
        """Return the mean absolute error of a row's values, (n,)."""
        return np.asarray(np.abs(actual - answers).mean(axis=1))

    def baseline(self, actual: Float64) -> dict[str, Any]:
        """Return nothing: any constant has concordance 0."""
        del actual
        return {}

    def customary(self, rows: Predictions) -> Figures:
        """Return concordance pooled over rows and as the mean over videos."""
        return value_figures(rows.actual, rows.answers, rows.videos)

    def usual(self, model: Model) -> Float64:
        """Return the means of the training labels."""
        return np.array([model.stated("train_means")[name] for name in DIMENSIONS])

    def write(self, folder: Path, report: TaskReport) -> None:
        """Draw annotated against predicted values of the shown side, one panel a dimension."""
        import matplotlib as mpl
        from matplotlib.colors import LogNorm
        from matplotlib.figure import Figure

        rows, at = report.rows[report.shown_px], report.scores[str(report.shown_px)]
        with mpl.rc_context({"font.size": 9.0}):
            figure = Figure(figsize=(9.0, 4.2), layout="constrained")
            figure.suptitle(f"Valence and arousal on {report.split}, {report.shown_px} px")
            for index, name in enumerate(DIMENSIONS):
                axes = figure.add_subplot(1, 2, index + 1)
                counts, edges, _ = np.histogram2d(
                    rows.actual[:, index], rows.answers[:, index], bins=_BINS, range=[[-1, 1], [-1, 1]]
                )
                norm = LogNorm(vmin=1, vmax=max(10.0, float(counts.max())))
                shown = np.ma.masked_equal(counts.T, 0)
                mesh = axes.pcolormesh(edges, edges, shown, cmap="viridis_r", norm=norm, rasterized=True)
                axes.plot([-1, 1], [-1, 1], color="0.5", linewidth=1, linestyle="--")
                axes.set(xlim=(-1, 1), ylim=(-1, 1), xlabel=f"annotated {name}", ylabel=f"predicted {name}")
                axes.set_title(f"{name}: CCC {at[f'ccc_{name}']:.3f}")
                axes.set_aspect("equal")
                figure.colorbar(mesh, ax=axes, label="rows", shrink=0.7)
            figure.savefig(folder / "agreement.png", format="png", dpi=120, metadata={"Software": None})
