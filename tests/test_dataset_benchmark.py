"""The benchmark of published datasets measures writing, opening and reading, beside what each is held against."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import dataset


@pytest.mark.slow
def test_every_part_is_measured(published: Path, tmp_path: Path) -> None:
    """Every case has its figures, and the ratio to what it stands beside, which has 1."""
    app = typer.Typer()
    app.command()(dataset.main)
    result = CliRunner().invoke(
        app, [str(published), "--rounds", "1", "--json", str(tmp_path / "figures.json")]
    )
    assert result.exit_code == 0, result.output
    found = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    for part in ("writing", "opening", "reading"):
        for one in found[part].values():
            assert found[part][one["against"]]["ratio"] == 1
            assert one["seconds"] > 0
    assert len(found["reading"]) == 1 + 2 * 2 * 5
