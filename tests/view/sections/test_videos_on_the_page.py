"""What the page shows of videos, people, findings and labels to look at, as a newcomer finds it."""

import json
import re
from pathlib import Path

import pytest
from browser import NARROW, WIDE, opened_page, resized, serious_faults
from planted_videos import HOSTILE, write_planted
from playwright.sync_api import Browser, Page, expect

from fer_data.view import opened, view_page


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of planted faces and an evaluation of them."""
    folder = tmp_path_factory.mktemp("planted")
    path = folder / "view.html"
    with opened([*write_planted(folder)]) as material:
        path.write_text(view_page(material), encoding="utf-8")
    return path


def cells(page: Page, name: str, column: int) -> list[str]:
    """Return a column of the rows that a list shows."""
    return page.locator(f"#{name} tbody tr td:nth-child({column})").all_inner_texts()


def reading(page: Page) -> str:
    """Return what stands below the timeline."""
    return page.locator("#timeline .reading").inner_text()


def test_nothing_serious_is_wrong(browser: Browser, written: Path) -> None:
    """At both widths and in both themes; the page is as wide as the screen."""
    with opened_page(browser, written, width=NARROW) as page:
        expect(page.locator("#timeline canvas")).to_be_attached()
        page.locator("#timeline details summary").click()
        for width in resized(page, NARROW, WIDE):
            page.emulate_media(color_scheme="light")
            expect(page.locator("#timeline details tbody tr").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(page) == []
            page.emulate_media(color_scheme="dark")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(page, other_theme=True) == []


def test_three_wrong_labels_are_found_with_one_click(browser: Browser, written: Path) -> None:
    """`Labels to look at` in the navigation: the three planted ones are all there is. A second click shows one."""
    with opened_page(browser, written) as page:
        page.get_by_role("navigation").get_by_role("link", name="Labels to look at").click()
        assert sorted(cells(page, "suspect-list", 2)) == ["calm", "flips", "sour"]
        assert page.locator("#suspect-list").get_by_role("link", name="10 to 15").get_attribute("href") == (
            "#rows?row=calm%2F00011"
        )
        page.locator("#suspect-list").get_by_role("link", name="flips").click()
        expect(page.locator("#timeline h3")).to_have_text("flips")
        assert "Frame 20, 0.800 s" in reading(page)
        assert "label Sadness" in reading(page)


def test_the_video_with_the_worst_row_states_stands_first(browser: Browser, written: Path) -> None:
    """`Timelines` opens it by itself, and the list begins with it: 24 of its 30 rows are lost, as the table has it."""
    with opened_page(browser, written) as page:
        page.get_by_role("navigation").get_by_role("link", name="Timelines").click()
        expect(page.locator("#timeline h3")).to_have_text("lost")
        first = page.locator("#video-list tbody tr").first.locator("td").all_inner_texts()
        assert first == ["lost", "80.0", "24", "no_face", "0", "1", "0", "1", "30", "30", "6"]


def test_the_doubtful_assignment_has_its_remedy(browser: Browser, written: Path) -> None:
    """`Who is who` begins with it, says why, and gives the command that settles it, ready to copy."""
    with opened_page(browser, written) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("navigation").get_by_role("link", name="Who is who").click()
        shown = page.locator(".decision")
        expect(shown).to_have_count(1)
        expect(shown.get_by_role("heading")).to_have_text("lost in video lost")
        expect(shown).to_contain_text("margin 0.07 is below 0.2")
        shown.get_by_role("button", name="Copy: fer-data decide lost --subject lost --track NUMBER").click()
        assert (
            page.evaluate("navigator.clipboard.readText()")
            == "fer-data decide lost --subject lost --track NUMBER"
        )
        shown.get_by_role("link", name="Timeline").click()
        expect(page.locator("#timeline h3")).to_have_text("lost")


def test_findings_lead_to_their_rule(browser: Browser, written: Path) -> None:
    """The summary counts each rule and leads to its findings; severity, file and line stand in the list."""
    with opened_page(browser, written) as page:
        page.locator("#findings").get_by_role("link", name="no-such-video").click()
        row = page.locator("#finding-list tbody tr")
        expect(row).to_have_count(1)
        said = row.locator("td").all_inner_texts()
        assert said[:4] == ["error", "no-such-video", "There is no video.", "gone"]
        assert said[5:] == ["labels/x.txt", "3"]
        page.locator("#finding-list").get_by_role("searchbox").fill("nothing of the kind")
        expect(page.locator("#finding-list").get_by_role("status")).to_contain_text("0 of 2 records")


def test_an_address_opens_a_video_at_a_frame(browser: Browser, written: Path) -> None:
    """Every lane says at that frame what its table has, and the table of spans has the whole video."""
    with opened_page(browser, written, at="#timelines?video=calm&frame=12") as page:
        expect(page.locator("#timeline h3")).to_have_text("calm")
        said = reading(page)
        for text in (
            "Frame 12, 0.480 s",
            "label Anger",
            "model Neutral",
            "kept",
            "track 0",
            "face blur 0.0200",
        ):
            assert text in said
        page.locator("#timeline details summary").click()
        spans = page.locator("#timeline details tbody tr").all_inner_texts()
        labels = [re.split(r"\t", text)[2:5] for text in spans if "\tlabel\t" in text]
        assert labels == [["Neutral", "0", "9"], ["Anger", "10", "15"], ["Neutral", "16", "39"]]


def test_what_was_gone_to_stays_in_sight(browser: Browser, written: Path) -> None:
    """Charts above it are drawn after the page is there; the heading then still stands right below the header."""
    with opened_page(browser, written, at="#timelines?video=calm") as page:
        expect(page.locator(".drawing:not(:has(svg))")).to_have_count(0)
        top = page.locator("#timelines-title").evaluate("(one) => one.getBoundingClientRect().top")
        header = page.locator("header").evaluate("(one) => one.getBoundingClientRect().bottom")
        assert header <= top < header + 60


def test_the_keyboard_moves_and_zooms(browser: Browser, written: Path) -> None:
    """Arrows step, Home and End reach the ends, n finds the label to look at; a slider says all of it."""
    with opened_page(browser, written, at="#timelines?video=calm") as page:
        plot = page.get_by_role("slider", name="frame of the video")
        expect(plot).to_have_attribute("aria-valuenow", "10")
        for keys, frame in ((["End"], "39"), (["ArrowRight"], "39"), (["Home"], "0"), (["Shift+ArrowRight"], "10"),
                            (["ArrowLeft", "ArrowLeft"], "8"), (["n"], "10")):  # fmt: skip
            for key in keys:
                plot.press(key)
            expect(plot).to_have_attribute("aria-valuenow", frame)
        assert "Frame 10" in (plot.get_attribute("aria-valuetext") or "")
        shown = "[fer.timeline.from, fer.timeline.to]"
        assert page.evaluate(shown) == [0, 40]
        plot.press("+")
        low, high = page.evaluate(shown)
        assert high - low == 20
        assert low <= 10 < high
        plot.press("0")
        assert page.evaluate(shown) == [0, 40]


def test_the_mouse_points_drags_and_zooms(browser: Browser, written: Path) -> None:
    """The frame under the pointer is read, a click puts it into the address, and dragging moves what is shown."""
    with opened_page(browser, written, at="#timelines?video=flips&frame=0") as page:
        box = page.locator("#timeline canvas").bounding_box()
        assert box is not None
        left, width = box["x"] + 118, box["width"] - 118
        page.mouse.move(left + width * 0.51, box["y"] + 60)
        assert "Frame 20," in reading(page)
        page.mouse.click(left + width * 0.26, box["y"] + 60)
        assert page.evaluate("location.hash") == "#timelines?video=flips&frame=10"
        for button in page.locator(
            "button[aria-label]:not(.tile)"
        ).all():  # who speaks to a browser says what is seen
            assert button.inner_text() in (button.get_attribute("aria-label") or "")
        page.get_by_role("button", name="+: closer").click()
        low = page.evaluate("fer.timeline.from")
        box = page.locator("#timeline canvas").bounding_box()  # the page may have scrolled to the button
        assert box is not None
        page.mouse.move(left + width * 0.5, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(left + width * 0.25, box["y"] + 60, steps=4)
        page.mouse.up()
        assert page.evaluate("fer.timeline.from") == pytest.approx(low + 5, abs=0.2)


def test_videos_are_searched_by_name(browser: Browser, written: Path) -> None:
    """A part of a name opens the first video that has it; a name that no video has is said to be none."""
    with opened_page(browser, written, at="#timelines") as page:
        search = page.locator("#timeline").get_by_role("combobox")
        search.fill("gap")
        search.press("Enter")
        expect(page.locator("#timeline h3")).to_have_text("gaps")
        search.fill("nobody")
        search.press("Enter")
        expect(page.locator("#timeline")).to_contain_text('no video "nobody" has a timeline')


def test_times_are_those_of_the_frames(browser: Browser, written: Path) -> None:
    """Of a varying rate the frame's own time, between two rows about that; of rows without a time none."""
    with opened_page(browser, written, at="#timelines?video=gaps&frame=9") as page:
        assert "Frame 9, 0.810 s" in reading(page)
        assert "gaps_left: " in reading(page)
        page.evaluate("location.hash = '#timelines?video=gaps&frame=10'")
        expect(page.locator("#timeline .reading")).to_contain_text("Frame 10, about 1.020 s")
        page.evaluate(f"location.hash = '#timelines?video=' + encodeURIComponent({json.dumps(HOSTILE)})")
        expect(page.locator("#timeline h3")).to_have_text(HOSTILE)
        expect(page.locator("#timeline .reading")).to_contain_text("time unknown")


def test_hostile_names_stay_texts(browser: Browser, written: Path) -> None:
    """A video and a finding that would be markup are shown as they are called."""
    with opened_page(browser, written, at="#timelines") as page:
        expect(page.locator("#video-list")).to_contain_text(HOSTILE)
        expect(page.locator("#finding-list")).to_contain_text(HOSTILE)
        assert page.locator("main img").count() == 0
