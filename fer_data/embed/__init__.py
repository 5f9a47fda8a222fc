"""`fer-data embed` and `fer-data probe`: features, and what can be read off them."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.embed.extraction import embed as embed

__all__ = ["embed"]

_LAZY = {"embed": "fer_data.embed.extraction"}

__getattr__ = lazy_names(__name__, _LAZY)
