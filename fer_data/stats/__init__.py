"""`fer-data stats`: how labels are spread, and how much the classes are out of balance."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.stats.report import Stats, stats

__all__ = ["Stats", "stats"]

__getattr__ = lazy_names(__name__, {"fer_data.stats.report": __all__})
