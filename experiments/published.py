"""Balance and publish one variant of a dataset, as the stages do."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from fer_data.balance import balance
from fer_data.execution.seals import BEFORE_PUBLISH, Seal, seal_of
from fer_data.params.document import Params
from fer_data.publish import PublishInputs, publish

__all__ = ["publish_balanced", "seals_with"]

_SECTIONS = {
    "ingest": ("source",),
    "align": ("source", "align"),
    "multires": ("multires",),
    "balance": ("source", "balance"),
    "publish": ("publish",),
}


def seals_with(params: Params, stages: Iterable[str] = BEFORE_PUBLISH) -> dict[str, Seal]:
    """Return the seals of stages that run in this process with these parameters."""
    return {
        stage: seal_of(stage, **{name: getattr(params, name) for name in _SECTIONS[stage]})
        for stage in stages
    }


def publish_balanced(
    inputs: PublishInputs, output: Path, params: Params, *, resolution: int, seals: Mapping[str, Seal]
) -> None:
    """Write `inputs.balanced` from faces and variant, and publish all three as `output/<resolution>`."""
    balance(
        inputs.faces,
        inputs.variant,
        inputs.balanced,
        resolution=resolution,
        balance=params.balance,
        source=params.source,
    )
    before = {stage: seals[stage] for stage in BEFORE_PUBLISH}
    publish(inputs, output / str(resolution), resolution=resolution, params=params.publish, seals=before)
