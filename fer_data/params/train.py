"""Section `train`: network, weights, recipe and device."""

from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from fer_data.core.labels.tasks import TASKS, AnnotatedTask
from fer_data.core.network import MAX_BASE_WIDTH, MAX_INPUT_PX, MIN_INPUT_PX
from fer_data.shell.sections.load import Section, Seed

__all__ = ["TaskWeights", "TrainParams"]

Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


Weight = Annotated[float, Field(gt=0.0, le=1.0e6)]


if TYPE_CHECKING:
    TaskWeights = Section
else:
    TaskWeights = create_model(
        "TaskWeights",
        __base__=Section,
        __doc__="What the loss of each task is multiplied by before the sum; only those of trained tasks count.",
        **dict.fromkeys(TASKS, Weight),
    )


class TrainParams(Section):
    """Everything of `train` that changes the model."""

    resolution: Positive
    tasks: Annotated[list[AnnotatedTask], Field(min_length=1)]
    input_px: Annotated[int, Field(ge=MIN_INPUT_PX, le=MAX_INPUT_PX)]
    base_width: Annotated[int, Field(ge=16, le=MAX_BASE_WIDTH, multiple_of=16)]
    weights: str | None
    weights_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None
    freeze_backbone: bool
    freeze_batch_norm: bool
    seed: Seed
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    batch_size: Annotated[int, Field(ge=1, le=65_536)]
    accumulate: Annotated[int, Field(ge=1, le=65_536)]
    optimizer: Literal["adam", "adamw", "sgd"]
    learning_rate: Annotated[float, Field(gt=0.0, le=1000.0)]
    head_learning_rate: Annotated[float, Field(gt=0.0, le=1000.0)] | None
    decay_batches: Positive | None
    weight_decay: Annotated[float, Field(ge=0.0, le=1000.0)]
    warmup_fraction: Fraction
    batch_norm_momentum: Annotated[float, Field(gt=0.0, le=1.0)]
    soft_labels: bool
    label_smoothing: Annotated[float, Field(ge=0.0, lt=1.0)]
    class_weights: Literal["balance", "one_minus_share"]
    unit_weights: Literal["balance", "none"]
    task_weights: TaskWeights
    multi_resolution: Literal["none", "random"]
    grayscale: Fraction
    horizontal_flip: Fraction
    development_fraction: Annotated[float, Field(gt=0.0, lt=1.0)]
    frame_stride: Positive
    max_frames_per_subject: Positive | None
    device: Literal["cpu", "cuda"]
    devices: Annotated[int, Field(ge=1, le=1024)]
    cpu_threads: Annotated[int, Field(ge=1, le=1024)]
    precision: Literal["fp32", "bf16"]

    def record(self) -> dict[str, Any]:
        """Return the section as others may read it: its weights by the file's name, without where they lay."""
        weights = None if self.weights is None else PureWindowsPath(self.weights).name
        return self.model_dump() | {"weights": weights}

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if self.weights is None and self.weights_sha256 is not None:
            raise ValueError("weights is null but weights_sha256 is given; name the file or set both to null")
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError(f"tasks {self.tasks} must not repeat a value")
        if self.batch_size % self.devices:
            raise ValueError(
                f"batch_size ({self.batch_size}) must be a multiple of devices ({self.devices}), which share it"
            )
        return self
