"""`fer-data predict`: detector, alignment and model on new videos and pictures."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.predict.stage import PredictOptions as PredictOptions
    from fer_data.predict.stage import predict as predict

__all__ = ["PredictOptions", "predict"]

_LAZY = {"PredictOptions": "fer_data.predict.stage", "predict": "fer_data.predict.stage"}

__getattr__ = lazy_names(__name__, _LAZY)
