"""`fer-data verify`: hash an output again and name what differs from its records."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.verify.verification import Report as Report
    from fer_data.verify.verification import verify as verify

__all__ = ["Report", "verify"]

_LAZY = {"Report": "fer_data.verify.verification", "verify": "fer_data.verify.verification"}

__getattr__ = lazy_names(__name__, _LAZY)
