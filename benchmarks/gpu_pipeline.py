"""Run the whole pipeline on a GPU with real DVC; then again, held against its own bytes and the CPU's crops.

::

    python -m benchmarks.gpu_pipeline SCRATCH --json pipeline.json
    python -m benchmarks.gpu_pipeline SCRATCH --json again.json --again

SCRATCH becomes a copy of this repository with the parameters of continuous integration, more people, crops of 256 px,
and every stage that can on the GPU; its `data/published/256` is left for `benchmarks.train`. Without a GPU it runs,
smaller, on the CPU by the same code, and says so.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow.parquet as pq
import torch
import typer
import yaml

from benchmarks.choices import for_folder
from benchmarks.figures import for_figures
from fer_data.errors import FerDataError
from fer_data.params.document import load_params
from fer_data.params.profiles import merged
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.run import guarded

ROOT = Path(__file__).parents[1]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".wheels", ".fer-data", "data", "models", "reports", "__pycache__", ".*_cache"
)
STAGES = ("sample", "ingest", "align", "train", "evaluate")
MAX_OUTPUT = 2000


def copy_repository(scratch: Path, device: str, *, small: bool) -> None:
    """Copy the repository with parameters for the device into an empty folder, ready for DVC without git."""
    shutil.copytree(ROOT, scratch, ignore=NOT_COPIED)
    for lock in ("dvc.lock", "sample/dvc.lock"):
        (scratch / lock).unlink(missing_ok=True)
    params = merged("ci", folder=ROOT / "profiles").values
    if device == "cuda" and not small:
        params["sample"] |= {"train_subjects": 14, "other_subjects": 6}
    params["resolutions"] = [256] if small else [256, 16]
    if small:  # a model that saw no augmentation, which `sensitivity` asks for
        params["balance"] |= {"strategy": "weights"}
        params["train"] |= {"horizontal_flip": 0.0}
    params["align"] |= {"device": device, "engine": "torch"}
    params["train"] |= {
        "resolution": 256,
        "device": device,
        "epochs": 2,
        "precision": "bf16" if device == "cuda" else "fp32",
    }
    params["evaluate"] |= {"device": device}
    (scratch / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")


def run(scratch: Path, *command: str) -> tuple[float, str]:
    """Return the seconds and the output of a command of this Python in the copy.

    Raises:
        FerDataError: it fails.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1"}
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", *command],
        cwd=scratch,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FerDataError(f"{' '.join(command)} failed: {(done.stdout + done.stderr)[-MAX_OUTPUT:]}")
    return round(time.perf_counter() - start, 2), done.stdout


def folder_hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a folder."""
    return {
        str(path.relative_to(folder)): file_sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def seconds_by_stage(scratch: Path, start: float) -> dict[str, float]:
    """Return how long each stage took that has written its metrics since the start, a clock's time."""
    written = [scratch / "metrics" / f"{stage}.json" for stage in STAGES]
    written += sorted((scratch / "metrics").glob("*/*.json"))
    ends = sorted((path.stat().st_mtime, path) for path in written if path.exists())
    ends = [(when, path) for when, path in ends if when > start]
    begins = [start, *(when for when, _ in ends)]
    names = [str(path.relative_to(scratch / "metrics").with_suffix("")) for _, path in ends]
    return {name: round(when - begin, 2) for name, (when, _), begin in zip(names, ends, begins, strict=False)}


def first(scratch: Path, json: Path, report: dict[str, Any]) -> None:
    """Run everything in the copy, then once more, which must do nothing."""
    run(scratch, "dvc", "init", "--no-scm", "--force", "--quiet")
    (scratch / ".dvc/config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    start = time.time()
    try:
        report["seconds_in_all"], _ = run(scratch, "dvc", "repro")
    finally:
        report["seconds"] = seconds_by_stage(scratch, start)
        write_json(json, report)
    _, output = run(scratch, "dvc", "repro")
    report["second_run_does_nothing"] = "up to date" in output


def again(scratch: Path, json: Path, report: dict[str, Any]) -> None:
    """Run what takes a device, align and train again from an empty store, and align on the CPU; keep what is done."""
    report["commands"] = commands(scratch)
    write_json(json, report)
    folders = {"align": scratch / "data" / "faces", "train": scratch / "models" / "senet50"}
    before = {stage: folder_hashes(folder) for stage, folder in folders.items()}
    shutil.rmtree(scratch / ".fer-data", ignore_errors=True)
    run(scratch, "dvc", "repro", "--force", "--single-item", "align@sample", "train")
    report["same_bytes_again"] = {
        stage: folder_hashes(folder) == before[stage] for stage, folder in folders.items()
    }
    write_json(json, report)
    agreement = scratch / "agreement.json"
    run(scratch, "benchmarks.agreement", "data/catalog/sample", "data/sample", "--json", str(agreement))
    report["agreement_with_cpu"] = yaml.safe_load(agreement.read_text(encoding="utf-8"))


def commands(scratch: Path) -> dict[str, Any]:
    """Run what else takes a device on the GPU, and return seconds and how features differ from those of the CPU."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dataset, model = "data/published/256", ("--model", "models/senet50")
    clip = str(next((scratch / "data" / "sample").rglob("*.mp4")))
    wanted = {
        "embed": ("embed", dataset, *model, "--output", "gpu.parquet", "--device", device),
        "embed on the CPU": ("embed", dataset, *model, "--output", "cpu.parquet", "--device", "cpu"),
        "noise": ("noise", dataset, *model, "--output", "suspects", "--device", device),
        "predict": ("predict", clip, *model, "--output", "predicted", "--device", device),
    }
    if load_params(scratch / "params.yaml").balance.strategy != "augment":
        wanted["sensitivity"] = ("sensitivity", dataset, *model, "--output", "moves", "--device", device)
    seconds = {name: run(scratch, "fer_data", *command)[0] for name, command in wanted.items()}
    ours, theirs = (
        np.array(pq.read_table(scratch / f"{name}.parquet", columns=["features"])["features"].to_pylist())
        for name in ("gpu", "cpu")
    )
    apart = np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)
    return {
        "seconds": seconds,
        "features_apart": {"median": float(np.median(apart)), "max": float(apart.max())},
    }


def main(
    scratch: Annotated[Path, typer.Argument(help="Folder to make; with --again the one made before.")],
    json: Annotated[Path, typer.Option(help="Where to write the figures.", callback=for_figures)],
    repeat: Annotated[bool, typer.Option("--again", help="Repeat and compare.")] = False,
    small: Annotated[
        bool, typer.Option("--small", help="Ten people at one resolution: half the time.")
    ] = False,
) -> None:
    """Run, measure and compare."""
    if repeat and not (scratch / "dvc.lock").is_file():
        raise typer.BadParameter(f"{scratch} holds no run that could be repeated. Run without --again first.")
    if not repeat:
        for_folder(scratch)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    name = torch.cuda.get_device_name() if device == "cuda" else "cpu"
    report: dict[str, Any] = {"device": name, "torch": torch.__version__}
    if repeat:
        again(scratch, json, report)
    else:
        copy_repository(scratch, device, small=small)
        first(scratch, json, report)
    write_json(json, report)
    typer.echo(json.read_text(encoding="utf-8"))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
