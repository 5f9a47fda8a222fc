"""The optimiser, and how its learning rate rises and falls."""

from math import cos, pi

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from fer_data.params.train import TrainParams
from fer_data.senet import SENet50

__all__ = ["build_optimiser", "build_schedule", "rate_factor"]


def build_optimiser(network: SENet50, params: TrainParams) -> Optimizer:
    """Return the optimiser of the trained parameters; norms and biases are not decayed."""
    module: nn.Module = network.fc if params.freeze_backbone else network
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": params.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    match params.optimizer:
        case "adam":
            return Adam(groups, lr=params.learning_rate)
        case "adamw":
            return AdamW(groups, lr=params.learning_rate)
        case "sgd":
            return SGD(groups, lr=params.learning_rate, momentum=0.9, nesterov=True)


def rate_factor(step: int, steps: int, warmup_fraction: float) -> float:
    """Return the share of the learning rate at a step: a linear rise, then half a cosine down to zero.

    >>> [round(rate_factor(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    warmup = round(steps * warmup_fraction)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + cos(pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def build_schedule(optimiser: Optimizer, steps: int, params: TrainParams) -> LambdaLR:
    """Return the schedule of a run of `steps` steps."""
    return LambdaLR(optimiser, lambda step: rate_factor(step, steps, params.warmup_fraction))
