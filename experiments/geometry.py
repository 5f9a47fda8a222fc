"""Similarity against box alignment, each at several margins."""

from pathlib import Path

import typer

from experiments import options
from experiments.aligned import publish_aligned
from experiments.outcome import show
from experiments.runs import Setting, Variant, run_variants
from experiments.training import load_changed
from fer_data.params.document import Params
from fer_data.shell.run import guarded

GEOMETRIES = (("similarity", 0.0), ("similarity", 0.2), ("similarity", 0.5), ("box", 0.0), ("box", 0.3))


def published_with(
    geometry: str, margin: float, corpus: tuple[Path, Path], output: Path, params: Params
) -> Path:
    """Return the folder of datasets cropped by a geometry, aligned from the catalog and root unless they are there."""
    changed = params.model_copy(
        update={"align": params.align.model_copy(update={"geometry": geometry, "margin": margin})}
    )
    return publish_aligned(corpus, output / "data" / f"{geometry}-{margin}", changed)


def main(
    catalog: options.Catalog,
    root: options.Root,
    output: options.Output,
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
