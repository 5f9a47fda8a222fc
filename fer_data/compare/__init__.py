"""`fer-data compare` and `fer-data ensemble`: what several evaluations say together."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.compare.comparison import (
        PREDICTIONS_FILE,
        compare_predictions,
        read_evaluation,
        run_gains,
        run_scores,
    )

__all__ = ["PREDICTIONS_FILE", "compare_predictions", "read_evaluation", "run_gains", "run_scores"]

__getattr__ = lazy_names(__name__, {"fer_data.compare.comparison": __all__})
