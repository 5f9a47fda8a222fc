"""Annotated pictures: nothing covers a face, small ones are enlarged, and all people are shown or counted."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from fer_data.core.arrays import Image
from fer_data.pictures.images import encode_png
from fer_data.predict.answers import Curves, answers_of
from fer_data.predict.drawing import annotate, draw_faces
from fer_data.predict.panel import Bars, above_text, beside, panel_width
from fer_data.predict.sources import Source
from fer_data.predict.timeline import draw_timelines, pages_of

CLASSES = ("Neutral", "Happiness", "Sadness")


def faces(boxes: list[tuple[int, int, int, int]]) -> Any:
    """Return faces of one picture, person 0, 1, ... in this order."""
    count = len(boxes)
    return SimpleNamespace(
        faces=SimpleNamespace(boxes=np.array(boxes, np.float32).reshape(-1, 4)),
        frame_index=np.zeros(count, np.int64),
        person_id=np.arange(count),
        answers={
            "expression": answers_of("expression", CLASSES, np.zeros((count, len(CLASSES)), np.float32), 1.0)
        },
        pts_seconds=np.zeros(1),
        decoded_frames=1,
    )


def annotated(folder: Path, image: Image, boxes: list[tuple[int, int, int, int]]) -> Image:
    """Return the annotated picture of an image with faces."""
    path = folder / "a.png"
    path.write_bytes(encode_png(image))
    ((_, drawn),) = annotate(Source("a.png", path), faces(boxes))
    return drawn


@pytest.mark.parametrize(("side", "factor"), [(48, 5), (96, 3), (199, 2), (240, 1), (500, 1)])
def test_the_panel_stands_beside_the_picture(tmp_path: Path, side: int, factor: int) -> None:
    """Small pictures are enlarged; what is not box or label keeps its pixels at every size."""
    image = np.full((side, side, 3), 200, np.uint8)
    drawn = annotated(tmp_path, image, [(side // 4, side // 4, side * 3 // 4, side * 3 // 4)])
    whole = side * factor
    assert drawn.shape[0] == whole
    assert drawn.shape[1] > whole
    inside = drawn[whole // 4 + 20 : whole * 3 // 4 - 20, whole // 4 + 20 : whole * 3 // 4 - 20]
    assert (inside == 200).all()
    assert (drawn[-10:, :whole] == 200).all()


def test_frames_with_and_without_a_face_have_one_size(tmp_path: Path) -> None:
    """A video has one."""
    image = np.full((120, 160, 3), 90, np.uint8)
    assert annotated(tmp_path, image, []).shape == annotated(tmp_path, image, [(20, 20, 60, 60)]).shape


def test_the_panel_counts_whom_it_does_not_show() -> None:
    """Two of five fit; without classes there is no panel."""
    image = np.zeros((240, 320, 3), np.uint8)
    bars = Bars(np.arange(5), np.full((5, 3), 0.3), np.arange(5.0))
    few = Bars(np.arange(2), np.full((2, 3), 0.3), np.arange(2.0))
    shown = beside(image, bars, CLASSES, scale=0.65)
    assert shown.shape == (240, 320 + panel_width(CLASSES, 0.65), 3)
    last = slice(240 - 16, 240)
    assert (shown[last, 320:] > 128).any()
    assert not (beside(image, few, CLASSES, scale=0.65)[last, 320:] > 128).any()
    assert beside(image, bars, (), scale=0.65) is image


@pytest.mark.parametrize("width", [40, 400], ids=["narrower than the text", "wider"])
def test_a_caution_stands_below_the_picture(width: int) -> None:
    """It covers nothing of it, panel included."""
    image = np.full((60, width, 3), 77, np.uint8)
    drawn = above_text(image, "trained on rendered faces", 0.65)
    assert drawn.shape[1] == width
    np.testing.assert_array_equal(drawn[:60], image)
    assert drawn[60:].max() > 100
    assert above_text(image, "", 0.65) is image


def test_labels_become_smaller_and_shorter_before_they_are_left_out() -> None:
    """Forty faces on a small picture are drawn, and no box is lost."""
    boxes = np.array(
        [[x, y, x + 20, y + 24] for y in range(10, 200, 50) for x in range(5, 300, 30)], np.float32
    )
    drawn = draw_faces(
        np.zeros((220, 320, 3), np.uint8),
        boxes,
        np.full((len(boxes), 3), 0.3),
        CLASSES,
        people=np.arange(len(boxes)),
    )
    assert all(drawn[int(y0) : int(y1) + 1, int(x0)].any() for x0, y0, _, y1 in boxes)


def people(counts: list[int]) -> Any:
    """Return a source in which person n is seen in the first counts[n] frames."""
    frames = [frame for count in counts for frame in range(count)]
    return SimpleNamespace(
        name="a.mp4",
        person_id=np.repeat(np.arange(len(counts)), counts),
        frame_index=np.array(frames, np.int64),
        pts_seconds=np.arange(max(counts, default=1)) / 25,
    )


def test_a_timeline_shows_every_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight people take two pages, the longest in view first, each page saying whom it shows."""
    found = people([3, 9, 2, 4, 5, 6, 7, 8])
    assert pages_of(found) == [[1, 7, 6, 5, 4, 3], [0, 2]]
    titles: list[str] = []
    monkeypatch.setattr(Figure, "suptitle", lambda _, text, **__: titles.append(text))
    curves = Curves("title", "y", (0, 1), CLASSES, np.full((len(found.person_id), 3), 0.3))
    draw_timelines(found, curves, tmp_path / "a.mp4.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4.2.png", "a.mp4.png"]
    assert titles[0].endswith("1 to 6 of 8 people, longest in view first")
    assert titles[1].endswith("7 to 8 of 8 people, longest in view first")


def test_a_timeline_says_how_many_people_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages end; the last one says so."""
    monkeypatch.setattr("fer_data.predict.timeline._PAGES", 1)
    titles: list[str] = []
    monkeypatch.setattr(Figure, "suptitle", lambda _, text, **__: titles.append(text))
    found = people([2] * 8)
    draw_timelines(found, Curves("t", "y", (0, 1), CLASSES, np.full((16, 3), 0.3)), tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert titles[0].endswith("; 2 more are left out: predictions.csv has them")


def test_a_source_without_a_face_has_a_timeline_too(tmp_path: Path) -> None:
    """It says that there was none."""
    draw_timelines(people([]), Curves("t", "y", (0, 1), CLASSES, np.zeros((0, 3))), tmp_path / "a.png")
    assert (tmp_path / "a.png").is_file()
