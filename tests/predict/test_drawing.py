"""Annotated pictures: nothing covers a face, what is said stays where it is, and it is read at every size."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drawn_faces import CLASSES, Box, faces
from matplotlib.figure import Figure

from fer_data.core.arrays import Image
from fer_data.pictures.images import encode_png
from fer_data.predict.answers import Curves
from fer_data.predict.colours import GROUND, class_colours
from fer_data.predict.drawing import Scene, annotate
from fer_data.predict.sources import Source
from fer_data.predict.timeline import draw_timelines, pages_of

HOSTILE = ("Гнев", "怒り", "غضب", "x" * 100, "<b>", "a\x1b[2J", "")


def annotated(folder: Path, image: Image, boxes: list[Box], caution: str = "") -> Image:
    """Return the annotated picture of an image with faces."""
    path = folder / "a.png"
    path.write_bytes(encode_png(image))
    ((_, drawn, _),) = annotate(Source("a.png", path), faces([boxes]), caution=caution)
    return drawn


@pytest.mark.parametrize(("side", "factor"), [(48, 5), (96, 3), (199, 2), (240, 1), (500, 1)])
def test_the_panel_stands_beside_the_picture(tmp_path: Path, side: int, factor: int) -> None:
    """Small pictures are enlarged; what is not box or label keeps its pixels at every size."""
    image = np.full((side, side, 3), 200, np.uint8)
    drawn = annotated(tmp_path, image, [(side // 4, side // 4, side * 3 // 4, side * 3 // 4)])
    whole = side * factor
    assert whole <= drawn.shape[0] <= whole + 1
    assert drawn.shape[1] > whole
    inside = drawn[whole // 4 + 24 : whole * 3 // 4 - 24, whole // 4 + 24 : whole * 3 // 4 - 24]
    assert (inside == 200).all()
    assert (drawn[whole - 10 : whole, :whole] == 200).all()


@pytest.mark.parametrize(
    "size_wh", [(100, 300), (300, 100), (101, 99), (1, 5000), (1080, 1920), (3840, 2160)]
)
@pytest.mark.parametrize("count", [0, 1, 8])
def test_a_video_has_one_size_that_players_show(size_wh: tuple[int, int], count: int) -> None:
    """Of every form, with nobody, one and eight people: even, picture and panel apart, letters of 12 px at least."""
    width, height = size_wh
    side = max(1, min(size_wh) // 6)
    boxes = [
        (index * width // 9, height // 2, index * width // 9 + side, height // 2 + side)
        for index in range(count)
    ]
    scene = Scene(faces([boxes, [], boxes], others=True), size_wh, is_video=True, caution="c")
    image = np.full((height, width, 3), 90, np.uint8)
    shapes = {scene.draw(image, frame).shape for frame in range(3)}
    assert shapes == {(scene.canvas.size_wh[1], scene.canvas.size_wh[0], 3)}
    assert all(side % 2 == 0 and side <= 4096 for side in scene.canvas.size_wh)
    panel, (_, _, right, bottom) = scene.canvas.panel, scene.canvas.picture
    assert panel is not None
    assert panel.letters.em >= 12
    assert scene.canvas.panel_at in {(right, 0), (0, bottom)}
    assert right / bottom == pytest.approx(width / height, rel=0.01, abs=0.001)
    ends = scene.canvas.panel_at[0] + panel.size_wh[0], scene.canvas.panel_at[1] + panel.size_wh[1]
    assert all(end <= whole for end, whole in zip(ends, scene.canvas.size_wh, strict=True))
    wide, high = panel.block.size_wh
    taken = [(x, y, x + wide, y + high) for x, y in panel.corners]
    for index, one in enumerate(taken):
        assert one[2] <= panel.size_wh[0]
        assert one[3] <= panel.size_wh[1]
        assert all(
            one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            for other in taken[:index]
        )


def test_what_is_said_stays_where_it_is() -> None:
    """A person's bars have one place, order and scale: from frame to frame only lengths and numbers change."""
    boxes = [
        [(10, 60, 60, 120), (200, 60, 260, 120)],
        [(200, 60, 260, 120)],
        [(10, 60, 60, 120), (200, 60, 260, 120)],
    ]
    found = faces(boxes)
    found.person_id[:] = found.track_id[:] = [0, 1, 1, 0, 1]
    scene = Scene(found, (320, 240), is_video=True)
    panel, image = scene.canvas.panel, np.zeros((240, 320, 3), np.uint8)
    assert panel is not None
    assert len(panel.corners) == 2
    first, second, _ = (scene.draw(image, frame) for frame in range(3))
    x, y = scene.canvas.panel_at
    top, high = panel.corners[1][1], panel.block.size_wh[1]
    colour = class_colours(3)[2]
    bars = [(drawn[y + top : y + top + high, x:] == colour).all(axis=2) for drawn in (first, second)]
    assert all(one.any() for one in bars)
    assert len({tuple(np.flatnonzero(one.any(axis=1))) for one in bars}) == 1
    assert len({int(np.flatnonzero(one.any(axis=0))[0]) for one in bars}) == 1


