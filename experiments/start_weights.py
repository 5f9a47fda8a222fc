"""Make the weights that the demo starts from: a small network trained on rendered people whom no other sample shows."""

from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file, save_file

from experiments import options
from experiments.published import publish_balanced, seals_with
from experiments.training import changed, is_made_from, load_changed, record_making
from fer_data.align import align
from fer_data.execution.seals import seal_of
from fer_data.ingest import ingest
from fer_data.model.description import WEIGHTS_FILE
from fer_data.multires import multires
from fer_data.params.document import Params
from fer_data.publish import PublishInputs
from fer_data.sample import sample
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.outputs import new_file
from fer_data.shell.progress import say
from fer_data.shell.run import guarded
from train.finetune import finetune

__all__ = ["CHANGES", "halved", "start_params"]

CHANGES = (
    "sample.seed=1000003",  # no person of it is in a sample of another seed
    "sample.train_subjects=192",
    "sample.other_subjects=4",
    "sample.min_frames=12",
    "sample.max_frames=16",
    "sample.faults=false",
    "resolutions=[128]",
    "balance.strategy=none",
    "train.weights=null",
    "train.weights_sha256=null",
    "train.epochs=12",
    "train.learning_rate=1.5e-3",
    "train.development_fraction=0.1",
    "train.cpu_threads=1",
)
"""What differs from the demo: other people, more of them, fewer frames of each, and no weights to start from."""

ROUNDS = 2
"""Times that the learning rate rises and falls, each from where the last one ended."""


def start_params(path: Path, changes: list[str] | None = None) -> Params:
    """Return the parameters that the weights are made with."""
    return load_changed(path, [*CHANGES, *(changes or [])])


def published_people(output: Path, params: Params) -> Path:
    """Return the folder of the published people, rendered and aligned unless they are there."""
    root, catalog, folder = output / "sample", output / "catalog", output / "data"
    source = params.source().changed(root=str(root))
    px = params.train.resolution
    seals = seals_with(params)
    made_by = {stage: seal.model_dump() for stage, seal in seals.items()}
    parts = {"sample": seal_of("sample", sample=params.sample).model_dump(), "made_by": made_by}
    if not is_made_from(folder, parts):
        sample(root, params.sample, workers=params.compute.workers)
        ingest(root, catalog, source)
        inputs = PublishInputs(folder / "faces", folder / "variant", folder / "balanced")
        align(
            catalog, root, inputs.faces, folder / "reports",
            source=source, align=params.align, compute=params.compute,
        )  # fmt: skip
        multires(inputs.faces, inputs.variant, px, params.multires)
        publish_balanced(inputs, folder / "published", params, resolution=px, seals=seals)
        record_making(folder, parts)
    return folder / "published" / str(px)


def halved(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a network's tensors with kernels in half precision, as training reads them; counters are left out.

    Norms and biases stay as they are: their variances are beyond what half precision can hold.
    """
    return {
        name: value.half() if value.ndim > 1 else value
        for name, value in sorted(tensors.items())
        if not name.endswith("num_batches_tracked")
    }


def main(
    output: Annotated[Path, typer.Argument(help="Folder for the people, the datasets and the model.")],
    weights: Annotated[Path, typer.Argument(help="The weights file to write.")],
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Render people, train on them and write the network for `train.weights`, and say its hash."""
    document = start_params(params, change)
    with new_file(weights, name="WEIGHTS", overwrite=True) as temporary:
        published = published_people(output, document)
        for number in range(1, ROUNDS + 1):
            folder = output / f"round-{number}"
            recipe = document.train if number == 1 else changed(document.train, started_from(temporary))
            summary = finetune(
                published, folder / "model", folder / "train.csv", recipe, store=output / "store"
            )
            save_file(halved(load_file(folder / "model" / WEIGHTS_FILE)), temporary, {"licence": "CC0-1.0"})
            say(f"round {number}: macro F1 of the development subjects {summary['development_score']:.3f}")
    say(f"train.weights_sha256: {file_sha256(weights)}")


def started_from(weights: Path) -> dict[str, str]:
    """Return what section `train` says of the weights it starts from."""
    return {"weights": str(weights), "weights_sha256": file_sha256(weights)}


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
