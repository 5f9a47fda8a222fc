"""Who is who: commands that can be typed as they are, and pictures of people where a page may show faces, alone."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from planted_videos import write_decided, write_planted

from fer_data.errors import DatasetError
from fer_data.pictures.images import encode_jpeg
from fer_data.video_jobs.decisions import Decision
from fer_data.view import opened
from fer_data.view.faces import Faces
from fer_data.view.section import Section
from fer_data.view.sections.people import people


def section(*paths: Path, params: Path | None = None) -> Section:
    """Return the section of what lies at some paths."""
    with opened(list(paths), params) as material:
        found = people(material)
    assert found is not None
    return found


def doubtful(video: str, margin: float = 0.1) -> Decision:
    """Return a decision that a person should look at."""
    return Decision(video, video, "only", (0,), margin, "largest face", doubtful=True, doubts="margin is low")


@pytest.mark.parametrize("video", ["102", "two words", "-v", "it's", "a;rm -r b", "<b>&amp;"])
def test_a_name_is_typed_as_one_word(tmp_path: Path, video: str) -> None:
    """A shell reads the video out of the command, whatever its name; one that looks like an option is none."""
    body = section(write_decided(tmp_path, [doubtful(video)])).body
    line = body.split("<code>")[2].split("</code>")[0]
    words = shlex.split(body.__class__(line).unescape())
    options = ["--subject", video, "--track", "NUMBER"]
    expected = [*options, "--", video] if video.startswith("-") else [video, *options]
    assert words == ["fer-data", "decide", *expected]


def test_a_name_that_cannot_be_shown_has_no_command(tmp_path: Path) -> None:
    """A command with its codes would name another video."""
    body = section(write_decided(tmp_path, [doubtful("a\x1b[2J")])).body
    assert "fer-data decide" not in body
    assert "holds characters that no page can show" in body


def test_other_params_stand_in_the_command(tmp_path: Path) -> None:
    """What was read with a params file is settled with it."""
    report = write_decided(tmp_path, [doubtful("a")])
    assert "fer-data decide a --params mine.yaml" in section(report, params=Path("mine.yaml")).body
    assert "--params" not in section(report, params=Path("params.yaml")).body


def test_only_so_many_stand_by_themselves(tmp_path: Path) -> None:
    """The least sure do; the rest is counted, and all are in the list."""
    report = write_decided(tmp_path, [doubtful(f"v{index:02d}", index / 200) for index in range(30)])
    body = section(report).body
    assert body.count("<article") == 24
    assert "6 more are doubtful" in body
    assert body.index("v00 in video") < body.index("v23 in video")


def test_pictures_of_tracks_need_a_page_with_faces(tmp_path: Path) -> None:
    """The picture of a doubtful video stands there once, on a page that may show faces, and nowhere else."""
    faces, _ = write_planted(tmp_path)
    report = tmp_path / "reports/assignment/made"
    write_decided(report, [doubtful("lost"), doubtful("lost"), doubtful("calm", 0.15)])
    (report / "lost.jpg").write_bytes(encode_jpeg(np.zeros((60, 90, 3), np.uint8), 90))
    found = section(faces)
    assert "<img" not in found.body
    assert found.with_faces is not None
    assert found.with_faces(Faces()).count("<img") == 1
    (report / "lost.jpg").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"lost\.jpg cannot be read: .*Run `dvc repro align`"):
        section(faces).with_faces(Faces())  # type: ignore[misc]


@pytest.mark.parametrize(
    ("old", "new"), [("margin", "margins"), (",0.1,", ",much,"), ("video_id", "video")], ids=["a", "b", "c"]
)
def test_a_damaged_report_is_one_line(tmp_path: Path, old: str, new: str) -> None:
    """The file and what to do are named."""
    report = write_decided(tmp_path, [doubtful("a")])
    text = (report / "decisions.csv").read_text(encoding="utf-8")
    (report / "decisions.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"decisions\.csv cannot be read: .*Run `dvc repro align`"):
        section(report)
