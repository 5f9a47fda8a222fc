"""What the page says of splits, lost rows, wrong labels and what was left out, where figures alone would mislead."""

from pathlib import Path

import pytest
from browser import opened_page
from planted_videos import face_row, write_decided, write_face_rows
from playwright.sync_api import Browser, expect

from fer_data.video_jobs.decisions import Decision
from fer_data.view import Faces, opened, view_page

TOP = "(one) => one.getBoundingClientRect().top"
PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of two people of one video, one with a flipped label, a video in no split and a lost one."""
    root = tmp_path_factory.mktemp("figures")
    rows = [
        face_row("pair", frame, 5 if who == "b" and 9 <= frame <= 10 else 4, subject_id=f"pair_{who}")
        for who in "ab"
        for frame in range(20)
    ]
    nobody = dict.fromkeys(("track_id", "detector_score", "face_blur", "native_px"))
    gone = [face_row("gone", frame, 0, state="no_face", **nobody) for frame in range(3)]
    apart = [
        face_row("apart", frame, 0, split_expression=None, split_action_units="train") for frame in range(3)
    ]
    faces = write_face_rows(root / "data/faces/made", [*rows, *gone, *apart]).parent
    decided = [Decision("gone", "gone", "only", (), 0.0, "no face", doubtful=False)]
    write_decided(root / "reports/assignment/made", decided)
    with opened([faces], PARAMS) as material:
        material.linked.update(dict.fromkeys(row["row_id"] for row in rows))  # they have no pictures
        (root / "view.html").write_text(view_page(material, faces=Faces()), encoding="utf-8")
    return root / "view.html"


def test_a_frame_of_the_timeline_opens_its_row(browser: Browser, written: Path) -> None:
    """Enter opens the dialog of the first person there, among the rows of the video; Escape returns to the frame."""
    with opened_page(browser, written, at="#timelines?video=pair&frame=9") as page:
        plot, dialog = page.get_by_role("slider"), page.get_by_role("dialog")
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuenow", "9")
        plot.evaluate("(one) => one.focus({preventScroll: true})")
        before = plot.evaluate(TOP)
        page.keyboard.press("Enter")
        expect(dialog.locator("h3")).to_contain_text("video pair frame 9")
        expect(dialog).to_contain_text("19 of 40")
        page.keyboard.press("Escape")
        expect(plot).to_be_focused()
        assert plot.evaluate(TOP) == pytest.approx(before, abs=2)
        assert page.evaluate("location.hash") == "#timelines?video=pair&frame=9"


def test_a_list_is_gone_through_and_returned_to(browser: Browser, written: Path) -> None:
    """A link of the list of labels to look at opens its row among the list's, with why and what to do."""
    with opened_page(browser, written, at="#suspects") as page:
        link, dialog = page.locator("#suspect-list a[href^='#rows']").first, page.get_by_role("dialog")
        link.scroll_into_view_if_needed()
        before = link.evaluate(TOP)
        link.click()
        expect(dialog).to_contain_text("1 of 1")
        expect(dialog).to_contain_text(
            "row pair_b/00010 (frames are counted from 0; a row's id ends in frame + 1)"
        )
        expect(dialog).to_contain_text("Sadness, frames 9 to 10: ")
        expect(dialog).to_contain_text("pair_b.txt, line 11")
        page.keyboard.press("Escape")
        expect(link).to_be_focused()
        assert link.evaluate(TOP) == pytest.approx(before, abs=2)
        link.click()
        dialog.get_by_role("link", name="at frame 9").click()
        expect(dialog).not_to_be_visible()
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuenow", "9")


def test_a_click_opens_the_person_under_the_pointer(browser: Browser, written: Path) -> None:
    """In a video of two the lanes say whose row; within a span to look at the dialog goes through that span."""
    with opened_page(browser, written, at="#timelines?video=pair&frame=9") as page:
        expect(page.get_by_role("slider")).to_have_attribute("aria-valuenow", "9")
        place = page.evaluate(
            "(() => { const one = fer.timeline, box = one.canvas.getBoundingClientRect();"
            " return [box.left + one.gutter() + 9.5 / 20 * one.width(), box.bottom - 20]; })()"
        )
        page.mouse.click(*place)
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("row pair_b/00010")
        expect(dialog).to_contain_text("1 of 2")
        page.keyboard.press("ArrowRight")
        expect(dialog).to_contain_text("row pair_b/00011")


def test_figures_have_their_word(written: Path) -> None:
    """Splits are those of the dataset's task; who is in none, lost, or without a margin is said beside the number."""
    text = written.read_text(encoding="utf-8")
    assert '"split":"no split (action units: train)"' in text
    assert "1 in no split, 1 without a kept frame" in text
    assert "Of 46 frames 3 were lost: 3 as no_face." in text
    assert '["gone","#timelines?video=gone"],"gone","no",null,"only"' in text


@pytest.mark.parametrize(("stated", "title"), [({"name": "n", "version": "1.0"}, "n 1.0"), ({}, "")])
def test_the_title_names_the_dataset_first(published: Path, stated: dict[str, str], title: str) -> None:
    """Its name and version are the heading, the path stands quiet; without a name the path is the heading."""
    with opened([published]) as material:
        assert material.shards is not None
        told = material.shards.documents.provenance
        kept = {key: told.pop(key, None) for key in ("name", "version")}
        told.update(stated)
        page = view_page(material, [])
        told.update(kept)
    heading = page.split("<h1>")[1].split("</h1>")[0]
    assert heading == title or (not title and heading.endswith(published.name))
    below = page.split("</header>")[1].split("<main")[0]
    assert ('<p class="quiet">' in below) == bool(title)
