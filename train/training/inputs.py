"""What a training run learns from, out of a published dataset."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Float64, Int64
from fer_data.core.labels.segments import ScoredRows, scored_once
from fer_data.core.labels.tasks import EXPRESSION
from fer_data.errors import DatasetError
from fer_data.model.input_contract import InputContract
from fer_data.params.train import TrainParams
from fer_data.published.dataset import Crops, Published, column
from fer_data.published.row_facts import row_segments
from train.evaluation.tasks.targets import Targets
from train.training.class_targets import with_shares
from train.training.data import Examples
from train.training.learning import LossSettings
from train.training.objective import Objective, build_objective
from train.training.selection import Selection

__all__ = ["TrainingInputs", "build_inputs", "one_minus_share"]


@dataclass(frozen=True, eq=False)
class TrainingInputs:
    """What a run learns from and what chooses its checkpoint.

    Attributes:
        training: crops that are learnt from; the label of each is its place in `targets`.
        development: crops of other subjects.
        targets: labels of the training crops.
        development_targets: labels of the others, in their order, of each segment one.
        development_segments: which of the others are scored as one; None: each by itself.
        contract: what the network is fed.
        objective: what is lowered.
        sampling_weights: per training row, of being drawn; None shows every row once an epoch.
    """

    training: Examples
    development: Crops
    targets: Targets
    development_targets: Targets
    development_segments: ScoredRows | None
    contract: InputContract
    objective: Objective
    sampling_weights: NDArray[np.float64] | None

    def scored(self, outputs: Float32) -> Float32:
        """Return what is put out for each of `development_targets`, out of the outputs for all development crops."""
        if self.development_segments is None:
            return outputs
        return self.development_segments.mean(outputs, np.ones(len(outputs), np.bool_))


def build_inputs(
    published: Published,
    selection: Selection,
    targets: Targets,
    columns: Mapping[str, slice],
    *,
    params: TrainParams,
) -> TrainingInputs:
    """Return crops, labels and losses of a run.

    Args:
        published: the dataset.
        selection: the rows that are learnt from and that choose the checkpoint.
        targets: labels of all rows of its training split.
        columns: the network's outputs of each task.
        params: the recipe.

    Raises:
        DatasetError: the dataset promises class weights and has none.
    """
    contract = published.contract(params.input_px)
    split, rows = published.split("train"), selection.training
    names = column(split, "row_id").astype(np.str_)[rows]
    native = params.resolution if params.multi_resolution == "random" else None
    learnt = targets.take(rows)
    segments, choosing = _development(published, selection.development, targets)
    weights = _class_weights(published)
    settings = LossSettings(params, _loss_weights(published, learnt, weights, params))
    drawn = published.balance["strategy"] == "sampler" and EXPRESSION in columns
    return TrainingInputs(
        training=Examples(Crops(split, rows, contract, native_px=native), np.arange(len(rows)), names),
        development=Crops(split, selection.development, contract),
        targets=with_shares(published, rows, learnt, soft=params.soft_labels),
        development_targets=choosing,
        development_segments=segments,
        contract=contract,
        objective=build_objective(columns, learnt, settings),
        sampling_weights=_sampling_weights(weights, learnt.labels[EXPRESSION]) if drawn else None,
    )


def _development(published: Published, rows: Int64, targets: Targets) -> tuple[ScoredRows | None, Targets]:
    """Return which development rows are scored as one, and the labels of what is scored."""
    keys = row_segments(published.split("train"), rows)
    segments = scored_once(keys, np.ones(len(rows), np.bool_))
    chosen = rows if segments is None else rows[segments.first]
    return segments, with_shares(published, chosen, targets.take(chosen), soft=False)


def _loss_weights(
    published: Published, targets: Targets, weights: Float64, params: TrainParams
) -> Float64 | None:
    if params.class_weights == "one_minus_share":
        labels = targets.labels[EXPRESSION]
        return one_minus_share(np.bincount(labels[labels >= 0], minlength=len(weights)))
    return weights if published.balance["strategy"] == "weights" else None


def _sampling_weights(weights: Float64, labels: Int64) -> Float64:
    """Return the weight of each row's class; 1, the mean over labelled rows, where there is none."""
    return np.where(labels >= 0, weights[labels], 1.0)


def one_minus_share(counts: Int64) -> Float64:
    """Return a weight a class, 1 - n_c / N, of rows by class.

    Source: the released defaults of the multi-resolution paper.

    >>> one_minus_share(np.array([3, 1])).tolist()
    [0.25, 0.75]
    """
    return np.asarray(1 - counts / max(1, counts.sum()), np.float64)


def _class_weights(published: Published) -> Float64:
    stated = published.balance.get("class_weights")
    weights = np.ones(len(published.classes)) if stated is None else np.asarray(stated, np.float64)
    needed = published.balance["strategy"] in {"weights", "sampler"}
    if weights.shape != (len(published.classes),) or (needed and stated is None):
        raise DatasetError(
            f"balance.json of {published.folder} must give one weight a class for strategy "
            f"{published.balance['strategy']}, got {stated}. Run `dvc repro` to publish the dataset again."
        )
    return weights
