"""Ctrl-C and SIGTERM end every stage and command with one line, and leave no process and no temporary file."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from align_runs import write_corpus
from dvc_runs import begin_project, dvc_environment, kill_living, living
from published_with import write_seals
from video_corpora import people, scene, write_video
from warm_python import WarmProcess, started_warm

from fer_data.params.profiles import merged

ROOT = Path(__file__).parents[2]
TERM_CODE, INT_CODE = 143, 130
SECONDS = 60.0

Ready = Callable[[Path, int], bool]


def environment() -> dict[str, str]:
    """Return the variables that a stage or command runs with."""
    return dvc_environment() | {"FER_DATA_STORE": "store", "RAY_AUTH_MODE": "disabled"}


def is_there(pattern: str) -> Ready:
    """Return what says whether a file is there."""
    return lambda folder, _: any(folder.glob(pattern))


def reads(name: str) -> Ready:
    """Return what says whether a process or one below it has a file open."""

    def ready(_: Path, pid: int) -> bool:
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            found = [process, *process.children(recursive=True)]
            return any(Path(file.path).name == name for one in found for file in one.open_files())
        return False

    return ready


def temporaries(folder: Path) -> list[str]:
    """Return the unfinished files and folders below a folder."""
    found = [path for path in folder.rglob("*.tmp") if ".dvc" not in path.parts]
    found += [*folder.glob("store/unfinished/*"), *folder.glob("store/leases/*.lease")]
    return sorted(str(path.relative_to(folder)) for path in found)


@contextmanager
def running(command: list[str], folder: Path, ready: Ready) -> Iterator["subprocess.Popen[str]"]:
    """Start a command in a session of its own, as a terminal does, and wait until it is in the middle of its work."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until_ready(process, folder, ready)
        yield process
    finally:
        kill_living(folder)
        process.communicate()


@contextmanager
def running_warm(command: list[str], folder: Path, ready: Ready) -> Iterator[WarmProcess]:
    """Do the same with a process that has imported most of what it needs."""
    with started_warm(*command, cwd=folder, env=environment()) as process:
        try:
            wait_until_ready(process, folder, ready)
            yield process
        finally:
            kill_living(folder)


def wait_until_ready(process: "subprocess.Popen[str] | WarmProcess", folder: Path, ready: Ready) -> None:
    """Wait until a process is in the middle of its work; one that ends before is an error."""
    end = time.monotonic() + SECONDS
    while not ready(folder, process.pid) and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)  # looking costs as much as what is waited for
    if process.poll() is not None:
        raise AssertionError(f"it ended by itself: {process.communicate()[1]}")


def ended(
    command: list[str], folder: Path, ready: Ready, *, number: int, group: bool, start: Any = running
) -> tuple[int | None, str]:
    """Stop a command in the middle, alone or with all that it started, and return its exit code and its stderr."""
    with start(command, folder, ready) as process:
        (os.killpg if group else os.kill)(process.pid, number)
        _, errors = process.communicate(timeout=SECONDS)
        psutil.wait_procs(
            living(folder), timeout=SECONDS
        )  # as whoever reads a pipe waits for all that hold it
        assert living(folder) == []
    assert temporaries(folder) == []
    return process.returncode, errors


def stage(name: str, *arguments: str) -> list[str]:
    """Return the words behind `python` of a stage."""
    return ["-m", f"stages.{name}", *arguments, "--metrics", f"{name}.json", "--seals", "seals"]


def command(name: str, *arguments: str) -> list[str]:
    """Return the words behind `python` of a command of `fer-data`."""
    code = "import sys; sys.argv[0] = 'fer-data'; from fer_data.commands.app import main; main()"
    return ["-c", code, name, *arguments]


def write_params(folder: Path, **changes: dict[str, Any]) -> None:
    """Write parameters, some sections changed."""
    document = merged("ci", folder=ROOT / "profiles").values
    document["compute"] |= {"workers": 2}
    for section, values in changes.items():
        document[section] |= values
    document["resolutions"], document["train"]["resolution"] = [32], 32
    (folder / "params.yaml").write_text(yaml.safe_dump(document))
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, folder)


