"""`fer-data embed` and `fer-data probe`: features, and what can be read off them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.embed.extraction import embed as embed

__all__ = ["embed"]

_LAZY = {
    "embed": "fer_data.embed.extraction",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.embed' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
