"""A run that was interrupted goes on where it was, and nobody can tell from its bytes."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner
from video_corpora import Subject, align_corpus, align_params, people, scene, write_catalog, write_video
from warm_python import started_warm

from fer_data.commands.app import app
from fer_data.errors import StoreError
from fer_data.execution.engines import Report
from fer_data.execution.store import Entry, Store
from fer_data.params.align import AlignParams
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import FACE_ROWS, read_table
from fer_data.video_jobs import videos
from fer_data.video_jobs.tasks import Recipe, Task
from fer_data.video_jobs.work import OBSERVED

ROOT = Path(__file__).parents[2]
FRAMES = 6
NAMES = ("a", "b", "c")


def write_corpus(folder: Path, names: tuple[str, ...] = NAMES) -> None:
    """Write one short video a name, each of one person, with its catalog."""
    faces = people()
    for number, name in enumerate(names):
        patch = faces[number % len(faces)]
        draw = scene([(patch, lambda i, n=number: (20 + 7 * n + 3 * i, 40))])
        write_video(folder / "root" / "batch1" / f"{name}.mp4", draw, FRAMES)
    subjects = {name: Subject(name, [0] * FRAMES) for name in names}
    write_catalog(folder / "catalog", subjects, dict.fromkeys(names, FRAMES))


def write_corpus_and_params(folder: Path, names: tuple[str, ...], workers: int = 2) -> None:
    """Write the corpus, and beside it what the stage reads when DVC starts it."""
    write_corpus(folder, names)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["compute"]["workers"] = workers
    params["sources"]["sample"]["root"] = str(folder / "root")
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copy(ROOT / "decisions.csv", folder)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return the empty store that runs of this test use."""
    monkeypatch.setenv("FER_DATA_STORE", str(tmp_path / "store"))
    return Store(tmp_path / "store")


def run(corpus: Path, output: Path, params: AlignParams | None = None, **compute: Any) -> dict[str, str]:
    """Align the corpus into `output` and return the hash of each file, and of the summary."""
    summary = align_corpus(corpus, output, params, **compute)
    return {**hashes(output), "summary": json.dumps(summary, sort_keys=True)}


def hashes(output: Path) -> dict[str, str]:
    """Return the hash of each file below a folder."""
    return {str(p.relative_to(output)): file_sha256(p) for p in sorted(output.rglob("*")) if p.is_file()}


def made(store: Store) -> dict[str, float]:
    """Return each result's video and when its folder was made."""
    return {
        entry.about["video_id"]: (store.root / "entries" / entry.key[:2] / entry.key).stat().st_ctime_ns
        for entry in results(store)
    }


def results(store: Store) -> list[Entry]:
    """Return the entries of results; beside each lies one of what its video shows."""
    return [entry for entry in store.entries() if entry.about.get("kind") != OBSERVED]


def test_a_second_run_computes_nothing_and_writes_the_same(tmp_path: Path, store: Store) -> None:
    """With every video in the store only the assembly is left."""
    write_corpus(tmp_path)
    first = run(tmp_path, tmp_path / "first")
    entries = made(store)
    assert run(tmp_path, tmp_path / "second") == first
    assert made(store) == entries
    assert set(entries) == set(NAMES)


def test_adding_one_video_costs_one_video(tmp_path: Path, store: Store) -> None:
    """The others' entries are not touched."""
    write_corpus(tmp_path)
    run(tmp_path, tmp_path / "first")
    entries = made(store)
    write_corpus(tmp_path, (*NAMES, "d"))
    run(tmp_path, tmp_path / "second")
    assert {name: when for name, when in made(store).items() if name != "d"} == entries
    assert "d" in made(store)


def test_a_changed_parameter_makes_new_results_and_keeps_the_old(tmp_path: Path, store: Store) -> None:
    """Going back to the old value costs nothing."""
    write_corpus(tmp_path, ("a",))
    first = run(tmp_path, tmp_path / "first")
    second = run(tmp_path, tmp_path / "second", align_params(margin=0.4))
    assert first["faces/a.arrow"] != second["faces/a.arrow"]
    assert len(results(store)) == 2
    entries = sorted(entry.key for entry in store.entries())
    assert run(tmp_path, tmp_path / "third") == first
    assert sorted(entry.key for entry in store.entries()) == entries


def test_a_damaged_entry_is_made_again(tmp_path: Path, store: Store) -> None:
    """A flipped byte in the store never reaches the outputs."""
    write_corpus(tmp_path, ("a",))
    first = run(tmp_path, tmp_path / "first")
    path = next(store.root.rglob("a.arrow"))
    path.unlink()
    path.write_bytes(b"damaged")
    assert run(tmp_path, tmp_path / "second") == first


def test_a_video_that_failed_is_tried_again(tmp_path: Path, store: Store) -> None:
    """A file that was cut short is not remembered as hopeless, and its entry does not pile up."""
    write_corpus(tmp_path, ("a",))
    path = tmp_path / "root" / "batch1" / "a.mp4"
    path.write_bytes(path.read_bytes()[:1500])
    first = run(tmp_path, tmp_path / "first")
    entries = made(store)
    assert run(tmp_path, tmp_path / "second") == first
    assert made(store) != entries
    assert len(results(store)) == 1
    assert len(store.entries()) == 2


class Deadly:
    """Stands for a video that kills its decoder: the worker that gets `b` dies of a segmentation fault."""

    def __call__(self, recipe: Recipe) -> Callable[[Task, Report], object]:
        """Return the usual work with that one exception."""
        work = videos.prepare(recipe)

        def deadly(task: Task, report: Report) -> object:
            if task.job.request.video_id == "b":
                os.kill(os.getpid(), signal.SIGSEGV)
            return work(task, report)

        return deadly