def at_root() -> dict[str, Any]:
    """Return the sections that have the folder `root`, which nobody rendered, as the one source."""
    source = merged("ci", folder=ROOT / "profiles").values["sources"]["sample"]
    return {"sources": {"sample": {**source, "root": "root"}}, "publish": {"licence": "other"}}


def sample(folder: Path) -> tuple[list[str], Ready]:
    """Return stage `sample`, and its moment: its folder is begun."""
    write_params(folder)
    return stage("sample", "data/sample"), is_there("data/.sample.*.tmp/.gitignore")


def align(folder: Path) -> tuple[list[str], Ready]:
    """Return stage `align`, and its moment: both workers have a video in hand."""
    write_corpus(folder)
    (folder / "catalogs").mkdir()
    (folder / "catalog").rename(folder / "catalogs" / "sample")
    write_params(folder, **at_root())
    return stage("align", "catalogs", "faces", "reports", "--report", "whole"), is_there(
        "store/unfinished/*/*"
    )


def align_on_ray(folder: Path) -> tuple[list[str], Ready]:
    """Return stage `align` on a Ray of its own, and its moment."""
    command, ready = align(folder)
    write_params(folder, **at_root(), compute={"engine": "ray", "address": None})
    return command, ready


def train(folder: Path, published: Path) -> tuple[list[str], Ready]:
    """Return stage `train`, and its moment: it learns."""
    shutil.copytree(published, folder / "published/32")
    write_params(folder, train={"resolution": 32, "input_px": 32, "epochs": 500, "cpu_threads": 1})
    return stage("train", "published", "model", "train.csv"), is_there("store/leases/*.lease")


def publish(folder: Path, publish_inputs: Any) -> tuple[list[str], Ready]:
    """Return stage `publish`, and its moment: its folder is begun."""
    write_params(folder)
    for name, path in (("multires", publish_inputs.variant), ("balanced", publish_inputs.balanced)):
        shutil.copytree(path, folder / name / "32")
    write_seals(folder / "seals", 32)
    shutil.copytree(publish_inputs.faces, folder / "faces" / "sample")
    arguments = ("faces", "multires", "balanced", "published", "--px", "32", "--labels", "labels")
    return stage("publish", *arguments), is_there("published/.32.*.tmp")


def predict(folder: Path, model: Path) -> tuple[list[str], Ready]:
    """Return command `predict`, and its moment: it looks for faces."""
    write_params(folder)
    draw = scene([(people()[0], lambda i: (20 + i % 50, 40))])
    write_video(folder / "clip.mp4", draw, 400, preset="ultrafast")
    return command("predict", "clip.mp4", "--model", str(model), "--output", "out"), reads("clip.mp4")


