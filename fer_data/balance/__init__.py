"""Stage `balance`: what meets class imbalance, and the augmented copies where that is the way."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.balance' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
