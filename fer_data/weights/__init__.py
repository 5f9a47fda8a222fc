"""`fer-data weights`: SENet-50 weights from whatever they were published as, read without running what they hold."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

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

__getattr__ = lazy_names(__name__, _LAZY)
