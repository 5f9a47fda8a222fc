"""How long stages and commands take before they work: imports, help, and an error of what they were given.

Every case is a fresh process, timed from outside, once in every round; each figure is the median over the rounds. With
`--against` a second checkout is timed alternately, and the ratio stands beside each figure. CPU seconds stand
beside those of the clock, which say little on a busy machine.

::

    python -m benchmarks.startup --json FILE --against ../main
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import FiguresFile
from fer_data.shell.files.atomic import write_json

HERE = Path(__file__).parents[1]
COMMANDS = (
    "sample", "unpack", "check", "stats", "verify", "replay", "submit", "predict", "embed", "probe", "compare",
    "ensemble", "export", "estimate", "doctor", "weights", "store",
)  # fmt: skip
STAGES = {
    "sample": "from fer_data.sample import sample",
    "ingest": "from fer_data.ingest import ingest",
    "align": "from fer_data.align import align",
    "multires": "from fer_data.multires import multires",
    "balance": "from fer_data.balance import balance",
    "publish": "from fer_data.publish import publish",
    "train": "from train.finetune import finetune",
    "evaluate": "from train.evaluate import evaluate",
}
"""Each stage, and how what it works with is loaded: by its function, for a package loads that when it is asked for."""

_OPEN = """
import stages.train, train.finetune, torch
from fer_data.shell.sections.load import load_section
from fer_data.params.train import TrainParams
from train.training.devices import open_fabric
open_fabric(load_section("train", TrainParams))
torch.optim.AdamW([torch.zeros(1)])
"""
"""What training loads until its first step."""

_FER_DATA = "import sys; from fer_data.commands.app import main; main()"


def cases(folder: Path) -> dict[str, list[str]]:
    """Return the words after `python` by the name of the case; paths that do not exist stand in an empty folder."""
    none, out, metrics = str(folder / "none"), str(folder / "out"), str(folder / "m.json")
    found = {f"import stages.{name}": ["-c", f"import stages.{name}"] for name in STAGES}
    found |= {
        f"all of {name}": ["-c", f"import stages.{name}; {loading}"] for name, loading in STAGES.items()
    }
    found["all of train"] = ["-c", _OPEN]
    found["train rejects its dataset"] = [
        "-m", "stages.train", none, out, f"{out}.csv", "--metrics", metrics, "--seals", f"{out}s",
    ]  # fmt: skip
    found["evaluate rejects its model"] = [
        "-m", "stages.evaluate", none, none, out, "--metrics", metrics, "--seals", f"{out}s",
    ]  # fmt: skip
    found["fer-data --help"] = ["-c", _FER_DATA, "--help"]
    found |= {f"fer-data {name} --help": ["-c", _FER_DATA, name, "--help"] for name in COMMANDS}
    rejected = {
        "predict": [none, "--model", none, "--output", out],
        "predict --split": [none, "--split", "test", "--model", none, "--output", out],
        "replay": [none, "1/00001+1"],
        "embed": [none, "--model", none, "--output", f"{out}.parquet"],
        "export": [none, f"{out}.onnx"],
        "stats": [none],
        "probe": [none],
    }
    return found | {
        f"fer-data {name} rejects its input": ["-c", _FER_DATA, *name.split(), *words]
        for name, words in rejected.items()
    }


def seconds(words: list[str], checkout: Path) -> tuple[float, float]:
    """Return the seconds from start to end of one process of a checkout, by the clock and of CPU."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the first round keeps what it compiles
    start, before = time.perf_counter(), _cpu_seconds()
    subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, *words], cwd=checkout, env=environment, capture_output=True, check=False
    )
    return time.perf_counter() - start, _cpu_seconds() - before


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(checkouts: list[Path], rounds: int, only: str) -> dict[str, dict[str, Any]]:
    """Return by case the median seconds of the first checkout, and of the second with their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = {name: words for name, words in cases(Path(folder)).items() if only in name}
        timed: dict[str, list[list[tuple[float, float]]]] = {name: [[] for _ in checkouts] for name in chosen}
        for number in range(-1, rounds):  # the first round fills caches, and does not count
            for name, words in chosen.items():
                for index, checkout in enumerate(checkouts):
                    taken = seconds(words, checkout)
                    if number >= 0:
                        timed[name][index].append(taken)
    return {name: _figures(taken) for name, taken in timed.items()}


def _figures(taken: list[list[tuple[float, float]]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for index, name in enumerate(("seconds", "cpu_seconds")):
        medians = [statistics.median(pair[index] for pair in one) for one in taken]
        found[name] = round(medians[0], 3)
        if len(medians) > 1:
            found[f"against_{name}"] = round(medians[1], 3)
            found[f"ratio_{name}"] = round(medians[0] / medians[1], 3)
    return found


def main(
    json_file: FiguresFile = None,
    against: Annotated[
        Path | None, typer.Option(help="Another checkout, timed alternately.", exists=True, file_okay=False)
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, max=100)] = 5,
    only: Annotated[str, typer.Option(help="Only cases whose name holds this.")] = "",
) -> None:
    """Time every stage and command until it works or refuses, and print the table."""
    figures = measure([HERE, *([against.resolve()] if against else [])], rounds, only)
    names = ["seconds", "against", "ratio", "CPU s", "against", "ratio"]
    table = Table("case", *(names if against else names[::3]), box=None)
    for name, found in figures.items():
        table.add_row(name, *(f"{value:.2f}" for value in found.values()))
    Console(width=100).print(table)
    if json_file is not None:
        write_json(json_file, {"cores": os.cpu_count(), "rounds": rounds, "cases": figures})


if __name__ == "__main__":
    typer.run(main)
