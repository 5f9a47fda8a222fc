"""Checks of what every way of predicting is asked for."""

import torch

from fer_data.errors import ParamsError

__all__ = ["check_device", "check_temperature"]


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
        ParamsError: it is not above 0.
    """
    if not temperature > 0:
        raise ParamsError(f"--temperature ({temperature}) must be above 0.")