def verify(folder: Path) -> tuple[list[str], Ready]:
    """Return command `verify`, and its moment: it hashes a large file."""
    begin_project(folder)
    (folder / "data").mkdir()
    with (folder / "data/big.bin").open("wb") as file:
        file.truncate(8 << 30)
    lock = {"outs": [{"path": "data/big.bin", "md5": "0" * 32, "hash": "md5"}], "cmd": "make"}
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"make": lock}}))
    return command("verify", "data"), reads("big.bin")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small model whose contract fits the parameters."""
    from predict.test_stage import write_model

    from fer_data.model.input_contract import InputContract
    from fer_data.params.align import AlignParams

    params = AlignParams.model_validate(merged("ci", folder=ROOT / "profiles").values["align"])
    return write_model(
        tmp_path_factory.mktemp("model") / "model", InputContract(56, params.geometry, params.margin)
    )


@pytest.fixture
def work(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[str], Ready]:
    """Return a command that goes on for long, and what says that it is in the middle of its work."""
    match request.param:
        case "sample":
            return sample(tmp_path)
        case "align":
            return align(tmp_path)
        case "ray":
            return align_on_ray(tmp_path)
        case "train":
            return train(tmp_path, request.getfixturevalue("published"))
        case "publish":
            return publish(tmp_path, request.getfixturevalue("publish_inputs"))
        case "predict":
            return predict(tmp_path, request.getfixturevalue("model"))
        case _:
            return verify(tmp_path)


SAID = {
    "sample": r"sample( at [\d,]+ of [\d,]+ frames \(\d+\.\d %\))?\. Nothing of this run is kept\.",
    "align": r"align at \d+ of 80 frames \(\d+\.\d %\)\. Finished videos stay in the resume store \(.+\), and the next "
    r"run goes on from there\.",
    "train": r"train( at .+ images.*)?\. (No checkpoint was due yet \(120 s\): the next run starts anew|Nothing of "
    r"this run is kept)\.",
    "publish": r"publish.*\. Nothing of this run is kept\.",
    "predict": r"predict at 0 of 1 files \(0\.0 %\)(, faces of clip\.mp4 at \d+ of 400 frames \(.+\))?\. Nothing of "
    r"this run is kept\.",
    "verify": r"verify at .+ of 8\.59 GB \(.+\)\. Nothing of this run is kept\.",
}
"""What each says of itself."""

QUICK = {("align", True), ("train", False)}
FROM_NOTHING = {"align", "verify"}
"""A stage and a command that always get Ctrl-C in a Python of their own. The others get it there in the slow tier: that
shows what a library does to the handlers when it is imported after them."""

PROGRESS = r"[a-z@0-9, ]+: .* (left|so far)(;|$)"
"""A line of a log that a busy machine had the time for."""


@pytest.mark.parametrize(
    ("work", "start"),
    [
        *((name, running if name in FROM_NOTHING else running_warm) for name in SAID),
        *(
            pytest.param(name, running, marks=pytest.mark.slow)
            for name in (*SAID, "ray")
            if name not in FROM_NOTHING
        ),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else "warm" if value is running_warm else "from-nothing"
    ),
    indirect=["work"],
)
def test_ctrl_c_is_one_line(
    work: tuple[list[str], Ready], tmp_path: Path, request: pytest.FixtureRequest, start: Any
) -> None:
    """A terminal sends it to every process: the one that was started says what stopped, the others nothing."""
    code, errors = ended(*work[:1], tmp_path, work[1], number=signal.SIGINT, group=True, start=start)
    check(code, errors, INT_CODE, f"interrupted: {SAID[said_of(request)]}")


@pytest.mark.parametrize(
    ("work", "group"),
    [
        pytest.param(name, group, marks=() if (name, group) in QUICK else pytest.mark.slow)
        for name in (*SAID, "ray")
        for group in (False, True)
    ],
    ids=lambda value: value if isinstance(value, str) else "group" if value else "alone",
    indirect=["work"],
)
def test_sigterm_is_one_line(
    work: tuple[list[str], Ready], tmp_path: Path, request: pytest.FixtureRequest, *, group: bool
) -> None:
    """As `kill` sends it to one process, and a scheduler to all."""
    code, errors = ended(*work[:1], tmp_path, work[1], number=signal.SIGTERM, group=group, start=running_warm)
    check(code, errors, TERM_CODE, f"ended by SIGTERM: {SAID[said_of(request)]}")


STARTING = """
import os, threading, time
from fer_data.shell.interruption import deaf_to_interrupts, unwinding
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
with unwinding():
    with deaf_to_interrupts():
        os.kill(os.getpid(), {number})
        time.sleep(0.1)
        print("started", flush=True)
    print("went on", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_being_started_is_not_left_half_way(number: int) -> None:
    """It would print a traceback; another thread takes the signal that the one that starts it has blocked."""
    program = STARTING.format(number=int(number))
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, env=environment(), capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("started\n", 128 + number)


def said_of(request: pytest.FixtureRequest) -> str:
    """Return which work a test has."""
    name = str(request.node.callspec.params["work"])
    return "align" if name == "ray" else name


def check(code: int | None, errors: str, expected: int, said: str) -> None:
    """Hold exit code and error output against what is expected."""
    lines = [line for line in errors.splitlines() if not re.match(PROGRESS, line)]
    assert len(lines) == 1, errors
    assert re.fullmatch(said, lines[0])
    assert code == expected
