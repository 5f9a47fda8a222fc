"""The gallery of a folder: what it shows, how it is filtered, and that names and pictures do no harm."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import NARROW, WIDE, opened_page, serious_faults
from drawn_faces import CLASSES, UNITS, faces
from playwright.sync_api import Browser, Page, expect

from fer_data.core.labels.tasks import DIMENSIONS
from fer_data.predict.drawer import Drawer
from fer_data.predict.drawing import Drawn
from fer_data.predict.gallery import MAX_SOURCES, MAX_STILLS, Gallery, evenly_spaced, still_frame
from fer_data.predict.gallery_page import FACES_PAGE, PAGE, gallery_page

HOSTILE = (
    '<img src=x onerror="alert(1)">.jpg',
    "</script><script>alert(2)</script>.mp4",
    "a%2F#?&\u202e\u2028'.png",
)
BOX = (10, 10, 60, 60)


def model(classes: tuple[str, ...] = CLASSES) -> Any:
    """Return what a page asks of a model."""
    outputs = {"expression": classes, "valence_arousal": DIMENSIONS, "action_units": UNITS}
    return SimpleNamespace(
        classes=classes,
        units=UNITS,
        tasks=tuple(outputs),
        outputs_of=outputs.get,
        trained_on="x",
        note="careful",
    )


def gallery(names: tuple[str, ...], *, people: int = 1, frames: int = 4, with_stills: bool = True) -> Gallery:
    """Return a gallery of sources with these names; each has another answer."""
    made = Gallery(len(names), with_stills=with_stills)
    still = np.full((90, 160, 3), 120, np.uint8)
    for position, name in enumerate(names):
        found = replace(faces([[BOX] * people] * frames, others=True, seed=position), name=name)
        drawn = Drawn(1, (160, 90), still if made.wants_still(position) else None)
        drawings = [f"annotated/{name}.mp4", f"timelines/{name}.png"]
        made.add(position, found, drawn, drawings=drawings, is_video=name.endswith(".mp4"))
    return made


def write(
    folder: Path, made: Gallery, *, faces: bool = True, reasons: tuple[str, ...] = ("Pass nothing on.",)
) -> Path:
    """Return the file of a page."""
    text = gallery_page(made, model(), title="<b>in</b>", reasons=reasons, faces=faces, smoothing_frames=0)
    path = folder / f"gallery-{faces}.html"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """Return a page with and one without faces, of 60 sources, some with hostile names and one damaged."""
    folder = tmp_path_factory.mktemp("gallery")
    made = gallery((*HOSTILE, *(f"clip {index}.mp4" for index in range(56)), "z.png"), people=3)
    empty = replace(
        faces([[]]), name="broken.mp4", decoded_frames=0, error="broken.mp4: it is <i>no</i> video."
    )
    made.count += 1
    made.add(60, empty, None, drawings=[], is_video=True)
    return {shown: write(folder, made, faces=shown) for shown in (True, False)}


@pytest.mark.parametrize(("shown", "width", "scheme"), [(True, WIDE, "light"), (False, NARROW, "dark")])
def test_a_gallery_has_no_serious_fault(
    browser: Browser, pages: dict[bool, Path], shown: bool, width: int, scheme: Any
) -> None:
    """It loads without errors, requests or scripts of names, fits the screen, and axe-core finds nothing serious."""
    with opened_page(browser, pages[shown], width=width, scheme=scheme) as page:
        expect(page.locator("#cards > li")).to_have_count(48)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.get_by_role("searchbox", name="Name").fill("r")  # axe looks at everything, so at few cards
        expect(page.locator("#cards > li")).to_have_count(3)
        assert serious_faults(page) == []


def test_a_gallery_is_filtered_sorted_and_walked_through(browser: Browser, pages: dict[bool, Path]) -> None:
    """By name, kind, class and confidence; a page at a time; arrows go from card to card."""
    with opened_page(browser, pages[True]) as page:
        cards = page.locator("#cards > li")
        page.get_by_role("button", name="Next").click()
        expect(cards).to_have_count(61 - 48)
        page.get_by_role("combobox", name="On a page", exact=True).select_option("all")
        expect(cards).to_have_count(61)
        _check_filters(page)
        page.get_by_role("combobox", name="Order", exact=True).select_option("confidence, lowest first")
        confidences = [
            int(text.split()[-2]) for text in cards.locator("caption").all_text_contents()[::3][:9]
        ]
        assert confidences == sorted(confidences)
        page.get_by_role("combobox", name="Order", exact=True).select_option("name")
        page.get_by_role("searchbox", name="Name").fill("clip")
        cards.first.focus()
        page.keyboard.press("ArrowRight")
        expect(cards.nth(1)).to_be_focused()
        assert cards.nth(1).locator("a.open").get_attribute("href") == "annotated/clip%201.mp4.mp4"


def _check_filters(page: Page) -> None:
    """Hold each filter against what the page counts."""
    cards, status = page.locator("#cards > li"), page.locator("#count")
    page.get_by_role("combobox", name="Kind", exact=True).select_option("pictures")
    expect(cards).to_have_count(3)
    page.get_by_role("combobox", name="Kind", exact=True).select_option("not read whole")
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("it is <i>no</i> video")
    page.get_by_role("combobox", name="Kind", exact=True).select_option("all")
    page.get_by_role("combobox", name="Class", exact=True).select_option("Sadness")
    some = cards.count()
    assert 0 < some < 60
    expect(status).to_have_text(f"{some} of 61 entries")
    page.get_by_label("Confidence from (%)").fill("99")
    assert cards.count() < some
    page.get_by_label("Confidence from (%)").fill("0")
    page.get_by_role("combobox", name="Class", exact=True).select_option("all")
    page.get_by_role("searchbox", name="Name").fill("onerror")
    expect(cards).to_have_count(1)
    expect(cards.get_by_role("heading")).to_have_text(HOSTILE[0])
    page.get_by_role("searchbox", name="Name").fill("")


def test_a_page_without_faces_has_no_picture(pages: dict[bool, Path]) -> None:
    """A sketch says where faces are; the page with faces says so on every screen, with the licence."""
    without, shown = (pages[which].read_text(encoding="utf-8") for which in (False, True))
    assert "webp" in shown.split('id="gallery"')[0] or '"still":"' in shown
    assert '"still":"' not in without
    assert '"still":null' in without
    assert "Contains faces." in shown
    assert "Contains faces." not in without
    assert "Pass nothing on." in without


def test_a_gallery_stays_small_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    """Of more sources than a page holds it has some, evenly spaced; pictures of fewer."""
    count = 3 * MAX_SOURCES
    made = gallery(("n" * 200 + ".mp4",), people=6, frames=60)
    made.count, entry = count, made.entries[0]
    made.entries = {at: entry for at in range(count) if evenly_spaced(at, count, MAX_SOURCES)}
    made.stills = {at: "A" * 15_000 for at in range(count) if made.wants_still(at)}
    assert (len(made.entries), len(made.stills)) == (MAX_SOURCES, MAX_STILLS)
    path = write(tmp_path, made)
    assert path.stat().st_size < 15_000_000
    text = path.read_text(encoding="utf-8")
    assert f"Shown are {len(made.shown()):,} of {count:,}, evenly spaced" in text
    assert np.diff(made.shown()).max() < 10


def test_no_more_pictures_are_kept_than_there_is_room_for() -> None:
    """Whatever they show; sources without one stay."""
    made, noise = (
        Gallery(3, with_stills=True, left=5000),
        np.random.default_rng(0).integers(0, 255, (90, 160, 3)),
    )
    for position in range(3):
        drawn = Drawn(0, (160, 90), noise.astype(np.uint8))
        made.add(position, faces([[BOX]]), drawn, drawings=[], is_video=False)
    assert (len(made.entries), len(made.stills)) == (3, 0)


def test_the_still_shows_most_faces_and_the_largest() -> None:
    """Of frames with as many faces the one with larger ones; of none the middle."""
    small, large = (0, 0, 10, 10), (0, 0, 90, 90)
    assert still_frame(faces([[small], [small, small], [small, large], [large]])) == 2
    assert still_frame(faces([[], [], []])) == 1
    assert still_frame(replace(faces([[]]), decoded_frames=0)) is None


@pytest.mark.parametrize(
    ("frames", "shown"), [(4, True), (3, False)], ids=["rendered", "longer than rendered"]
)
def test_rendered_faces_are_shown_at_once_and_others_when_asked(
    tmp_path: Path, frames: int, shown: bool
) -> None:
    """By the renderer's truth beside them; pages about others are for nobody else to read."""
    (tmp_path / "in/batch").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    pq.write_table(
        pa.table({"video_id": ["a"] * frames, "frame_index": range(frames)}), tmp_path / "in/truth.parquet"
    )
    licence = {"kind": "open", "reasons": [], "parts": []}
    answered = SimpleNamespace(**vars(model()), description={"licence": licence, "data": {"rendered": True}})
    found = replace(faces([[BOX]] * 4), name="a.mp4")
    drawer = Drawer(tmp_path / "out", answered, {}, 0, gallery(("a.mp4",)))
    assert drawer.write_gallery(tmp_path / "in/batch", [found], faces=True) == [PAGE, FACES_PAGE]
    first, second = tmp_path / "out" / PAGE, tmp_path / "out" / FACES_PAGE
    assert ('"still":null' not in first.read_text(encoding="utf-8")) == shown
    assert '"still":null' not in second.read_text(encoding="utf-8")
    modes = {path.stat().st_mode & 0o077 for path in (first, second)}
    assert (modes == {0}) == (not shown)
