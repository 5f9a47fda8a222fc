"""No output says where a user's files lie: folders may name a person."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
import yaml
from safetensors.torch import save_file

from fer_data.execution.seals import seal_of
from fer_data.model.senet import SENet50
from fer_data.params.document import load_params
from fer_data.params.profiles import merged
from fer_data.shell.files.atomic import file_sha256

ROOT = Path(__file__).parents[1]
NAME = "alice-private"
OUTPUTS = ("data", "models", "reports", "metrics", "plots", "out")
STAGES = {
    "ingest": ("data/catalog", "--report", "reports/ingest"),
    "align": ("data/catalog", "data/faces", "reports/assignment", "--report", "reports/align"),
    "multires": ("data/faces", "data/multires", "--catalogs", "data/catalog"),
    "balance": ("data/faces", "data/multires", "data/balanced"),
    "publish": (
        "data/faces",
        "data/multires",
        "data/balanced",
        "data/published",
        "--labels",
        "reports/labels",
    ),
    "train": ("data/published", "models/senet50", "plots/train.csv", "--report", "reports/train.json"),
    "evaluate": ("models/senet50", "data/published", "reports/evaluation"),
}
PER_RESOLUTION = {"multires", "balance", "publish"}
PER_SOURCE = {"ingest", "align"}


@pytest.mark.parametrize("value", [f"../{NAME}/c", f"/home/{NAME}/c", f"~/{NAME}/c", f"C:\\{NAME}\\c"])
def test_a_seal_keeps_the_last_name_of_a_path(value: str) -> None:
    """Absolute, relative, from home or with backslashes; `root` is left out."""
    changed = load_params(ROOT / "params.yaml").source().changed(crops=value)
    stated = seal_of("ingest", **changed.sections()).params["sources"]["sample"]
    assert stated["crops"] == "c"
    assert "root" not in stated


def run(folder: Path, *command: str) -> None:
    """Run a program of ours in a folder and hold that it succeeds."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def write_params(folder: Path) -> None:
    """Write small parameters whose paths all lie, absolutely, below a telling name."""
    params = merged("ci", folder=ROOT / "profiles").values
    params["sources"]["sample"]["root"] = str(folder / "raw corpus")
    params["compute"]["store"] = str(folder / "store")
    params["sample"] |= {"faults": True}
    params["resolutions"] = [params["train"]["resolution"]]
    weights = folder / "start.safetensors"
    network = SENet50(9, base_width=params["train"]["base_width"])
    save_file({k: v for k, v in network.state_dict().items() if v.dtype == torch.float32}, weights)
    params["train"] |= {"weights": str(weights), "weights_sha256": file_sha256(weights)}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, folder)


def texts(path: Path) -> Iterator[bytes]:
    """Yield all that a file says: its bytes, and what compressed tables hold."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield repr((table.schema.metadata, table.to_pylist())).encode()


@pytest.mark.slow
def test_no_output_names_the_folders_of_this_machine(tmp_path: Path) -> None:
    """Every stage and command, run below a telling name with absolute paths, leaves that name out of what it writes."""
    folder = tmp_path / NAME
    folder.mkdir()
    write_params(folder)
    run(
        folder,
        "python",
        "-m",
        "stages.sample",
        str(folder / "raw corpus"),
        "--metrics",
        "metrics/sample.json",
        "--seals",
        "data/seals",
    )
    px = str(load_params(folder / "params.yaml").train.resolution)
    for stage, paths in STAGES.items():
        metrics = f"metrics/{stage}" if stage in PER_RESOLUTION | PER_SOURCE else f"metrics/{stage}.json"
        more = ("--px", px) if stage in PER_RESOLUTION else ()
        run(
            folder,
            "python",
            "-m",
            f"stages.{stage}",
            *paths,
            "--metrics",
            metrics,
            "--seals",
            "data/seals",
            *more,
        )
    model, dataset = str(folder / "models/senet50"), str(folder / f"data/published/{px}")
    video = next((folder / "raw corpus").rglob("*.mp4"))
    out = folder / "out"
    run(folder, "fer-data", "predict", str(video), "--model", model, "--output", str(out / "video"))
    split = ("--split", "validation", "--output", str(out / "split"))
    run(folder, "fer-data", "predict", dataset, "--model", model, *split)
    for suffix in ("parquet", "safetensors"):
        run(
            folder,
            "fer-data",
            "embed",
            dataset,
            "--model",
            model,
            "--output",
            str(out / f"features.{suffix}"),
        )
    run(folder, "fer-data", "export", model, str(out / "model.onnx"))
    files = [path for name in OUTPUTS for path in (folder / name).rglob("*") if path.is_file()]
    assert len(files) > 30
    for path in files:
        for text in texts(path):
            assert NAME.encode() not in text, path.relative_to(folder)
            assert str(tmp_path).encode() not in text, path.relative_to(folder)
