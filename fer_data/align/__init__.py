"""Stage `align`: from videos and their catalog to a state for every row and a crop for every row that is kept."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.align.stage import align as align
    from fer_data.align.stage import headlines as headlines

__all__ = ["align", "headlines"]

_LAZY = {"align": "fer_data.align.stage", "headlines": "fer_data.align.stage"}

__getattr__ = lazy_names(__name__, _LAZY)
