"""Stage `align`: from videos and their catalog to a state for every row and a crop for every row that is kept."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.align.stage import align, headlines

__all__ = ["align", "headlines"]

__getattr__ = lazy_names(__name__, {"fer_data.align.stage": __all__})
