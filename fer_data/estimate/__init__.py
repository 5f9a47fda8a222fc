"""`fer-data estimate`: what aligning a corpus will cost here, before it starts."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.estimate.cost import Estimate, choose_probes, estimate, extrapolate

__all__ = ["Estimate", "choose_probes", "estimate", "extrapolate"]

__getattr__ = lazy_names(__name__, {"fer_data.estimate.cost": __all__})
