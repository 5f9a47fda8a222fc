"""The page on paper and on a telephone: light, no wider than it is, nothing cut, nothing left out."""

from pathlib import Path

import pytest
from browser import NARROW, WIDE, opened_page
from markupsafe import Markup
from playwright.sync_api import Browser, Page, expect

from fer_data.shell.page import rendered
from fer_data.view.report import composed
from fer_data.view.section import Column, Section, chart, numbers, records

PAPER = 718
"""px of A4 between the usual margins."""
HEADINGS = [
    "rank",
    "video",
    "person",
    "split",
    "frames",
    "label",
    "may be",
    "signals",
    "score",
    "quarantined",
    "why",
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with a chart far below what is seen, and a list with more columns than paper has room for."""
    spec = {
        "data": {"values": [{"a": "b", "rows": 3}]}, "mark": "bar", "width": "container", "height": 50,
        "encoding": {
            "y": {"field": "a"}, "x": {"field": "rows", "type": "quantitative", "axis": {"format": ".0%"}},
        },
    }  # fmt: skip
    why = "the model answers Happiness with 92 %, and leaves 1 % to the label of the annotators of the corpus"
    columns = [Column(one, one, "number" if one in {"rank", "score"} else "text") for one in HEADINGS]
    rows = [
        [rank, "72-25-640x480", "person_of_720_x_480", "validation", "9 to 12", "Sadness", "Happiness",
         "valence and arousal", score, "", why]
        for rank, score in [(1, 9.1), (2, 12.0), (3, None)]
    ]  # fmt: skip
    body = rendered(
        "{{ records }}{{ space }}{{ chart }}",
        records=records("list", "A list", columns, rows),
        space=Markup("<p style='height: 9000px'></p>"),
        chart=chart("bars", "Bars", {"bars": spec}, numbers(["a", "rows"], [["b", 3]])),
    )
    path = tmp_path_factory.mktemp("paper") / "view.html"
    path.write_text(composed("paper", [Section("first", "First", body)]), encoding="utf-8")
    return path


def test_a_dark_page_is_printed_light(browser: Browser, written: Path) -> None:
    """Whatever theme the screen has, or was switched to, text on paper is dark, and the screen has its own back."""
    with opened_page(browser, written, scheme="dark") as page:
        for _ in range(3):  # dark, switched to light, switched back
            page.emulate_media(media="print")
            assert colour(page, "body", "color") == "rgb(27, 31, 36)"
            assert colour(page, "body", "background-color") == "rgb(255, 255, 255)"
            page.emulate_media(media="screen")
            before = colour(page, "body", "color")
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            assert colour(page, "body", "color") == "rgb(27, 31, 36)"
            page.evaluate("dispatchEvent(new Event('afterprint'))")
            assert colour(page, "body", "color") == before
            page.get_by_role("button", name="Light or dark").click()


def test_a_chart_that_nobody_saw_is_printed(browser: Browser, written: Path) -> None:
    """It is drawn before the page is printed, no wider than paper, with percentages as tables have them."""
    with opened_page(browser, written) as page:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".drawing svg").count() == 1
        assert page.locator(".drawing svg").bounding_box()["width"] <= PAPER  # type: ignore[index]
        assert page.locator(".drawing svg text", has_text="100\u00a0%").count() == 1


def test_a_list_fits_the_paper(browser: Browser, written: Path) -> None:
    """No column is cut off at the edge, and no heading is broken inside a word."""
    with opened_page(browser, written, width=PAPER) as page:
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
        assert page.locator("#list table").bounding_box()["width"] <= PAPER  # type: ignore[index]
        assert broken(page) == []


def test_headings_are_whole_words_that_show_that_they_sort(browser: Browser, written: Path) -> None:
    """A sign says so before one is pressed, and is not part of its name."""
    with opened_page(browser, written, width=WIDE) as page:
        assert broken(page) == []
        heading = page.locator("#list").get_by_role("button", name="rank", exact=True)
        sign = "(button) => getComputedStyle(button, '::after').content"
        assert "\u2195" in heading.evaluate(sign)
        heading.click()
        assert "\u25bc" in heading.evaluate(sign)


def test_records_are_cards_on_a_telephone(browser: Browser, written: Path) -> None:
    """Each line has its heading and lies on the screen, one without a value is left out, and a list sorts them."""
    with opened_page(browser, written, width=NARROW) as page:
        cells = page.locator("#list tbody tr").first.get_by_role("cell")
        expect(cells).to_have_count(len(HEADINGS) - 1)
        for cell, heading in zip(cells.all(), [one for one in HEADINGS if one != "quarantined"], strict=True):
            box = cell.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= NARROW
            assert cell.evaluate("(one) => getComputedStyle(one, '::before').content") == f'"{heading}"'
        page.get_by_label("Sort").select_option("score, highest first")
        assert page.locator("#list td[data-label=rank]").all_inner_texts() == ["2", "1", "3"]


def colour(page: Page, selector: str, name: str) -> str:
    """Return a colour of the first element as the browser shows it."""
    return str(
        page.locator(selector).first.evaluate(f"(one) => getComputedStyle(one).getPropertyValue('{name}')")
    )


def broken(page: Page) -> list[str]:
    """Return the words of headings that stand on two lines."""
    found: list[str] = (
        page.evaluate("""() => [...document.querySelectorAll("#list th button")].flatMap((button) => {
        const text = button.firstChild;
        return [...text.data.matchAll(/\\S+/g)].filter((word) => {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return new Set([...range.getClientRects()].map((box) => box.top)).size > 1;
        }).map((word) => word[0]);
    })""")
    )
    return found
