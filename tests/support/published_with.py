"""Publish what a test made with other functions of ours, as if every stage had run just now with the same params."""

from pathlib import Path
from typing import Any

from experiments.published import seals_with
from fer_data.balance import balance
from fer_data.execution.seals import seal_file
from fer_data.multires import multires
from fer_data.params.document import Params, load_params
from fer_data.publish import PublishInputs
from fer_data.publish import publish as publish_sealed
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.sealed import sealed

__all__ = ["publish", "published_of", "restricted", "write_seals"]

ROOT = Path(__file__).parents[2]


def publish(inputs: PublishInputs, output: Path, *, resolution: int, params: Params) -> dict[str, Any]:
    """Write the dataset and return the summary."""
    seals = seals_with(params)
    return publish_sealed(inputs, output, resolution=resolution, params=params.publish, seals=seals)


def restricted(params: Params) -> Params:
    """Return the parameters for a corpus that is not rendered: under a licence that opens nothing."""
    publish = params.publish.model_copy(update={"licence": "other"})
    return params.model_copy(update={"publish": publish})


def published_of(faces: Path, folder: Path, params: Params, px: int = 32) -> Path:
    """Reduce, balance and publish faces, of one source or several, at this side and return the dataset."""
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced")
    multires(faces, inputs.variant, px, params.multires)
    options = {"resolution": px, "balance": params.balance, "dataset": params.dataset}
    balance(faces, inputs.variant, inputs.balanced, **options)
    publish(inputs, folder / str(px), resolution=px, params=params)
    return folder / str(px)


def write_seals(folder: Path, px: int) -> None:
    """Write the seals of the stages before `publish@px`, as if they had run just now with the shipped params."""
    for address, seal in seals_with(load_params(ROOT / "params.yaml")).items():
        path = seal_file(folder, seal.stage, address.partition("@")[2] or px)
        write_json(path, sealed(seal.model_dump()))
