"""Stage `balance`: what meets class imbalance, and the augmented copies where that is the way."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.balance.stage import WEIGHTS_FORMULA, balance, headlines

__all__ = ["WEIGHTS_FORMULA", "balance", "headlines"]

__getattr__ = lazy_names(__name__, {"fer_data.balance.stage": __all__})
