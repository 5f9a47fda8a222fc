"""`fer-data verify`: hash an output again and name what differs from its records."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.verify.verification import Report as Report
    from fer_data.verify.verification import verify as verify

__all__ = ["Report", "verify"]

_LAZY = {
    "Report": "fer_data.verify.verification",
    "verify": "fer_data.verify.verification",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.verify' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
