"""`fer-data stats`: how labels are spread, and how much the classes are out of balance."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.stats.report import Stats as Stats
    from fer_data.stats.report import stats as stats

__all__ = ["Stats", "stats"]

_LAZY = {
    "Stats": "fer_data.stats.report",
    "stats": "fer_data.stats.report",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.stats' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
