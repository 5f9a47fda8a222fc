"""`fer-data sensitivity`: how far a model's answer moves under each operation of augmentation."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.sensitivity.audit import SensitivityOptions, sensitivity

__all__ = ["SensitivityOptions", "sensitivity"]

__getattr__ = lazy_names(__name__, {"fer_data.sensitivity.audit": __all__})
