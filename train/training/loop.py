"""The training loop."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from fer_data.model.senet import SENet50
from fer_data.params.train import TrainParams
from fer_data.published.inference import predict_logits
from train.training.checkpoints import Checkpoints, EpochRecord, Learner
from train.training.data import batches_per_epoch, epoch_batches, on_device, training_loader
from train.training.development import development_scores
from train.training.inputs import TrainingInputs
from train.training.optimisation import build_optimiser, build_schedule

if TYPE_CHECKING:
    from lightning_fabric import Fabric

__all__ = ["Outcome", "Report", "fit"]

Report = Callable[[int, int, float], None]
"""Called after every step with steps done, steps in all, and the step's loss."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """The history, and the state of the epoch with the best score on the development subjects."""

    history: list[EpochRecord]
    best: EpochRecord
    state: dict[str, Any]


def fit(
    fabric: "Fabric",
    network: SENet50,
    inputs: TrainingInputs,
    params: TrainParams,
    *,
    report: Report,
    checkpoints: Checkpoints,
) -> Outcome:
    """Train a network in place, from the run's last checkpoint on; the earlier of two equally good epochs is the best.

    A step's loss is the weighted mean over all rows behind it, whatever devices and batches they are spread over.
    """
    batches = batches_per_epoch(len(inputs.training.labels), params)
    steps_per_epoch = ceil(batches / params.accumulate)
    model, optimiser = fabric.setup(network, build_optimiser(network, params))
    schedule = build_schedule(optimiser, params.epochs * steps_per_epoch, params)
    learner = Learner(network, optimiser, schedule)
    run = checkpoints.restore(learner)
    while run.epoch < params.epochs:
        _to_training(network, params)
        totals = _step_totals(inputs, params, run.epoch)
        loader = training_loader(
            inputs.training, inputs.contract, params, epoch=run.epoch, sampling_weights=inputs.sampling_weights,
            first=run.batch, share=(fabric.global_rank, fabric.world_size),
        )  # fmt: skip
        loss = torch.zeros((), device=fabric.device)
        for images, indices in on_device(loader, fabric.device):
            steps_now = (run.batch + 1) % params.accumulate == 0 or run.batch + 1 == batches
            with fabric.no_backward_sync(model, enabled=not steps_now):
                outputs = model(inputs.contract.to_input(images))
                targets = inputs.targets.take(indices.numpy())
                part = inputs.objective.loss(outputs, targets, totals[run.batch // params.accumulate])
                fabric.backward(part * fabric.world_size)  # the devices' gradients are averaged
            loss += part.detach()
            run.batch += 1
            if steps_now:
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
                run.losses.append(float(cast("Tensor", fabric.all_reduce(loss, reduce_op="sum"))))
                loss = torch.zeros_like(loss)
                done = run.epoch * steps_per_epoch + len(run.losses)
                report(done, params.epochs * steps_per_epoch, run.losses[-1])
                checkpoints.keep(learner, run)
        record = EpochRecord(
            epoch=run.epoch + 1,
            step=(run.epoch + 1) * steps_per_epoch,
            train_loss=float(np.mean(run.losses)),
            learning_rate=float(schedule.get_last_lr()[0]),
            **score(model, network, inputs, params, device=fabric.device),
        )
        run.history.append(record)
        if run.best is None or record.development_score > run.best.development_score:
            run.best, run.weights = record, deepcopy(network.state_dict())
        run.epoch, run.batch, run.losses = run.epoch + 1, 0, []
        checkpoints.keep(learner, run)
    return Outcome(run.history, run.best or run.history[-1], run.weights)


def _to_training(network: SENet50, params: TrainParams) -> None:
    network.train(not params.freeze_backbone)
    if params.freeze_batch_norm:
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()


def _step_totals(inputs: TrainingInputs, params: TrainParams, epoch: int) -> list[dict[str, float]]:
    """Return, by task, the weight of all labels behind each step of an epoch."""
    batches = epoch_batches(inputs.training, params, epoch=epoch, sampling_weights=inputs.sampling_weights)
    totals = [inputs.objective.totals(inputs.targets.take(batch)) for batch in batches]
    steps = [totals[start : start + params.accumulate] for start in range(0, len(totals), params.accumulate)]
    return [{task: sum(batch[task] for batch in step) for task in inputs.objective.columns} for step in steps]


def score(
    model: torch.nn.Module,
    network: SENet50,
    inputs: TrainingInputs,
    params: TrainParams,
    *,
    device: torch.device,
) -> dict[str, Any]:
    """Return loss and scores on the development subjects, each row counted once and alike."""
    network.eval()
    outputs = predict_logits(
        model, inputs.development, inputs.contract, batch_size=params.batch_size, device=device
    )
    return development_scores(inputs.scored(outputs), inputs.development_targets, inputs.objective)