def test_the_strip_shows_what_came_before_and_nothing_of_what_comes() -> None:
    """Left of the line of now is colour, right of it there is none."""
    box = [(10, 60, 60, 120)]
    scene = Scene(faces([box] * 11), (320, 240), is_video=True)
    assert scene.canvas.strip is not None
    left, top, right, bottom = scene.canvas.strip
    drawn = scene.draw(np.zeros((240, 320, 3), np.uint8), 5)[top:bottom, left:right]
    coloured = np.flatnonzero((np.ptp(drawn.astype(int), axis=2) > 20).any(axis=0))
    now = np.flatnonzero((drawn[2:8] == 255).all(axis=2).all(axis=0))
    assert len(coloured) > 100
    assert coloured.max() < now.max() < right - 100


@pytest.mark.parametrize("heads", ["values", "units", "all"])
def test_other_heads_are_drawn_beside_the_picture(heads: str) -> None:
    """A dot for valence and arousal, a column a unit; a model without a head has nothing of it."""
    box = [(10, 60, 60, 120)]
    found = faces([box] * 9, others=True)
    kept = {"values": ["valence_arousal"], "units": ["action_units"], "all": list(found.answers)}[heads]
    found = replace(found, answers={task: found.answers[task] for task in kept})
    scene = Scene(found, (320, 240), is_video=True)
    panel, image = scene.canvas.panel, np.zeros((240, 320, 3), np.uint8)
    assert panel is not None
    x, y = scene.canvas.panel_at
    one, other = (scene.draw(image, frame)[y : y + panel.size_wh[1], x:] for frame in (3, 8))
    assert (one != other).any()


def test_a_model_of_nothing_to_draw_leaves_the_picture() -> None:
    """Boxes with numbers alone."""
    scene = Scene(faces([[(10, 60, 60, 120)]], ()), (320, 240), is_video=True)
    assert scene.canvas.panel is None
    assert scene.draw(np.zeros((240, 320, 3), np.uint8), 0).shape == (240, 320, 3)


@pytest.mark.parametrize(
    "classes", [HOSTILE, tuple(f"class {index}" for index in range(40))], ids=["names", "forty"]
)
def test_names_of_classes_never_break_the_layout(classes: tuple[str, ...]) -> None:
    """Long ones are cut; of forty the likeliest have a bar, and the others one together."""
    box = [(10, 60, 60, 120)]
    scene = Scene(faces([box, box], classes), (320, 240), is_video=True)
    panel = scene.canvas.panel
    assert panel is not None
    assert panel.size_wh[0] < 320
    drawn = scene.draw(np.zeros((240, 320, 3), np.uint8), 1)
    assert (drawn[:, 320:] > 200).any()


def test_the_panel_counts_whom_it_does_not_show() -> None:
    """Of forty people on a small picture some have no place; no box is lost."""
    boxes = [(x, y, x + 20, y + 24) for y in range(10, 200, 50) for x in range(5, 300, 30)]
    scene = Scene(faces([boxes]), (320, 220), is_video=False)
    panel = scene.canvas.panel
    assert panel is not None
    assert panel.foot is not None
    assert 1 < len(panel.corners) < len(boxes)
    drawn = scene.draw(np.zeros((220, 320, 3), np.uint8), 0)
    factor = scene.canvas.picture[2] // 320
    assert all(drawn[y0 * factor : y1 * factor + 1, x0 * factor].any() for x0, y0, _, y1 in boxes)
    x, y = scene.canvas.panel_at
    left, top, right, bottom = panel.foot
    assert (drawn[y + top : y + bottom, x + left : x + right] > 128).any()


@pytest.mark.parametrize("width", [40, 400], ids=["narrower than the text", "wider"])
def test_a_caution_stands_below_the_picture(tmp_path: Path, width: int) -> None:
    """It covers nothing of it."""
    image = np.full((60, width, 3), 77, np.uint8)
    plain = annotated(tmp_path, image, [])
    drawn = annotated(tmp_path, image, [], "trained on rendered faces")
    np.testing.assert_array_equal(drawn[: len(plain) - 1], plain[:-1])
    assert drawn[len(plain) :].max() > 100


def test_a_frame_without_a_face_is_left_as_it_is() -> None:
    """Nothing is drawn on it, and the picture given is not touched."""
    image = np.full((240, 320, 3), 7, np.uint8)
    drawn = Scene(faces([[]]), (320, 240), is_video=False).draw(image, 0)
    np.testing.assert_array_equal(drawn[:240, :320], image)
    assert (image == 7).all()


def test_classes_are_told_apart_by_colour_blind_people() -> None:
    """By the simulation of Machado (2009) any two of eight differ by 13 in CIELAB; all are seen on our ground."""
    simulated = {
        "normal": np.eye(3),
        "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.052]],
        "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
        "tritanope": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
    }  # fmt: skip
    linear = np.array([_linear(colour) for colour in class_colours(8)])
    for eyes in simulated.values():
        seen = np.array([_lab(np.array(eyes) @ colour) for colour in linear])
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
        assert apart[~np.eye(8, dtype=bool)].min() > 13
    ground = np.array([0.2126, 0.7152, 0.0722]) @ _linear(GROUND)
    assert ((linear @ [0.2126, 0.7152, 0.0722] + 0.05) / (ground + 0.05)).min() > 3


def _linear(colour: tuple[int, int, int]) -> Any:
    """Return linear RGB. Source: IEC 61966-2-1."""
    value = np.array(colour) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(linear: Any) -> Any:
    """Return CIELAB for D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


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
