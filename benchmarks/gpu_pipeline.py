"""Run the whole pipeline on a GPU with real DVC, twice, and say how far its crops are from the CPU's.

::

    python -m benchmarks.gpu_pipeline SCRATCH --json gpu_pipeline.json

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

import torch
import typer
import yaml

from fer_data.errors import FerDataError
from fer_data.files import file_sha256, write_json
from fer_data.shell import guarded

ROOT = Path(__file__).parents[1]
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".wheels", ".fer-data", "data", "models", "reports", "__pycache__", ".*_cache"
)
STAGES = ("sample", "ingest", "align", "multires", "balance", "publish", "train", "evaluate")
MAX_OUTPUT = 2000


def copy_repository(scratch: Path, device: str) -> None:
    """Copy the repository with parameters for the device into an empty folder, ready for DVC without git."""
    shutil.copytree(ROOT, scratch, ignore=NOT_COPIED)
    (scratch / "dvc.lock").unlink(missing_ok=True)
    params = yaml.safe_load((ROOT / "profiles/ci.yaml").read_text(encoding="utf-8"))
    if device == "cuda":
        params["sample"] |= {"train_subjects": 24, "other_subjects": 8}
    params["resolutions"] = [256, 16]
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


def again(scratch: Path) -> dict[str, bool]:
    """Run align and train once more from an empty store, and return whether their files are the same bytes."""
    folders = [scratch / "data" / "faces", scratch / "models" / "senet50"]
    before = [folder_hashes(folder) for folder in folders]
    shutil.rmtree(scratch / ".fer-data", ignore_errors=True)
    run(scratch, "dvc", "repro", "--force", "--single-item", "align", "train")
    same = [folder_hashes(folder) == old for folder, old in zip(folders, before, strict=True)]
    return {"align": same[0], "train": same[1]}


def main(
    scratch: Annotated[Path, typer.Argument(help="Folder to make; must not exist.")],
    json: Annotated[Path, typer.Option(help="Where to write the figures, after each part.")],
) -> None:
    """Run, measure and compare."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "torch": torch.__version__,
        "seconds": {},
    }
    copy_repository(scratch, device)
    run(scratch, "dvc", "init", "--no-scm", "--force", "--quiet")
    (scratch / ".dvc/config.local").write_text("[core]\n    no_scm = true\n", encoding="utf-8")
    for stage in STAGES:
        report["seconds"][stage], _ = run(scratch, "dvc", "repro", stage)
        write_json(json, report)
    _, output = run(scratch, "dvc", "repro")
    report["second_run_does_nothing"] = "up to date" in output
    report["same_bytes_again"] = again(scratch)
    write_json(json, report)
    agreement = scratch / "agreement.json"
    run(scratch, "benchmarks.agreement", "data/catalog", "data/sample", "--json", str(agreement))
    report["agreement_with_cpu"] = yaml.safe_load(agreement.read_text(encoding="utf-8"))
    write_json(json, report)
    typer.echo(json.read_text(encoding="utf-8"))


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
