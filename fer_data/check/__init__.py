"""`fer-data check`: validate a corpus folder before anything runs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.check.folder import CheckReport as CheckReport
    from fer_data.check.folder import check_corpus as check_corpus

__all__ = ["CheckReport", "check_corpus"]

_LAZY = {
    "CheckReport": "fer_data.check.folder",
    "check_corpus": "fer_data.check.folder",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.check' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
