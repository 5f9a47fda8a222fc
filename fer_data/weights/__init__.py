"""`fer-data weights`: SENet-50 weights from whatever they were published as, read without running what they hold."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.weights.importing import KNOWN_RELEASES, Imported, import_weights

__all__ = ["KNOWN_RELEASES", "Imported", "import_weights"]

__getattr__ = lazy_names(__name__, {"fer_data.weights.importing": __all__})
