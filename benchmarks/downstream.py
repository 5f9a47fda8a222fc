"""What the stages after `align` cost at corpus size: time, cores, memory, bytes, and the hours of a whole corpus.

A set of crops of real size is made (`benchmarks/downstream_set.py`), and every step runs on it in a process of its own
with the parameters of params.yaml: `multires`, `balance` and `publish` at each resolution, beside `publish` plain
pyarrow that copies the same record batches into as many files, the training loader, `evaluate` with its intervals,
`stats` and `embed`. `publish` and plain pyarrow take turns; figures are medians over the rounds. The network is tiny:
a real one costs what `benchmarks/train.py` says, and the rest is what is measured here. DVC's hashing and cache are
not in it.

Seconds and CPU begin once libraries are loaded. Memory is the largest resident set of any process, pages of mapped
files included. What is computed for a corpus takes the CPU seconds a row, shared by the cores, or the seconds of the
main thread where these are more. A row of `balance` is a copy, of `evaluate` one at one side, of `loader` a picture.

::

    python -m benchmarks.downstream --rows 10000 --json FILE
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import downstream_steps as steps
from benchmarks.downstream_set import BASE_PX, make_faces
from benchmarks.figures import for_figures
from fer_data.errors import ParamsError
from fer_data.shell.files.atomic import write_json
from fer_data.shell.left_out import leave_pandas_out
from fer_data.shell.run import guarded

PLAIN = "plain pyarrow"
RESOLUTIONS = (256, 128, 64, 32, 16)
CORPUS_ROWS = 2_800_000
CORES = 8
STAGES = ("multires", "balance", "publish", "evaluate")
"""What the goal of three hours counts together."""

Figures = dict[str, float]


def measured(step: Callable[..., int], *given: Any) -> Figures:  # noqa: ANN401 - what the step takes
    """Return what a step took in a process of its own: rows, bytes, seconds, CPU seconds and memory."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_in_process, args=(theirs, step, given))
    process.start()
    theirs.close()
    try:
        found: Figures = ours.recv()
    except EOFError:
        raise ParamsError(f"{step.__name__} ended without figures; what it said stands above.") from None
    finally:
        process.join()
    return found


