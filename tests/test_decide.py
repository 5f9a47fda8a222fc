"""Who is who is decided anew without decoding, by lines that a person wrote."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner
from video_corpora import Subject, align_corpus, align_params, people, scene, write_catalog, write_video

from fer_data.assignment.hand_lines import COLUMNS
from fer_data.commands.app import app
from fer_data.execution.store import Store
from fer_data.pictures.images import decode
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import FACE_ROWS, read_table

FRAMES = 12
HEADER = ",".join(COLUMNS) + "\n"
Align = Callable[..., dict[tuple[str, int], tuple[str, float]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Align:
    """Return `align` on a video of two people, which gives the state and the box's left edge of each row."""
    first, second, _ = people()
    draw = scene([(first, lambda i: (10 + i, 40)), (second, lambda i: (180 - i, 45))])
    write_video(tmp_path / "data" / "root" / "batch1" / "v.mp4", draw, FRAMES)
    subjects = {f"v_{side}": Subject("v", [0] * FRAMES, side=side) for side in ("left", "right")}
    write_catalog(tmp_path / "data" / "catalog", subjects, {"v": FRAMES})
    params = align_params()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_DATA_STORE", str(tmp_path / "store"))
    (tmp_path / "decisions.csv").write_text(HEADER, encoding="utf-8")

    def once(**quality: float) -> dict[tuple[str, int], tuple[str, float]]:
        gates = params.quality.model_copy(update=quality)
        align_corpus(Path("data"), Path(), params.model_copy(update={"quality": gates}))
        rows = read_table(Path("faces/rows.parquet"), FACE_ROWS).to_pylist()
        return {
            (row["subject_id"], row["frame_index"]): (row["state"], (row["box"] or [np.nan])[0])
            for row in rows
        }

    return once


def observed(store: Path) -> dict[str, int]:
    """Return the entries of what videos show, and when each was made."""
    found = [entry for entry in Store(store).entries() if entry.about.get("kind") == "observed"]
    return {e.key: (store / "entries" / e.key[:2] / e.key).stat().st_ctime_ns for e in found}


def sides(rows: dict[tuple[str, int], tuple[str, float]], subject: str) -> list[str]:
    """Return by frame on which half of the picture a subject's face lies, or the state of a row without one."""
    own = [found for (name, _), found in sorted(rows.items()) if name == subject]
    return [state if np.isnan(x) else "left" if x < 100 else "right" for state, x in own]


def test_a_decision_and_a_quality_rule_never_decode(run: Align, tmp_path: Path) -> None:
    """The video may be gone from the disk: what it shows lies in the store, once."""
    before = run()
    assert sides(before, "v_left") == ["left"] * FRAMES
    made = observed(tmp_path / "store")
    assert len(made) == 1
    video = tmp_path / "data/root/batch1/v.mp4"
    content = bytearray(video.read_bytes())
    content[200:] = bytes(len(content) - 200)
    status = video.stat()
    video.write_bytes(content)  # as long as before, and unreadable
    os.utime(video, ns=(status.st_atime_ns, status.st_mtime_ns))
    left, right = (before["v_left", 6][1], before["v_right", 6][1])
    (tmp_path / "decisions.csv").write_text(
        f"{HEADER}v,v_left,0,,6,{right + 20},80,face\nv,v_right,0,7,6,{left + 20},80,face\nv,v_right,8,,,,,exclude\n",
        encoding="utf-8",
    )
    after = run(min_eye_distance_px=0.0)
    assert sides(after, "v_left") == ["right"] * FRAMES
    assert sides(after, "v_right") == ["left"] * 8 + ["no_face"] * 4
    assert observed(tmp_path / "store") == made
    decisions = (tmp_path / "reports/decisions.csv").read_text(encoding="utf-8")
    assert "by hand (1 line(s) of decisions)" in decisions
    assert "by hand (2 line(s) of decisions)" in decisions


def test_the_command_shows_tracks_and_writes_the_line(run: Align, tmp_path: Path) -> None:
    """What it writes is what `align` then does."""
    params = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8"))
    params["sources"]["sample"] |= {"root": "data/root"}
    params["align"] |= {"size": 128}
    params["compute"] |= {"workers": 1}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    invoke = CliRunner().invoke
    missing = invoke(app, ["decide", "v"])
    assert "Run `dvc repro align` first" in str(missing.exception)
    run()
    shown = invoke(app, ["decide", "v"])
    assert shown.exit_code == 0, shown.output
    picture = decode((tmp_path / "tracks/v/tracks.jpg").read_bytes())
    assert picture.shape == (2 * 132, 8 * 112, 3)
    tracks = {
        line.split()[-1]: line.split()[0]
        for line in shown.output.splitlines()
        if line.split()[-1:] in (["v_left"], ["v_right"])
    }
    assert set(tracks) == {"v_left", "v_right"}
    done = invoke(app, ["decide", "v", "--subject", "v_left", "--track", tracks["v_right"]])
    assert done.exit_code == 0, done.output
    assert re.search(r"v_left is the face at \(\d+\.\d, \d+\.\d\) of frame \d+\.", done.output)
    assert sides(run(), "v_left") == ["right"] * FRAMES
    assert sides(run(), "v_right") == ["left"] * FRAMES
    before = file_sha256(tmp_path / "decisions.csv")
    for wrong, reason in (
        (
            ["--subject", "w", "--track", "0"],
            "--subject ('w') must be someone of v. Expected v_left or v_right.",
        ),
        (
            ["--subject", "v_right", "--track", "77"],
            f"--track (77) must be seen in the frames 0 to {FRAMES - 1};",
        ),
        (["--subject", "v_left", "--exclude"], "settled by"),
        (["--track", "1"], "--subject needs --track or --exclude"),
    ):
        assert reason in str(invoke(app, ["decide", "v", *wrong]).exception)
    assert file_sha256(tmp_path / "decisions.csv") == before
