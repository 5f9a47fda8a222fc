"""How far two engines of `align` agree on a corpus: which rows both keep, and by how many grey levels crops differ.

Engine torch, on this machine's GPU or on its CPU where there is none, is compared with engine onnxruntime; and, to tell
what comes of the device from what comes of searching in regions, the same is done with every frame searched in full
by both.

::

    python -m benchmarks.agreement data/catalog/sample data/sample --json agreement.json
"""

import json as json_module
import tempfile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer

from benchmarks.figures import for_figures
from fer_data.align import align
from fer_data.params.align import AlignParams
from fer_data.params.document import Params, load_params
from fer_data.pictures.images import decode
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table


def aligned(catalog: Path, root: Path, output: Path, params: Params, own: AlignParams) -> Path:
    """Align a corpus with an engine's parameters, and return the folder of its faces."""
    compute = params.compute.model_copy(update={"store": str(output / "store"), "engine": "local"})
    faces = output / "faces"
    align(catalog, root, faces, output / "reports", source=params.source(), align=own, compute=compute)
    return faces


def agreement(ours: Path, others: Path) -> dict[str, Any]:
    """Return the share of rows kept by one alone, and the differences of the crops that both kept, in grey levels."""
    kept = [_kept(folder) for folder in (ours, others)]
    differences = [
        difference
        for subject in sorted({name for name, _ in kept[0] & kept[1]})
        for difference in _differences(ours, others, subject)
    ]
    return {
        "kept": [len(one) for one in kept],
        "kept_by_one_alone_percent": round(100 * len(kept[0] ^ kept[1]) / max(1, len(kept[0] | kept[1])), 3),
        "grey_levels": {
            "mean": round(float(np.mean(differences)), 3),
            "median": round(float(np.median(differences)), 3),
            "p99": round(float(np.percentile(differences, 99)), 3),
        },
    }


def _kept(folder: Path) -> set[tuple[str, int]]:
    rows = read_table(folder / "rows.parquet", FACE_ROWS, ["subject_id", "frame_index", "state"]).to_pylist()
    return {(row["subject_id"], row["frame_index"]) for row in rows if row["state"] == "kept"}


def _differences(ours: Path, others: Path, subject: str) -> list[float]:
    first, second = (_crops(folder / f"{subject}.arrow") for folder in (ours, others))
    pairs = [(decode(first[frame]), decode(second[frame])) for frame in sorted(first.keys() & second.keys())]
    return [float(np.abs(a.astype(np.int16) - b.astype(np.int16)).mean()) for a, b in pairs]


def _crops(path: Path) -> dict[int, bytes]:
    return {
        row["frame_index"]: row["image"] for batch in read_arrow(path, CROPS) for row in batch.to_pylist()
    }


def main(
    catalog: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="data/catalog/NAME of the corpus.")
    ],
    root: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the corpus.")],
    json: Annotated[
        Path | None, typer.Option(help="Write the figures to this file.", callback=for_figures)
    ] = None,
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Align the corpus three times, and print and write how far the results agree."""
    document = load_params(params)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    own = document.align.model_copy(update={"engine": "onnxruntime", "device": "cpu", "precision": "fp32"})
    full = own.model_copy(update={"detection": own.detection.model_copy(update={"keyframe_frames": 1})})
    ways = {
        "regions": own,
        "full": full,
        "torch": own.model_copy(update={"engine": "torch", "device": device}),
    }
    with tempfile.TemporaryDirectory() as name:
        faces = {}
        for way, chosen in ways.items():
            faces[way] = aligned(catalog, root, Path(name) / way, document, chosen)
        report = {
            "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
            "torch_against_full_search": agreement(faces["full"], faces["torch"]),
            "torch_against_regions": agreement(faces["regions"], faces["torch"]),
            "regions_against_full_search": agreement(faces["full"], faces["regions"]),
        }
    typer.echo(json_module.dumps(report, indent=2))
    if json is not None:
        write_json(json, report)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
