"""`fer-data submit`, as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from submission_files import HEADER, KNOWN, catalog, predictions, sample, units
from typer.testing import CliRunner

from fer_data.commands.submit import submit

APP = typer.Typer()
APP.command()(submit)


def run(*arguments: object) -> tuple[int, str]:
    """Return the exit code and what was printed; an error of ours is its message."""
    result = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    return result.exit_code, result.output or str(result.exception)


def test_write_then_check_finds_nothing(tmp_path: Path) -> None:
    """A file we wrote passes our own check, in both styles."""
    table = predictions(tmp_path / "p.parquet", KNOWN)
    asked = sample(tmp_path / "sample.txt", ["a/00001.jpg", "b/00003.jpg"])
    code, text = run(table, "--output", tmp_path / "out.txt", "--sample", asked)
    assert (code, "2 rows: 0 predicted, 2 from" in text) == (0, True)
    assert run("--check", tmp_path / "out.txt", "--sample", asked)[0] == 0
    folder = catalog(tmp_path / "catalog", {"a": 3})
    assert run(table, "--output", tmp_path / "out", "--catalog", folder)[0] == 0
    assert run("--check", tmp_path / "out", "--catalog", folder)[0] == 0


@pytest.mark.parametrize("style", ["sample", "catalog"])
def test_a_subject_without_predictions_is_named_and_filled_on_demand_alone(
    tmp_path: Path, style: str
) -> None:
    """Without --fill each such subject is named with its frames, exit code 1, nothing written; with it, all is."""
    table, output = predictions(tmp_path / "p.parquet", KNOWN), tmp_path / "out"
    if style == "sample":
        asked = sample(
            tmp_path / "sample.txt", ["a/00001.jpg", *(f"{one}/0000{n}.jpg" for one in "cd" for n in (1, 2))]
        )
    else:
        asked = catalog(tmp_path / "catalog", {"a": 1, "c": 2, "d": 2})
    code, text = run(table, "--output", output, f"--{style}", asked)
    assert code == 1
    assert "c: none of its 2 frames is predicted." in text
    assert "2 of 3 subjects and 0 action units have no prediction: nothing is written" in text
    assert not output.exists()
    code, text = run(table, "--output", output, f"--{style}", asked, "--fill")
    assert code == 0
    assert "d: none of its 2 frames is predicted." in text
    assert "4 with the most frequent class" in text
    assert run("--check", output, f"--{style}", asked)[0] == 0


@pytest.mark.parametrize("style", ["sample", "catalog"])
def test_action_units_without_an_output_are_named(tmp_path: Path, style: str) -> None:
    """A model for two units answers twelve on demand alone; the ten are named."""
    table = units(tmp_path / "p.parquet")
    if style == "sample":
        (tmp_path / "s.txt").write_text("image_location,AU12,AU2,AU1\na/00001.jpg,\n", encoding="utf-8")
        asked = ["--sample", tmp_path / "s.txt"]
    else:
        folder = catalog(tmp_path / "catalog", {"a": 3}, task="action_units")
        asked = ["--catalog", folder, "--task", "action_units"]
    code, text = run(table, "--output", tmp_path / "out", *asked)
    assert (code, "no output for AU02" in text, (tmp_path / "out").exists()) == (1, True, False)
    assert "AU12" not in text
    code, text = run(table, "--output", tmp_path / "out", *asked, "--fill")
    assert (code, "answered absent in every row" in text) == (0, True)


def test_a_wrong_file_is_told_in_a_screenful(tmp_path: Path) -> None:
    """Ten faults of a rule are printed and the others counted."""
    asked = sample(tmp_path / "s.txt", [f"a/{number:05d}.jpg" for number in range(1, 31)])
    (tmp_path / "f.txt").write_text(HEADER + "\n" + "".join(f"a/{n:05d}.jpg,99\n" for n in range(1, 31)))
    code, text = run("--check", tmp_path / "f.txt", "--sample", asked)
    lines = text.splitlines()
    assert (code, len(lines)) == (1, 12)
    assert lines[10] == "label: 20 more; --json lists all."
    assert lines[11].endswith("f.txt: 30 faults.")


def test_faults_end_in_exit_code_1(tmp_path: Path) -> None:
    """Each fault is a line with file, line and rule; the last line counts them."""
    asked = sample(tmp_path / "sample.txt", ["a/00001.jpg", "b/00003.jpg"])
    (tmp_path / "f.txt").write_text("a/00001.jpg,12\n", encoding="utf-8")
    code, text = run("--check", tmp_path / "f.txt", "--sample", asked)
    assert code == 1
    assert "f.txt:1: label: Class 12 must be in [0, 7]." in text
    assert "sample.txt:3: missing-row: No answer for b/00003.jpg." in text
    assert text.splitlines()[-1].startswith(f"{tmp_path / 'f.txt'}: 3 faults.")


PREFIXED = [(f"b-{subject}", *rest) for subject, *rest in KNOWN]


@pytest.mark.parametrize("style", ["sample", "catalog"])
def test_a_prefix_leaves_no_trace_in_a_submission(tmp_path: Path, style: str) -> None:
    """A source whose ids have one answers the organisers' names with the same bytes as without, and passes `check`."""
    asked = {
        "sample": [sample(tmp_path / "sample.txt", ["a/00001.jpg", "b/00003.jpg"])] * 2,
        "catalog": [
            catalog(tmp_path / f"catalog{prefix}", {"a": 3, "b": 2}, prefix=prefix) for prefix in ("", "b-")
        ],
    }[style]
    tables = (
        predictions(tmp_path / "p.parquet", KNOWN),
        predictions(tmp_path / "prefixed.parquet", PREFIXED, {"lab": "b-"}),
    )
    written = []
    for table, given in zip(tables, asked, strict=True):
        output = tmp_path / f"out-{table.stem}"
        code, text = run(table, "--output", output, f"--{style}", given)
        assert code == 0, text
        assert run("--check", output, f"--{style}", given)[0] == 0
        files = sorted(output.glob("*.txt")) or [output]
        written.append([(file.name if style == "catalog" else "", file.read_bytes()) for file in files])
    assert written[0] == written[1]