def test_a_video_that_crashes_its_worker_is_a_decode_error_and_the_others_go_on(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one retry its rows end as decode_error with a finding; the rest is as always."""
    write_corpus(tmp_path)
    monkeypatch.setattr(videos, "prepare", Deadly())
    run(tmp_path, tmp_path / "crashed", workers=2)
    rows = read_table(tmp_path / "crashed" / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    assert {row["state"] for row in rows if row["video_id"] == "b"} == {"decode_error"}
    assert {row["state"] for row in rows if row["video_id"] != "b"} == {"kept"}
    problems = (tmp_path / "crashed" / "faces" / "problems.jsonl").read_text()
    assert "the worker process died twice" in problems
    assert [e.about["video_id"] for e in store.entries() if "failed" in e.about] == ["b"]


def stage_words(folder: Path) -> list[str]:
    """Return how DVC starts the stage in a folder, behind the name of Python."""
    catalogs, out = folder / "catalogs", folder / "out"
    catalogs.mkdir(exist_ok=True)
    if not (catalogs / "sample").exists():
        (catalogs / "sample").symlink_to(folder / "catalog")
    outputs = {"metrics": out / "metrics", "report": out / "whole", "seals": out / "seals"}
    options = [word for name, path in outputs.items() for word in (f"--{name}", str(path))]
    return ["-m", "stages.align", str(catalogs), str(out / "faces"), str(out / "reports"), *options]


def stage(folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start the stage as DVC does, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *stage_words(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.slow
def test_a_run_killed_at_20_random_moments_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL to the stage alone and to its whole group, at any moment: the run goes on, and the bytes are the same."""
    names = tuple(f"v{number:02d}" for number in range(12))
    write_corpus_and_params(tmp_path, names)
    whole = stage(tmp_path, {"FER_DATA_STORE": str(tmp_path / "other")})
    begin = time.monotonic()
    whole.communicate(timeout=300)
    assert whole.returncode == 0
    duration = time.monotonic() - begin
    (tmp_path / "out").rename(tmp_path / "whole")
    moments = random.Random(7)
    for number in range(20):
        process = stage(tmp_path, {"FER_DATA_STORE": str(tmp_path / "store")})
        time.sleep(duration * moments.uniform(0.05, 0.95))
        if number % 2:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
    last = stage(tmp_path, {"FER_DATA_STORE": str(tmp_path / "store")})
    _, errors = last.communicate(timeout=300)
    assert last.returncode == 0, errors
    assert hashes(tmp_path / "out") == hashes(tmp_path / "whole")


@pytest.mark.slow
def test_ray_gives_the_same_bytes_when_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two Ray workers, one of them killed in mid-run, write what one process of this machine writes."""
    import threading

    import psutil

    names = tuple(f"v{number:02d}" for number in range(8))
    write_corpus(tmp_path, names)
    monkeypatch.setenv("FER_DATA_STORE", str(tmp_path / "local"))
    local = run(tmp_path, tmp_path / "first")
    monkeypatch.setenv("FER_DATA_STORE", str(tmp_path / "ray"))
    killed: list[int] = []
    noted: list[int] = []
    done = threading.Event()

    def kill_one() -> None:
        leases = tmp_path / "ray" / "leases"
        while not killed and not done.is_set():
            for lease in leases.glob("*.lease"):
                with suppress(OSError, ValueError):
                    noted.append(json.loads(lease.read_text())["process"])
            for pid in noted:
                if psutil.pid_exists(pid) and pid != os.getpid():
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    return
            time.sleep(0.005)

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        ray = run(tmp_path, tmp_path / "second", engine="ray", workers=2)
    finally:
        done.set()
        killer.join()
    assert killed
    assert ray == local


def test_pruning_and_sweeping_do_not_disturb_a_running_align(tmp_path: Path) -> None:
    """`store prune` says who runs and removes nothing; a sweep of another clone leaves what is being written."""
    names = tuple(f"v{number}" for number in range(6))
    write_corpus_and_params(tmp_path, names, workers=1)
    store, said = tmp_path / "store", []
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FER_DATA_STORE": str(store)}
    with started_warm(*stage_words(tmp_path), cwd=tmp_path, env=environment) as process:
        while process.poll() is None:
            holder = f'"process": {process.pid}'
            if not said and (store / "lock").is_file() and holder in (store / "lock").read_text():
                result = CliRunner().invoke(app, ["store", "prune", "--all", "--store", str(store)])
                if isinstance(result.exception, StoreError):
                    said.append(str(result.exception))
            Store(store).sweep()
            time.sleep(0.01)
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    assert f"is in use by align, process {process.pid} on " in said[0]
    assert sorted(entry.about["video_id"] for entry in results(Store(store))) == sorted(names)
    assert list((store / "unfinished").iterdir()) == []


@pytest.mark.slow
def test_a_killed_run_leaves_no_process_of_its_ray_behind(tmp_path: Path) -> None:
    """SIGKILL to the stage ends workers, servers and agents of the Ray that it had started."""
    import psutil

    write_corpus(tmp_path, ("v0", "v1", "v2"))
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["compute"] |= {"engine": "ray", "workers": 2}
    params["sources"]["sample"]["root"] = str(tmp_path / "root")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    shutil.copy(ROOT / "decisions.csv", tmp_path)
    process = stage(tmp_path, {"FER_DATA_STORE": str(tmp_path / "store")})
    while not (tmp_path / "store" / "unfinished").is_dir():
        assert process.poll() is None
        time.sleep(0.05)
    started = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    _, left = psutil.wait_procs(started, timeout=60)
    assert [" ".join(one.cmdline()) for one in left if one.status() != psutil.STATUS_ZOMBIE] == []
