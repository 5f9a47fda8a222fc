"""`fer-data estimate`: what aligning a corpus will cost here, before it starts."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.estimate.cost import Estimate as Estimate
    from fer_data.estimate.cost import choose_probes as choose_probes
    from fer_data.estimate.cost import estimate as estimate
    from fer_data.estimate.cost import extrapolate as extrapolate

__all__ = ["Estimate", "choose_probes", "estimate", "extrapolate"]

_LAZY = {
    "Estimate": "fer_data.estimate.cost",
    "choose_probes": "fer_data.estimate.cost",
    "estimate": "fer_data.estimate.cost",
    "extrapolate": "fer_data.estimate.cost",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.estimate' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
