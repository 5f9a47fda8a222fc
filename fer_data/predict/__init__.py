"""`fer-data predict`: detector, alignment and model on new videos and pictures."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.predict.stage import PredictOptions as PredictOptions
    from fer_data.predict.stage import predict as predict

__all__ = ["PredictOptions", "predict"]

_LAZY = {
    "PredictOptions": "fer_data.predict.stage",
    "predict": "fer_data.predict.stage",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.predict' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
