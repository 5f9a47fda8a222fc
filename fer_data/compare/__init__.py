"""`fer-data compare` and `fer-data ensemble`: what several evaluations say together."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.compare.comparison import PREDICTIONS_FILE as PREDICTIONS_FILE
    from fer_data.compare.comparison import compare_predictions as compare_predictions
    from fer_data.compare.comparison import read_evaluation as read_evaluation
    from fer_data.compare.comparison import run_gains as run_gains
    from fer_data.compare.comparison import run_scores as run_scores

__all__ = ["PREDICTIONS_FILE", "compare_predictions", "read_evaluation", "run_gains", "run_scores"]

_LAZY = {
    "PREDICTIONS_FILE": "fer_data.compare.comparison",
    "compare_predictions": "fer_data.compare.comparison",
    "read_evaluation": "fer_data.compare.comparison",
    "run_gains": "fer_data.compare.comparison",
    "run_scores": "fer_data.compare.comparison",
}

__getattr__ = lazy_names(__name__, _LAZY)
