"""Balance and publish one variant of a dataset, as the stages do."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from fer_data.balance import balance
from fer_data.execution.seals import BEFORE_PUBLISH, Seal, seal_of
from fer_data.params.document import Params
from fer_data.publish import PublishInputs, publish

__all__ = ["publish_balanced", "seals_with"]

_SECTIONS = {
    "ingest": (),
    "align": ("align",),
    "multires": ("multires",),
    "balance": ("dataset", "balance"),
    "publish": ("publish",),
}
_PER_SOURCE = ("ingest", "align")


def seals_with(params: Params, stages: Iterable[str] = BEFORE_PUBLISH) -> dict[str, Seal]:
    """Return the seals of stages that run in this process with these parameters, on each of their sources."""
    found = {}
    for stage in stages:
        sections = {name: getattr(params, name) for name in _SECTIONS[stage]}
        if stage not in _PER_SOURCE:
            found[stage] = seal_of(stage, **sections)
            continue
        for name in params.sources:
            found[f"{stage}@{name}"] = seal_of(stage, **params.source(name).sections(), **sections)
    return found


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
        dataset=params.dataset,
    )
    before = {name: seal for name, seal in seals.items() if seal.stage in BEFORE_PUBLISH}
    publish(inputs, output / str(resolution), resolution=resolution, params=params.publish, seals=before)