def test_a_sample_file_of_several_sources_takes_the_catalog_of_one(tmp_path: Path) -> None:
    """The names of one source alone say whose it is; the same names in two need --catalog, of one source too."""
    table = predictions(tmp_path / "p.parquet", [*KNOWN, *((*row[:2], 6, *row[3:]) for row in PREFIXED)])
    both = predictions(
        tmp_path / "both.parquet",
        [*KNOWN, *((*row[:2], 6, *row[3:]) for row in PREFIXED), ("b-c", 0, 2, "model", 64)],
        {"first": "", "lab": "b-"},
    )
    for name, prefix in (("first", ""), ("lab", "b-")):
        catalog(tmp_path / "catalog" / name, {"a": 3}, prefix=prefix)
    own = sample(tmp_path / "own.txt", ["c/00001.jpg"])
    assert run(both, "--output", tmp_path / "own", "--sample", own)[0] == 0
    assert (tmp_path / "own").read_text(encoding="utf-8").endswith("\nc/00001.jpg,2\n")
    asked, given = sample(tmp_path / "sample.txt", ["a/00003.jpg"]), ["--sample", tmp_path / "sample.txt"]
    assert (
        "several sources: first, lab. Say whose it is with --catalog, such as data/catalog/first."
        in run(both, "--output", tmp_path / "out", "--sample", asked)[1]
    )
    for name, label in (("first", 3), ("lab", 6)):
        code, _ = run(both, "--output", tmp_path / name, *given, "--catalog", tmp_path / "catalog" / name)
        assert (code, (tmp_path / name).read_text(encoding="utf-8")[-2]) == (0, str(label))
    assert (
        "must be that of one source"
        in run(both, "--output", tmp_path / "out", "--catalog", tmp_path / "catalog")[1]
    )
    assert run(table, "--output", tmp_path / "bare", *given)[0] == 0


def test_wrong_usage_is_said(tmp_path: Path) -> None:
    """Neither style, no output, or nothing to check: one message each."""
    assert "Give either --sample" in run("p.parquet")[1]
    assert "are needed to write a submission" in run("--sample", "s.txt")[1]
    assert "must be an existing file" in run("--check", tmp_path, "--sample", "s.txt")[1]


def test_what_is_asked_for_is_read_before_the_predictions(tmp_path: Path) -> None:
    """A wrong catalog or sample is named first, not an option that only predictions need."""
    table = predictions(tmp_path / "p.parquet", [*KNOWN, ("a", 0, 1, "model", 32)])
    output = ("--output", tmp_path / "out")
    assert "--resolution" in run(table, *output, "--catalog", catalog(tmp_path / "catalog", {"a": 3}))[1]
    for kind in ("catalog", "sample"):
        assert f"--{kind} (" in run(table, *output, f"--{kind}", tmp_path / "none")[1]


def test_help_needs_nothing_heavy() -> None:
    """The module of the command imports neither pyarrow nor numpy."""
    code = "import sys, fer_data.commands.submit; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pyarrow", "numpy"} & set(loaded)
