"""`fer-data verify`: hash an output again and name what differs from its records."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.verify.verification import Report, verify

__all__ = ["Report", "verify"]

__getattr__ = lazy_names(__name__, {"fer_data.verify.verification": __all__})
