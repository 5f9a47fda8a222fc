"""Similarity against box alignment, each at several margins."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.runs import Variant, draw_gains, run_variants
from fer_data.align import align
from fer_data.balance import balance
from fer_data.multires import multires
from fer_data.params.document import Params, load_params
from fer_data.publish import PublishInputs, publish
from fer_data.shell import guarded

GEOMETRIES = (("similarity", 0.2), ("similarity", 0.0), ("similarity", 0.5), ("box", 0.0), ("box", 0.3))


def published_with(
    geometry: str, margin: float, corpus: tuple[Path, Path], output: Path, params: Params
) -> Path:
    """Return the folder of datasets cropped by a geometry, aligned from the catalog and root unless they are there."""
    px, folder = params.train.resolution, output / "data" / f"{geometry}-{margin}"
    if (folder / "published" / str(px)).is_dir():
        return folder / "published"
    changed = params.model_copy(
        update={"align": params.align.model_copy(update={"geometry": geometry, "margin": margin})}
    )
    catalog, root = corpus
    inputs = PublishInputs(folder / "faces", folder / "variant", folder / "balanced")
    align(
        catalog,
        root,
        inputs.faces,
        folder / "reports",
        source=changed.source,
        align=changed.align,
        compute=changed.compute,
    )
    multires(inputs.faces, inputs.variant, px, changed.multires)
    balance(
        inputs.faces, inputs.variant, inputs.balanced, resolution=px, balance=changed.balance, source=changed.source
    )  # fmt: skip
    publish(inputs, folder / "published" / str(px), resolution=px, params=changed)
    return folder / "published"


def main(
    catalog: Annotated[Path, typer.Argument(help="The catalog, data/catalog.")],
    root: Annotated[Path, typer.Argument(help="The corpus.")],
    output: Annotated[Path, typer.Argument(help="Folder for datasets, models, result.json and the plot.")],
    seeds: Annotated[int, typer.Option(min=1, help="Number of seeds.")] = 3,
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Train on each geometry and margin and draw what it gains over the first.

    Which rows have a face does not depend on the geometry, so the same rows are scored.
    """
    document = load_params(params)
    variants = [
        Variant(f"{name} {margin}", published_with(name, margin, (catalog, root), output, document), {})
        for name, margin in GEOMETRIES
    ]
    numbers = [document.train.seed + place for place in range(seeds)]
    result = run_variants(variants, document, output, seeds=numbers, evaluation=document.evaluate)
    draw_gains(result, "Geometry and margin of the crops", output / "geometry.png")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
