"""`fer-data weights`: SENet-50 weights from whatever they were published as, read without running what they hold."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.weights.importing import KNOWN_RELEASES as KNOWN_RELEASES
    from fer_data.weights.importing import Imported as Imported
    from fer_data.weights.importing import import_weights as import_weights

__all__ = ["KNOWN_RELEASES", "Imported", "import_weights"]

_LAZY = {
    "Imported": "fer_data.weights.importing",
    "KNOWN_RELEASES": "fer_data.weights.importing",
    "import_weights": "fer_data.weights.importing",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.weights' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
