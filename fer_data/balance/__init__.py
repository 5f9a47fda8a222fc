"""Stage `balance`: what meets class imbalance, and the augmented copies where that is the way."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.balance.stage import WEIGHTS_FORMULA as WEIGHTS_FORMULA
    from fer_data.balance.stage import balance as balance
    from fer_data.balance.stage import headlines as headlines

__all__ = ["WEIGHTS_FORMULA", "balance", "headlines"]

_LAZY = {
    "WEIGHTS_FORMULA": "fer_data.balance.stage",
    "balance": "fer_data.balance.stage",
    "headlines": "fer_data.balance.stage",
}

__getattr__ = lazy_names(__name__, _LAZY)
