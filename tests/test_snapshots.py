"""What a user sees, as it looks in a terminal of 80 columns: the help of everything, and the tables.

`make snapshots` writes the files anew.
"""

import dataclasses
import importlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from corpus_trees import AU8, SEVEN, VA, write_text, write_video
from support.snapshots import FOLDER, hold
from typer.main import get_command
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.decide import ShownTrack, VideoTracks
from fer_data.doctor import PACKAGES, Check, examine
from fer_data.params.profiles import merged

ROOT = Path(__file__).parents[1]
TERMINAL = {"COLUMNS": "80", "TERMINAL_WIDTH": "80", "TERM": "dumb", "FORCE_COLOR": None, "LINES": "25"}
STAGES = sorted(path.stem for path in (ROOT / "stages").glob("[a-z]*.py"))
MACHINE = {"python", "memory", "disk", *PACKAGES, "libGL", "cuda", "bf16"}
TABLES = {
    "check", "check-all", "check-params", "decide", "doctor", "params",
    "stats-corpus", "stats-published", "stats-tasks",
}  # fmt: skip


def commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, groups first, and of none."""
    yield ()
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined]
        yield (name,)
        yield from ((name, under) for under in sorted(getattr(command, "commands", {})))


COMMANDS = list(commands())


def seen(
    words: list[str], code: int = 0, program: typer.Typer = app, name: str = "fer-data", **options: Any
) -> str:
    """Return what a command prints below the line that a user typed."""
    done = CliRunner().invoke(program, words, env=TERMINAL, prog_name=name, **options)
    assert done.exit_code == code, (done.output, done.exception)
    return f"$ {' '.join([name, *words])}\n{done.output}"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder: one with the demo's params.yaml and the weights that it names."""
    for name in ("params.yaml", "decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "sample").mkdir()
    shutil.copy(ROOT / "sample/rendered-faces.safetensors", tmp_path / "sample")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def corpus(clone: Path) -> Path:
    """Return a corpus of two videos with labels of every task, some wrong, and a file that nothing reads."""
    root = clone / "corpus"
    write_video(root / "batch1/a.mp4", 4)
    write_video(root / "batch1/b.mp4", 4)
    texts: Mapping[str, tuple[str, list[object]]] = {
        "EXPR_Set/Train_Set/a": (SEVEN, [0, 0, 3, -1]),
        "EXPR_Set/Validation_Set/b": (SEVEN, [6, 6, 6, 1]),
        "VA_Set/Train_Set/a": (VA, ["0.5,0.5", "-0.5,0.1", "0,0.3", "-5,-5"]),
        "VA_Set/Validation_Set/b": (VA, ["-0.2,-0.4", "0.2,-0.4", "0.2,-0.4", "0.2,-0.4"]),
        "AU_Set/Train_Set/a": (AU8, ["1,0,0,0,1,0,0,0", *["0,0,0,0,0,0,0,0"] * 2, ",".join(["-1"] * 8)]),
        "AU_Set/Validation_Set/b": (AU8, [*["1,0,0,0,0,0,0,0"] * 2, *["0,0,0,0,0,0,0,0"] * 2]),
    }
    for name, (header, lines) in texts.items():
        write_text(root / "annotations" / f"{name}.txt", header, lines)
    (root / "[notes].bin").write_bytes(b"")
    return root


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: "-".join(words) or "fer-data")
def test_help_of_a_command(words: tuple[str, ...]) -> None:
    """What it does, its arguments, options, bounds and defaults."""
    hold("-".join(("help", *words)), seen([*words, "--help"]))


@pytest.mark.parametrize("stage", STAGES)
def test_help_of_a_stage(stage: str) -> None:
    """Paths and options as dvc.yaml gives them."""
    program = typer.Typer(add_completion=False, rich_markup_mode=None)
    program.command()(importlib.import_module(f"stages.{stage}").main)
    hold(f"stage-{stage}", seen(["--help"], program=program, name=f"python -m stages.{stage}"))


def test_stats_of_a_published_dataset(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes with copies beside the frames, both imbalance ratios, and what the numbers mean."""
    monkeypatch.chdir(published.parent)
    hold("stats-published", seen(["stats", published.name]))


def test_stats_of_a_corpus(corpus: Path) -> None:
    """Frames of every class as the label files have them."""
    hold("stats-corpus", seen(["stats", corpus.name]))


def test_stats_of_every_task(corpus: Path) -> None:
    """Classes, quadrants and values of valence and arousal, and action units."""
    hold("stats-tasks", seen(["stats", corpus.name, "--task", "multi_task"]))


def test_check_of_a_corpus(corpus: Path) -> None:
    """What is there, and a line a rule of what was found."""
    hold("check", seen(["check", corpus.name]))


def test_check_of_a_corpus_with_errors(corpus: Path) -> None:
    """Each finding with file and line; exit code 1."""
    write_text(corpus / "annotations/EXPR_Set/Train_Set/c.txt", SEVEN, [0, "x"])
    hold("check-all", seen(["check", corpus.name, "--all"], code=1))


def test_check_of_params(clone: Path) -> None:
    """What a params file asks for and this machine lacks."""
    text = (clone / "params.yaml").read_text(encoding="utf-8")
    (clone / "mine.yaml").write_text(
        text.replace("weights: sample/rendered-faces.safetensors", "weights: nowhere")
    )
    hold("check-params", seen(["check", "--params", "mine.yaml"], code=1))


def test_doctor(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for everything that is looked at, whatever this machine has."""

    def examined(path: Path) -> list[Check]:
        return [
            dataclasses.replace(check, status="ok", detail="of this machine")
            if check.subject in MACHINE
            else check
            for check in examine(path)
        ]

    monkeypatch.setattr("fer_data.doctor.examine", examined)
    hold("doctor", seen(["doctor"]))


def test_params_that_differ(clone: Path) -> None:
    """Of the table of all values the lines that differ from the demo's; how many there are is left out."""
    (clone / "params.yaml").write_text(merged("ci", folder=ROOT / "profiles").text, encoding="utf-8")
    lines = seen(["params"]).splitlines()
    column = lines[2].index("the demo's")
    shown = [*lines[:4], *(line for line in lines[4:-2] if len(line) > column)]
    hold("params", "\n".join(shown))


def test_decide(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tracks of a video, who they are taken for, and how to settle it."""
    tracks = (
        ShownTrack(0, "A", 0, 1499, 1500, (412, 310), 148, ("102_left",)),
        ShownTrack(3, "B", 20, 1380, 1204, (1010, 322), 160, ("102_right",)),
        ShownTrack(12, "C", 700, 741, 40, (760, 200), 61, ()),
    )
    faces: Any = np.zeros(0)
    shown = VideoTracks("102", ("102_left", "102_right"), tracks, faces, b"")
    monkeypatch.setattr("fer_data.decide.show_tracks", lambda *_arguments, **_options: shown)
    hold("decide", seen(["decide", "102"]))


def test_every_snapshot_is_of_something() -> None:
    """No file stays of a command that is gone."""
    known = {"-".join(("help", *words)) for words in COMMANDS} | {f"stage-{stage}" for stage in STAGES}
    assert {path.stem for path in FOLDER.iterdir()} == known | TABLES
