"""The training loop."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from fer_data.core.scores import class_scores
from fer_data.inference import predict_logits
from fer_data.input_contract import InputContract
from fer_data.params.train import TrainParams
from fer_data.senet import SENet50
from train.data import Examples, training_loader
from train.optimisation import build_optimiser, build_schedule

__all__ = ["EpochRecord", "Material", "Outcome", "fit"]

Report = Callable[[int, int, float], None]
"""Called after every step with steps done, steps in all, and the step's loss."""


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One line of the history: losses are means over rows, in nats."""

    epoch: int
    step: int
    train_loss: float
    development_loss: float
    development_macro_f1: float
    development_accuracy: float
    learning_rate: float


@dataclass(frozen=True, eq=False)
class Material:
    """What a run learns from and what chooses its checkpoint.

    Attributes:
        training: crops that are learnt from.
        development: crops of other subjects.
        contract: what the network is fed.
        loss_weights: per class, or None.
        chances: per training row, of being drawn; None shows every row once an epoch.
    """

    training: Examples
    development: Examples
    contract: InputContract
    loss_weights: Tensor | None
    chances: NDArray[np.float64] | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """The history, and the state of the epoch with the best macro F1 on the development subjects."""

    history: list[EpochRecord]
    best: EpochRecord
    state: dict[str, Any]


def fit(
    fabric: Fabric, network: SENet50, material: Material, params: TrainParams, *, report: Report
) -> Outcome:
    """Train a network in place; the earlier of two equally good epochs is the best."""
    steps_per_epoch = max(1, len(material.training.labels) // params.batch_size)
    steps = params.epochs * steps_per_epoch
    model, optimiser = fabric.setup(network, build_optimiser(network, params))
    schedule = build_schedule(optimiser, steps, params)
    weights = None if material.loss_weights is None else material.loss_weights.to(fabric.device)
    history: list[EpochRecord] = []
    best, state = None, {}
    for epoch in range(params.epochs):
        network.train(not params.freeze_backbone)
        losses = []
        loader = training_loader(
            material.training, material.contract, params, epoch=epoch, chances=material.chances
        )
        for pictures, labels in loader:
            logits = model(material.contract.to_input(pictures.to(fabric.device)))
            loss = cross_entropy(
                logits.float(),
                labels.to(fabric.device),
                weight=weights,
                label_smoothing=params.label_smoothing,
            )
            optimiser.zero_grad()
            fabric.backward(loss)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
            report(epoch * steps_per_epoch + len(losses), steps, losses[-1])
        record = EpochRecord(
            epoch=epoch + 1,
            step=(epoch + 1) * steps_per_epoch,
            train_loss=float(np.mean(losses)),
            learning_rate=float(schedule.get_last_lr()[0]),
            **score(model, network, material, params, device=fabric.device),
        )
        history.append(record)
        if best is None or record.development_macro_f1 > best.development_macro_f1:
            best, state = record, deepcopy(network.state_dict())
    return Outcome(history, best or history[-1], state)


def score(
    model: torch.nn.Module, network: SENet50, material: Material, params: TrainParams, *, device: torch.device
) -> dict[str, float]:
    """Return loss, macro F1 and accuracy on the development subjects, each row counted once and alike."""
    network.eval()
    labels = material.development.labels
    logits = predict_logits(
        model, material.development.crops, material.contract, batch_size=params.batch_size, device=device
    )
    scores = class_scores(labels, logits.argmax(axis=1), logits.shape[1])
    return {
        "development_loss": cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels)).item(),
        "development_macro_f1": scores.macro_f1,
        "development_accuracy": scores.accuracy,
    }
