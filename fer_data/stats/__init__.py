"""`fer-data stats`: how labels are spread, and how much the classes are out of balance."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.stats.classes import ClassSplit
    from fer_data.stats.report import Stats, stats
    from fer_data.stats.tallies import UnitSplit, ValueSplit

__all__ = ["ClassSplit", "Stats", "UnitSplit", "ValueSplit", "stats"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.stats.report": ("Stats", "stats"),
        "fer_data.stats.classes": ("ClassSplit",),
        "fer_data.stats.tallies": ("UnitSplit", "ValueSplit"),
    },
)
