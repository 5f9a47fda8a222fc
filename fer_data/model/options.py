"""Checks of what every way of predicting is asked for."""

import torch

from fer_data.errors import ParamsError

__all__ = ["check_device", "check_temperature"]

_LEAST, _MOST = 0.001, 1000.0


def check_device(device: str) -> None:
    """Refuse a device that is not there.

    Raises:
        ParamsError: `cuda` is asked for and torch finds no GPU.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("--device is cuda, but torch finds no CUDA device here. Set it to cpu.")


def check_temperature(temperature: float) -> None:
    """Refuse a temperature that logits cannot be divided by.

    Raises:
        ParamsError: it is not in [0.001, 1000].
    """
    if not _LEAST <= temperature <= _MOST:
        raise ParamsError(f"--temperature ({temperature}) must be in [{_LEAST}, {_MOST}].")
