"""`fer-data noise`: labels that are probably wrong, by answers of what did not learn from them."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.noise.search import NoiseOptions, find_suspects

__all__ = ["NoiseOptions", "find_suspects"]

__getattr__ = lazy_names(__name__, {"fer_data.noise.search": __all__})