def _in_process(
    answer: "Connection[Figures, Figures]", step: Callable[..., Any], given: Sequence[Any]
) -> None:
    work = step(*given)
    leave_pandas_out()  # as stages do, which takes no time that is measured
    before, begin, mine = _cpu_seconds(), time.perf_counter(), time.thread_time()
    rows, size = work()
    seconds, main_thread = time.perf_counter() - begin, time.thread_time() - mine
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    answer.send(
        {
            "rows": rows,
            "bytes": size,
            "seconds": seconds,
            "cpu_seconds": _cpu_seconds() - before,
            "main_thread_seconds": main_thread,
            "peak_mb": peak / 1000,
        }
    )


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def plan(folder: Path, sides: Sequence[int], number: int, workers: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield the steps of one round, each after what it needs: its name, its function and what that takes."""
    for px in sides:
        yield f"multires@{px}", [steps.multires_step, folder, px, workers]
        yield f"balance@{px}", [steps.balance_step, folder, px, workers]
        both = [
            (f"publish@{px}", [steps.publish_step, folder, px]),
            (f"{PLAIN}@{px}", [steps.plain_step, folder, px]),
        ]
        yield from both[:: 1 if number % 2 == 0 else -1]
    largest = max(sides)
    yield "evaluate", [steps.evaluate_step, folder, list(sides)]
    yield f"loader@{largest}", [steps.loader_step, folder, largest]
    yield f"stats@{largest}", [steps.stats_step, folder, largest]
    yield f"embed@{largest}", [steps.embed_step, folder, largest]


def run_steps(
    folder: Path, sides: Sequence[int], *, rounds: int, workers: int, told: Callable[[str, Figures], None]
) -> dict[str, Figures]:
    """Return the medians over the rounds of every step by its name."""
    found: dict[str, list[Figures]] = {}
    for number in range(rounds):
        for name, (step, *given) in plan(folder, sides, number, workers):
            found.setdefault(name, []).append(measured(step, *given))
            told(name, found[name][-1])
    return {
        name: {key: statistics.median(one[key] for one in taken) for key in taken[0]}
        for name, taken in found.items()
    }


def computed(found: Mapping[str, Figures], rows: int) -> dict[str, Figures]:
    """Return the hours on `CORES` cores and the GB of each stage at every side together, for a corpus of full size.

    >>> one = {"bytes": 1e3, "cpu_seconds": 8.0, "main_thread_seconds": 2.0}
    >>> computed({"multires@64": one, "multires@32": one}, rows=28_000)["multires"]
    {'hours': 0.1111, 'gb': 0.0002}
    """
    times = CORPUS_ROWS / rows
    hours: dict[str, Figures] = {}
    for name, one in found.items():
        seconds = times * max(one["cpu_seconds"] / CORES, one["main_thread_seconds"])
        stage = hours.setdefault(name.partition("@")[0], {"hours": 0.0, "gb": 0.0})
        stage["hours"] += seconds / 3600
        stage["gb"] += times * one["bytes"] / 1e9
    hours["together"] = {
        key: sum(hours[stage][key] for stage in STAGES if stage in hours) for key in ("hours", "gb")
    }
    return {name: {key: round(value, 4) for key, value in one.items()} for name, one in hours.items()}


def ratios(found: Mapping[str, Figures]) -> dict[str, Figures]:
    """Return how fast `publish` is as a share of plain pyarrow with the same bytes, by side and in all."""
    sides = [name.partition("@")[2] for name in found if name.startswith("publish@")]
    return {
        key: {
            **{px: round(found[f"{PLAIN}@{px}"][key] / found[f"publish@{px}"][key], 3) for px in sides},
            "all": round(
                sum(found[f"{PLAIN}@{px}"][key] for px in sides)
                / sum(found[f"publish@{px}"][key] for px in sides),
                3,
            ),
        }
        for key in ("seconds", "cpu_seconds")
    }


def show(figures: Mapping[str, Any]) -> None:
    """Print what was measured and what follows."""
    console = Console(width=110)
    measured_table = Table(
        "step", "rows", "rows/s", "CPU ms a row", "cores", "peak MB", "bytes a row", box=None
    )
    for name, one in figures["measured"].items():
        rows, seconds, cpu = max(1, one["rows"]), one["seconds"], one["cpu_seconds"]
        measured_table.add_row(
            name, f"{rows:,.0f}", f"{rows / seconds:,.0f}", f"{1000 * cpu / rows:.3f}", f"{cpu / seconds:.2f}",
            f"{one['peak_mb']:.0f}", f"{one['bytes'] / rows:,.0f}",
        )  # fmt: skip
    console.print(measured_table)
    console.print(
        f"publish, as a share of plain pyarrow's speed: {figures['publish_over_plain']}", highlight=False
    )
    hours = Table(f"computed, {CORPUS_ROWS:,} rows, {CORES} cores", "hours", "GB", box=None)
    for name, one in figures["computed"].items():
        hours.add_row(name, f"{one['hours']:.2f}", f"{one['gb']:.0f}")
    console.print(hours)


def main(
    json: Annotated[Path | None, typer.Option(help="Write the figures there.", callback=for_figures)] = None,
    rows: Annotated[int, typer.Option(min=100, help="Rows of the set.")] = 100_000,
    subjects: Annotated[int, typer.Option(min=8, help="Annotated people of the set.")] = 500,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the medians are reported.")] = 1,
    resolution: Annotated[
        list[int] | None, typer.Option(help="Sides in px, such as 256; repeatable. All five by default.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0: one per core.")] = 0,
    folder: Annotated[
        Path | None,
        typer.Option(help="Where the set lies while it is measured; a temporary folder by default."),
    ] = None,
) -> None:
    """Measure every step on a set of this size, and print the table."""
    sides = sorted(resolution or RESOLUTIONS, reverse=True)
    if sides[0] > BASE_PX:
        raise ParamsError(f"--resolution ({sides[0]}) must be at most the base crop's {BASE_PX} px.")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        (Path(place) / "faces").mkdir()
        make_faces(Path(place) / "faces", rows, min(subjects, rows // 12))
        found = run_steps(Path(place), sides, rounds=rounds, workers=workers, told=_told)
    figures = {
        "rows": rows,
        "subjects": subjects,
        "rounds": rounds,
        "cores": os.cpu_count(),
        "measured": found,
        "publish_over_plain": ratios(found),
        "computed": computed(found, rows),
    }
    show(figures)
    if json is not None:
        write_json(json, figures)


def _told(name: str, one: Figures) -> None:
    typer.echo(f"{name}: {one['seconds']:.1f} s, {one['cpu_seconds']:.1f} s of CPU", err=True)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
