"""`fer-data diff`: what changed between two published datasets."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.diff.comparison import Diff, compare_datasets
    from fer_data.diff.sides import both_sides

__all__ = ["Diff", "both_sides", "compare_datasets"]

__getattr__ = lazy_names(
    __name__,
    {"fer_data.diff.comparison": ["Diff", "compare_datasets"], "fer_data.diff.sides": ["both_sides"]},
)
