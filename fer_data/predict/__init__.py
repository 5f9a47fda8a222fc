"""`fer-data predict`: detector, alignment and model on new videos and pictures."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.predict.stage import PredictOptions, predict

__all__ = ["PredictOptions", "predict"]

__getattr__ = lazy_names(__name__, {"fer_data.predict.stage": __all__})
