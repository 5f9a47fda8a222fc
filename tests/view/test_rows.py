"""Contact sheets: which rows, their pictures where those may be, and the dialog of one."""

import json
import re
import shutil
from base64 import b64encode
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from browser import NARROW, WIDE, opened_page, serious_faults
from playwright.sync_api import Browser, Page, expect
from published_with import publish, restricted

from fer_data.params.document import load_params
from fer_data.publish import PublishInputs
from fer_data.published.shards import open_shards, split_batches
from fer_data.view import Faces, Material, built, opened, view_page
from fer_data.view.predictions import Answers
from fer_data.view.rows.listing import listed
from fer_data.view.rows.tables import AnsweredPart

PARAMS = Path(__file__).parents[2] / "params.yaml"
PICTURES = (b"RIFF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM")
"""What encoded pictures begin with."""

LINES = "(all) => all.map((one) => new Set([...one.children].map((tile) => tile.offsetTop)).size)"
"""How many lines of tiles each sheet has."""


def data_of(page: str) -> dict[str, object]:
    """Return what the script reads of the rows."""
    found = re.search(r'id="rows-data">(.*?)</script>', page)
    assert found is not None
    read: dict[str, object] = json.loads(found[1])
    return read


def starts(encoded: bytes) -> str:
    """Return what base64 of these bytes begins with, whatever follows."""
    return b64encode(encoded).decode().rstrip("=")[: len(encoded) * 8 // 6]


@pytest.fixture(scope="module")
def shut(publish_inputs: PublishInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset of 32 px, with augmented copies, that no licence opens."""
    output = tmp_path_factory.mktemp("restricted") / "32"
    publish(publish_inputs, output, resolution=32, params=restricted(load_params(PARAMS)))
    return output


@pytest.fixture(scope="module")
def pages(shut: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the page of a restricted dataset without faces, and the one with them."""
    folder = tmp_path_factory.mktemp("rows")
    without, with_faces = folder / "view.html", folder / "view-contains-faces.html"
    with opened([shut]) as material:
        assert material.reasons
        sections = built(material)
        without.write_text(view_page(material, sections), encoding="utf-8")
        with_faces.write_text(view_page(material, sections, faces=Faces()), encoding="utf-8")
    return without, with_faces


def test_the_page_of_restricted_data_holds_no_picture(shut: Path, pages: tuple[Path, Path]) -> None:
    """Not one picture's bytes are in it, as stored, in base64, or as this page writes them; the other has them."""
    without, with_faces = (one.read_bytes() for one in pages)
    text = without.decode()
    assert not re.search(r"data:image/[a-z]+;base64,[A-Za-z0-9+/]", text)
    assert not re.search(
        r'"(?:' + "|".join(re.escape(starts(one)) for one in PICTURES) + r")[A-Za-z0-9+/]{40}", text
    )
    assert 'id="rows-pictures' not in text
    shards = open_shards(shut)
    for split in shards.splits:
        for _, batch, _ in split_batches(shards, split):
            for encoded in batch["image"].field("bytes").to_pylist():
                assert encoded[20:60] not in without
                assert b64encode(encoded[21:60]).decode() not in text
    assert b'"UklGR' in with_faces


def test_all_rows_of_a_small_dataset_are_there(shut: Path, pages: tuple[Path, Path]) -> None:
    """Each row is there once, originals and copies, with its class and split."""
    data = data_of(pages[0].read_text())
    rows = {}
    shards = open_shards(shut)
    for split in shards.splits:
        for _, batch, _ in split_batches(shards, split):
            for row_id, label in zip(
                batch["row_id"].to_pylist(), batch["expression"].to_pylist(), strict=True
            ):
                rows[row_id] = (split, shards.classes[label] if label >= 0 else None)
    names, codes = data["names"], data["codes"]
    assert isinstance(names, dict)
    assert isinstance(codes, dict)
    found = {
        row_id: (
            names["split"][codes["split"][index]],
            None if codes["expression"][index] < 0 else names["expression"][codes["expression"][index]],
        )
        for index, row_id in enumerate(data["columns"]["row_id"])  # type: ignore[index]
    }
    assert found == rows


def test_faces_show_rows_that_were_left_out(faces: Path, published: Path) -> None:
    """Beside the published rows stand those that only the faces have a crop of: the blurred one, say."""
    with opened([published, faces]) as material:
        data = data_of(view_page(material))
    states = data["names"]["state"]  # type: ignore[index]
    assert "low_quality" in states
    ids = data["columns"]["row_id"]  # type: ignore[index]
    assert len(set(ids)) == len(ids)


def test_a_row_without_a_crop_is_shown_where_a_section_links_to_it(faces: Path) -> None:
    """It says why there is no picture."""
    with opened([faces]) as material:
        material.linked["v/00007"] = None
        page = view_page(material, faces=Faces())
    data = data_of(page)
    index = data["columns"]["row_id"].index("v/00007")  # type: ignore[index]
    assert data["faults"][index] == "no crop"  # type: ignore[index]


def test_damaged_and_missing_pictures_are_named(faces: Path, tmp_path: Path) -> None:
    """A row whose picture was altered, or whose file is gone, says so; the others are shown."""
    folder = tmp_path / "faces"
    shutil.copytree(faces, folder)
    (folder / "a.arrow").unlink()
    path = folder / "b.arrow"
    content = bytearray(path.read_bytes())
    content[content.index(b"\xff\xd8") + 400] ^= 255
    path.write_bytes(content)
    with opened([folder]) as material:
        data = data_of(view_page(material, faces=Faces()))
    faults = dict(zip(data["columns"]["row_id"], data["faults"], strict=True))  # type: ignore[index, call-overload]
    assert faults["a/00001"] == "a.arrow is missing"
    assert faults["b/00001"] == "altered or damaged in b.arrow"
    assert faults["b/00002"] == faults["v/00001"] == ""


def tiles(page: Page) -> list[str]:
    """Return what a screen reader says of each tile."""
    return [one.get_attribute("aria-label") or "" for one in page.locator("button.tile").all()]


def test_the_page_with_faces_has_no_serious_fault(browser: Browser, pages: tuple[Path, Path]) -> None:
    """Sheets and dialog fit the screen, say the licence, and axe-core finds nothing serious.

    A sheet of several has one line of tiles on a desk and two on a telephone. The other sections are those of a
    page without faces, at which `test_page.py` looks in both themes and widths.
    """
    # Each width has an opening of its own: how many tiles a sheet has is settled when it is drawn.
    for width, lines in ((NARROW, 2), (WIDE, 1)):
        with opened_page(browser, pages[1], width=width, scheme="dark", at="#rows") as page:
            expect(page.locator("button.tile img[src]").first).to_be_visible()
            assert max(page.locator("ul.sheet").evaluate_all(LINES)) == lines
            assert serious_faults(page, within=["header", "[role=note]", "#rows"]) == []
            page.locator("button.tile").first.click()
            dialog = page.get_by_role("dialog")
            expect(dialog.get_by_role("note")).to_contain_text("Contains faces.")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(page, within=["dialog"]) == []


def test_an_address_opens_one_sheet(browser: Browser, pages: tuple[Path, Path]) -> None:
    """A link of another section sets filters and order, and the sheet says how many of all rows it shows."""
    with opened_page(
        browser, pages[0], at="#rows?split=validation&expression=Anger&sort=frame_index"
    ) as page:
        expect(page.locator("#rows").get_by_role("status")).to_contain_text(
            "1 row with split: validation; class: Anger."
        )
        assert tiles(page) == ["Anger, video v frame 1"]
        assert page.locator("#rows img").count() == 0


def test_tiles_and_rows_are_reached_by_the_keyboard(browser: Browser, pages: tuple[Path, Path]) -> None:
    """Arrows move among tiles, Enter opens one, arrows lead on, and Escape gives that tile the focus back."""
    with opened_page(
        browser, pages[1], at="#rows?split=train&kind=original&sort=frame_index&sheets=none"
    ) as page:
        said = tiles(page)
        first = page.locator("button.tile").first
        first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_have_accessible_name(said[1])
        page.keyboard.press("ArrowRight")
        expect(dialog).to_have_accessible_name(said[2])
        page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == said[2]
        assert page.evaluate("location.hash").startswith("#rows?split=train")


def test_a_copy_stands_beside_its_original(browser: Browser, pages: tuple[Path, Path], shut: Path) -> None:
    """The dialog of a copy has both pictures, what was done in order, and the command that does it again."""
    shards = open_shards(shut)
    batches = [batch for _, batch, _ in split_batches(shards, "train")]
    copy = next(
        (row, parent, json.loads(done))
        for batch in batches
        for row, parent, done in zip(
            *(batch[name].to_pylist() for name in ("row_id", "parent_id", "augmentation")), strict=True
        )
        if parent
    )
    with opened_page(browser, pages[1], at=f"#rows?row={copy[0].replace('+', '%2B')}") as page:
        dialog = page.get_by_role("dialog")
        expect(dialog.locator(".crop img[src]")).to_have_count(2)
        expect(dialog).to_contain_text(f"its original, {copy[1]}")
        assert dialog.locator("ol li").count() == len(copy[2]["operations"])
        expect(dialog.locator("code.type").first).to_contain_text(f"fer-data replay {shut} {copy[0]}")


def test_a_row_that_is_not_there_is_said_to_be(browser: Browser, pages: tuple[Path, Path]) -> None:
    """A link to a row that the page lacks says so, and opens nothing."""
    with opened_page(browser, pages[0], at="#rows?row=nobody") as page:
        expect(page.locator("#rows").get_by_role("status")).to_contain_text("Row nobody is not among")
        expect(page.get_by_role("dialog")).not_to_be_visible()


def test_an_evaluation_alone_has_its_classes_in_label_order() -> None:
    """Whatever the first row is labelled; and it has no pictures."""
    rows = pa.table({"row_id": ["a", "b"], "subject_id": ["s", "s"], "video_id": ["v", "v"], "frame_index": [0, 1],
                     "source": ["model", "model"]})  # fmt: skip
    both = np.array([1, 0], np.int16)
    half = np.full(2, 0.5, np.float32)
    answered = Answers("expression", 128, ("Neutral", "Anger"), rows, both, both, half, half, half)
    part = AnsweredPart(answered)
    listing = listed([part], answered, classes=answered.names)
    assert listing.names["expression"] == listing.names["predicted"] == ["Neutral", "Anger"]
    assert listing.codes["expression"].tolist() == [1, 0]
    assert not part.has_pictures


def test_a_section_links_to_a_row() -> None:
    """The address names the row, and the rows that are linked to are remembered."""
    material = Material({})
    assert material.row_link("a b/00001+1") == "#rows?row=a+b%2F00001%2B1"
    assert list(material.linked) == ["a b/00001+1"]


def test_a_row_leads_to_its_timeline(browser: Browser, pages: tuple[Path, Path]) -> None:
    """Its video is a link, for which the dialog makes way."""
    with opened_page(browser, pages[0], at="#rows?split=train") as page:
        page.locator("button.tile").first.click()
        dialog = page.get_by_role("dialog")
        dialog.locator("dd a").first.click()
        expect(dialog).not_to_be_visible()
        page.wait_for_url(re.compile("#timelines"))
