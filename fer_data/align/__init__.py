"""Stage `align`: from videos and their catalog to a state for every row and a crop for every row that is kept."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.align.stage import align as align
    from fer_data.align.stage import headlines as headlines

__all__ = ["align", "headlines"]

_LAZY = {
    "align": "fer_data.align.stage",
    "headlines": "fer_data.align.stage",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.align' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
