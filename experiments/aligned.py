"""Align a corpus anew under other params, and publish what comes out."""

from pathlib import Path

from experiments.published import publish_balanced, seals_with
from experiments.training import is_made_from, record_making
from fer_data.align import align
from fer_data.execution.seals import read_seal
from fer_data.multires import multires
from fer_data.params.document import Params
from fer_data.publish import PublishInputs
from fer_data.shell.files.atomic import file_sha256

__all__ = ["publish_aligned"]


def publish_aligned(corpus: tuple[Path, Path], folder: Path, params: Params) -> Path:
    """Return the folder of datasets aligned from a catalog and its root, made unless they are there."""
    px, (catalog, root) = params.train.resolution, corpus
    rows = file_sha256(catalog / "rows.parquet")
    seals = seals_with(params, ["align", "multires", "balance", "publish"])
    name = params.source().name
    seals[f"ingest@{name}"] = read_seal(catalog.parents[1] / "seals", "ingest", name)
    made_by = {stage: seal.model_dump() for stage, seal in seals.items()}
    parts = {"resolution": px, "catalog": rows, "made_by": made_by}
    if not is_made_from(folder, parts):
        inputs = PublishInputs(folder / "faces", folder / "variant", folder / "balanced")
        align(
            catalog,
            root,
            inputs.faces,
            folder / "reports",
            source=params.source(),
            align=params.align,
            compute=params.compute,
        )
        multires(inputs.faces, inputs.variant, px, params.multires)
        publish_balanced(inputs, folder / "published", params, resolution=px, seals=seals)
        record_making(folder, parts)
    return folder / "published"
