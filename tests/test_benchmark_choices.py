"""Benchmarks refuse what they are asked for wrongly before they render or measure anything."""

import importlib
from pathlib import Path

import pytest
import typer

from fer_data.errors import FerDataError

USAGE_ERROR = typer.BadParameter.__base__
"""Of typer's own copy of click."""

CASES = {
    "unknown-case": ("align", ["--json", "f.json", "--only", "retinaface"], "Expected one of: centerface; 10g-sized"),
    "no-scrfd-file": ("align", ["--json", "f.json", "--only", "scrfd"], "Expected one of: centerface; 10g-sized"),
    "no-rounds": ("align", ["--json", "f.json", "--rounds", "0"], "greater than or equal to"),
    "one-frame": ("align", ["--json", "f.json", "--shot-frames", "1"], "greater than or equal to"),
    "no-catalog": ("agreement", ["absent", "."], "'absent' does not exist"),
    "kept-in-a-full-folder": ("assignment", ["--keep", "."], "must be a new or an empty folder"),
    "no-reference": ("landmarks", ["."], "must name an SCRFD file"),
    "no-lines": ("check", ["--lines", "0"], "greater than or equal to"),
    "no-frames": ("scale", ["--frames", "0"], "greater than or equal to"),
    "no-video": ("gpu_align", ["--json", "f.json", "--video", "absent.mp4"], "'absent.mp4' does not exist"),
    "unknown-detector": ("gpu_align", ["--json", "f.json", "--case", "mtcnn,fp32,pyav"], "must be a detector"),
    "no-workers": ("gpu_align", ["--json", "f.json", "--workers", "0"], "greater than or equal to"),
    "nothing-to-repeat": ("gpu_pipeline", ["absent", "--json", "f.json", "--again"], "Run without --again first"),
    "unknown-way": ("train", ["absent", "--way", "int8"], "must be fp32 or bf16"),
    "unknown-device": ("train", ["absent", "--device", "tpu"], "must be cpu, or cuda"),
}  # fmt: skip


@pytest.mark.parametrize(("module", "arguments", "said"), CASES.values(), ids=CASES.keys())
def test_wrong_choices_are_refused_at_once(
    module: str, arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the value and what is expected; no figures are written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FER_DATA_SCRFD", raising=False)
    (tmp_path / "mine.txt").touch()
    command = typer.main.get_command(_app(module))

    with pytest.raises((FerDataError, USAGE_ERROR)) as refused:
        command.main(arguments, standalone_mode=False)

    error = refused.value
    assert said in str(error)
    assert not (tmp_path / "f.json").exists()


def _app(module: str) -> typer.Typer:
    app = typer.Typer()
    app.command()(importlib.import_module(f"benchmarks.{module}").main)
    return app
