"""Time and memory of `fer-data check` on a corpus of full size.

The tree is generated: 600 sparse video files of distinct sizes and three million label lines in ABAW3's layout. The
check runs as a user would start it, in a process whose memory is measured.

::

    python -m benchmarks.check --json FILE
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.figures import FiguresFile
from fer_data.core.labels.tasks import EIGHT_CLASSES
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded

VIDEOS = 600
LINES = 5000
SMALLEST_VIDEO = 30 << 20
SPAN_LINES = 40
MAX_SECONDS = 20.0
MAX_GIGABYTES = 1.0


def write_tree(root: Path, videos: int, lines: int) -> None:
    """Write the corpus: labels in spans as people annotate them, 44 % of them -1, and videos that take no disk."""
    random = np.random.default_rng(7)
    labels = root / "Third ABAW Annotations" / "EXPR_Classification_Challenge"
    folders = {True: labels / "Train_Set", False: labels / "Validation_Set"}
    for folder in (root / "batch1", *folders.values()):
        folder.mkdir(parents=True)
    header = ",".join(EIGHT_CLASSES)
    for index in range(videos):
        with (root / "batch1" / f"{index}-30-1280x720.mp4").open("wb") as video:
            video.truncate(SMALLEST_VIDEO + index)
        spans = random.integers(0, len(EIGHT_CLASSES), lines // SPAN_LINES + 1)
        spans[random.random(len(spans)) < 0.44] = -1
        rows = np.repeat(spans, SPAN_LINES)[:lines]
        path = folders[index % 5 > 0] / f"{index}-30-1280x720.txt"
        path.write_text("\n".join([header, *map(str, rows)]) + "\n", encoding="utf-8")


def measure(root: Path) -> dict[str, Any]:
    """Return seconds, peak memory and what the check counted."""
    command = [str(Path(sys.executable).with_name("fer-data")), "check", str(root), "--json"]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    seconds = time.perf_counter() - start
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_gigabytes": round(usage.ru_maxrss / 1e6, 3),
        "videos": report["videos"],
        "label_lines": report["label_lines"],
        "errors": report["errors"],
        "findings": len(report["findings"]),
    }


def main(
    json_file: FiguresFile = None,
    videos: Annotated[int, typer.Option(min=1)] = VIDEOS,
    lines: Annotated[int, typer.Option(min=1, help="Label lines a video.")] = LINES,
) -> None:
    """Generate the tree, check it once, and print seconds and memory; exit 1 above the limits."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder) / "corpus", videos, lines)
        figures = measure(Path(folder) / "corpus")
    typer.echo(json.dumps(figures, indent=2))
    if json_file is not None:
        write_json(json_file, figures)
    if figures["seconds"] > MAX_SECONDS or figures["peak_gigabytes"] > MAX_GIGABYTES:
        raise typer.Exit(1)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
