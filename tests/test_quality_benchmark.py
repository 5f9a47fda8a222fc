"""The benchmark of the quality gates says what they take, of faces that it renders and of those in a folder."""

import json
from pathlib import Path

import cv2
import pytest
import typer
from typer.testing import CliRunner
from video_corpora import people

from benchmarks import quality


def test_a_folder_is_measured_under_every_condition(tmp_path: Path) -> None:
    """Each condition that the face has px for has its row; plain faces stay, blurred and dark ones are taken."""
    cv2.imwrite(str(tmp_path / "face.png"), cv2.copyMakeBorder(people()[0], *[60] * 4, cv2.BORDER_REPLICATE))
    (tmp_path / "torn.jpg").write_bytes(b"no picture")
    app = typer.Typer()
    app.command()(quality.main)
    result = CliRunner().invoke(
        app, [str(tmp_path), "--people", "1", "--json", str(tmp_path / "figures.json")]
    )
    assert result.exit_code == 0
    assert "left out: " in result.output
    found = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    for name in ("rendered", "real"):
        by_name = {row["condition"]: row for row in found[name]["conditions"]}
        assert (by_name["as it is"]["faces"], by_name["as it is"]["taken"]) == (1, 0)
        assert by_name["blur 0.1, eyes 20 px"]["gates"] == {"max_face_blur": 1}
    assert found["rendered"]["poor_caught_percent"] > 90
    assert found["limits"]["max_face_blur"] == pytest.approx(0.055)


def test_shares_count_faces_of_their_kind() -> None:
    """What lies between good and poor counts for neither; no faces give 0."""
    rows = [("good", 1), ("good", 0), ("poor", 4), ("between", 4)]
    counts = [{"kind": kind, "faces": 4, "taken": taken} for kind, taken in rows]
    assert quality.totals(counts) == {"good_lost_percent": 12.5, "poor_caught_percent": 100.0}
    assert quality.totals([]) == {"good_lost_percent": 0.0, "poor_caught_percent": 0.0}
