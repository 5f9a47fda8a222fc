"""Measure `ingest` of a folder of very many pictures: time of the processor, of the clock, and most memory.

`python -m benchmarks.pictures FOLDER [--pictures 1000000] [--json FILE]` writes that many tiny pictures below FOLDER,
which must not be there, reads them into a catalog beside them, prints what that took and removes all of it. Pictures
are not decoded; what a corpus of real ones costs beside is reading their bytes for the hash, and DVC's own hashing of
the root.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from benchmarks.figures import FiguresFile
from fer_data.params.source import DatasetParams, PicturesSection, SourceParams
from fer_data.shell.files.atomic import write_json

__all__ = ["main"]

_CLASSES = ("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise")
_FOLDER = 1000


def _write(root: Path, pictures: int) -> None:
    """Write pictures of 16 px, each other bytes, a thousand a folder."""
    data = bytes(cv2.imencode(".jpg", np.full((16, 16, 3), 127, np.uint8))[1])
    for start in range(0, pictures, _FOLDER):
        split = "validation" if start % (10 * _FOLDER) == 0 else "train"
        folder = root / split / _CLASSES[start // _FOLDER % len(_CLASSES)] / f"{start // _FOLDER:05d}"
        folder.mkdir(parents=True)
        for index in range(start, min(start + _FOLDER, pictures)):
            (folder / f"{index:07d}.jpg").write_bytes(data + index.to_bytes(4, "big"))


def _source(root: Path) -> SourceParams:
    section = PicturesSection.model_validate(
        {
            "corpus": "pictures", "root": str(root), "prefix": "", "decisions": "decisions.csv", "excluded": [],
            "aligned": False, "table": None,
        }
    )  # fmt: skip
    values = {"task": "expression", "classes": "header", "class_map": {}, "same_person": "same_person.csv"}
    return SourceParams("pictures", section, DatasetParams.model_validate(values))


def _measure(root: Path, output: Path) -> None:
    """Read the corpus in this process and print what it took, as JSON."""
    from fer_data.ingest import ingest

    began, own = time.perf_counter(), time.process_time()
    summary = ingest(root, output, _source(root))
    seconds, spent = time.perf_counter() - began, time.process_time() - own
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": summary["rows"], "seconds": seconds, "cpu_seconds": spent, "most_mb": most}))


def main(
    folder: Path,
    pictures: Annotated[int, typer.Option(min=1)] = 1_000_000,
    json_file: FiguresFile = None,
    only_ingest: Annotated[bool, typer.Option("--only-ingest", hidden=True)] = False,
) -> None:
    """Write, read and remove pictures below FOLDER."""
    root, output = folder / "root", folder / "catalog"
    if only_ingest:
        _measure(root, output)
        return
    root.mkdir(parents=True)
    try:
        _write(root, pictures)
        command = [sys.executable, "-m", "benchmarks.pictures", str(folder), "--only-ingest"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
        found = json.loads(done.stdout)
        found["catalog_mb"] = size = sum(path.stat().st_size for path in output.iterdir()) / 1e6
        if json_file is not None:
            write_json(json_file, found)
        print(
            f"{found['rows']:,} pictures: {found['cpu_seconds']:.0f} s of the processor, {found['seconds']:.0f} s by "
            f"the clock, {found['most_mb']:.0f} MB at most, {size:.0f} MB of catalog."
        )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    typer.run(main)
