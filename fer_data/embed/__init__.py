"""`fer-data embed` and `fer-data probe`: features, and what can be read off them."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.embed.extraction import embed

__all__ = ["embed"]

__getattr__ = lazy_names(__name__, {"fer_data.embed.extraction": __all__})
