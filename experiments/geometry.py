"""Similarity against box alignment, each at several margins."""

from pathlib import Path
from typing import Annotated

import typer

from experiments import options
from experiments.outcome import show
from experiments.published import publish_balanced, seals_with
from experiments.runs import Setting, Variant, run_variants
from experiments.training import is_made_from, load_changed, record_making
from fer_data.align import align
from fer_data.execution.seals import read_seal
from fer_data.multires import multires
from fer_data.params.document import Params
from fer_data.publish import PublishInputs
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.run import guarded

GEOMETRIES = (("similarity", 0.0), ("similarity", 0.2), ("similarity", 0.5), ("box", 0.0), ("box", 0.3))


def published_with(
    geometry: str, margin: float, corpus: tuple[Path, Path], output: Path, params: Params
) -> Path:
    """Return the folder of datasets cropped by a geometry, aligned from the catalog and root unless they are there."""
    px, (catalog, root) = params.train.resolution, corpus
    changed = params.model_copy(
        update={"align": params.align.model_copy(update={"geometry": geometry, "margin": margin})}
    )
    folder = output / "data" / f"{geometry}-{margin}"
    rows = file_sha256(catalog / "rows.parquet")
    seals = seals_with(changed, ["align", "multires", "balance", "publish"])
    name = changed.source().name
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
            source=changed.source(),
            align=changed.align,
            compute=changed.compute,
        )
        multires(inputs.faces, inputs.variant, px, changed.multires)
        publish_balanced(inputs, folder / "published", changed, resolution=px, seals=seals)
        record_making(folder, parts)
    return folder / "published"


def main(
    catalog: Annotated[
        Path,
        typer.Argument(help="The catalog of the one source, data/catalog/NAME; data/seals/ has its seal."),
    ],
    root: Annotated[Path, typer.Argument(help="The corpus.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models, result.json and the plot.")],
    seeds: options.Seeds = 3,
    jobs: options.Jobs = 1,
    change: options.Change = None,
    params: options.ParamsFile = Path("params.yaml"),
) -> None:
    """Train on each geometry and margin and say what it gains over the first.

    Which rows have a face does not depend on the geometry, so the same rows are scored.
    """
    document = load_changed(params, change or [])
    variants = [
        Variant(f"{name} {margin}", published_with(name, margin, (catalog, root), output, document), {})
        for name, margin in GEOMETRIES
    ]
    setting = Setting("Geometry and margin of the crops", document, output, seeds=seeds, jobs=jobs)
    show(run_variants(variants, setting), output / "geometry.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
