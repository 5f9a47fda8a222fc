"""Stage `multires`: the base crops reduced to one resolution, and which of them are near-duplicates of others."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.multires.stage import headlines, multires

__all__ = ["headlines", "multires"]

__getattr__ = lazy_names(__name__, {"fer_data.multires.stage": __all__})
