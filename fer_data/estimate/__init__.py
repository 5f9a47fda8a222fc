"""`fer-data estimate`: what aligning a corpus will cost here, before it starts."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

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

__getattr__ = lazy_names(__name__, _LAZY)
