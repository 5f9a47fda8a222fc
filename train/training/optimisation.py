"""The optimiser, and how its learning rates rise and fall."""

from collections.abc import Callable
from math import cos, pi

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from fer_data.model.senet import SENet50
from fer_data.params.train import TrainParams

__all__ = ["build_optimiser", "build_schedule", "rate_factor", "step_factor"]


def build_optimiser(network: SENet50, params: TrainParams) -> Optimizer:
    """Return the optimiser of the trained parameters; norms and biases are not decayed.

    The heads have groups of their own where they have a rate of their own. All parameters are updated in one fused
    pass, which takes a quarter of the time of one after another.
    """
    head_rate = params.head_learning_rate or params.learning_rate
    heads = nn.ModuleList(network.classifiers())
    head = {id(parameter) for parameter in heads.parameters()}
    module: nn.Module = heads if params.freeze_backbone else network
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = []
    for rate, members in (
        (
            params.learning_rate,
            [p for p in trained if head_rate == params.learning_rate or id(p) not in head],
        ),
        (head_rate, [p for p in trained if head_rate != params.learning_rate and id(p) in head]),
    ):
        kernels, rest = [p for p in members if p.ndim > 1], [p for p in members if p.ndim <= 1]
        if members:
            groups.append({"params": kernels, "weight_decay": params.weight_decay, "lr": rate})
            groups.append({"params": rest, "weight_decay": 0.0, "lr": rate})
    match params.optimizer:
        case "adam":
            return Adam(groups, lr=params.learning_rate, fused=True)
        case "adamw":
            return AdamW(groups, lr=params.learning_rate, fused=True)
        case "sgd":
            return SGD(groups, lr=params.learning_rate, momentum=0.9, nesterov=True, fused=True)


def rate_factor(step: int, steps: int, warmup_fraction: float) -> float:
    """Return the share of the learning rate at a step: a linear rise, then half a cosine down to zero.

    >>> [round(rate_factor(step, 10, 0.2), 2) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    warmup = round(steps * warmup_fraction)
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + cos(pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def step_factor(step: int, accumulate: int, decay_batches: int) -> float:
    """Return the share of the learning rate at a step: a tenth of it after every `decay_batches` batches.

    >>> [round(step_factor(step, 4, 100), 3) for step in (0, 24, 25, 50)]
    [1.0, 1.0, 0.1, 0.01]
    """
    return float(0.1 ** (step * accumulate // decay_batches))


def build_schedule(optimiser: Optimizer, steps: int, params: TrainParams) -> LambdaLR:
    """Return the schedule of a run of `steps` steps of the optimiser."""
    decay = params.decay_batches
    factor: Callable[[int], float]
    if decay is None:
        factor = lambda step: rate_factor(step, steps, params.warmup_fraction)  # noqa: E731 - two rules, one name
    else:
        factor = lambda step: step_factor(step, params.accumulate, decay)  # noqa: E731
    return LambdaLR(optimiser, factor)
