"""The devices that one training run is spread over."""

import os
from typing import TYPE_CHECKING, Literal

import torch

from fer_data.errors import ParamsError
from fer_data.params.train import TrainParams
from train.training.deferred import import_fabric

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["open_fabric"]


def open_fabric(params: TrainParams) -> "Fabric":
    """Return Fabric with every process of the run started: this one alone for one device.

    With more, `python -m stages.train` starts the others itself; `torchrun` starts them on several nodes. Each device
    gets an equal part of every batch. Batch norms count statistics per device unless `train.freeze_batch_norm` is set.

    Raises:
        ParamsError: the device is not there, or the batch cannot be shared equally.
    """
    if params.device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("train.device is cuda, but torch finds no CUDA device here. Set it to cpu.")
    if params.device == "cuda" and params.devices > torch.cuda.device_count():
        raise ParamsError(
            f"train.devices ({params.devices}) must be at most {torch.cuda.device_count()}, the GPUs of this machine."
        )
    nodes = max(1, int(os.environ.get("WORLD_SIZE", "1")) // params.devices)
    if params.batch_size % (nodes * params.devices):
        raise ParamsError(
            f"train.batch_size ({params.batch_size}) must be a multiple of {nodes * params.devices}, the devices that "
            "share it."
        )
    precision: Literal["32-true", "bf16-mixed"] = "32-true" if params.precision == "fp32" else "bf16-mixed"
    fabric = import_fabric()(
        accelerator=params.device,
        devices=params.devices,
        num_nodes=nodes,
        strategy="auto" if nodes * params.devices == 1 else "ddp",
        precision=precision,
    )
    fabric.launch()
    return fabric
