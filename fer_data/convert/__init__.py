"""`fer-data convert`: a published dataset in other containers, which other tools read."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.convert.conversion import CONTAINERS, convert

__all__ = ["CONTAINERS", "convert"]

__getattr__ = lazy_names(__name__, {"fer_data.convert.conversion": __all__})
