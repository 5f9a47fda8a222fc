"""The pieces that sections are written with: what is hostile stays a text, and what can be pressed works."""

from pathlib import Path

import pytest
from browser import opened_page
from playwright.sync_api import Browser, Page, expect

from fer_data.shell.page import rendered
from fer_data.view.report import composed
from fer_data.view.section import Column, Section, card, cards, chart, link_to, numbers, records

HOSTILE = "</script><img src=x onerror=alert(1)>'\"{{ 7 }}"


def bars(scale: str) -> dict[str, object]:
    """Return a specification of two bars."""
    return {
        "data": {"values": [{"name": HOSTILE, "rows": 3}, {"name": "b", "rows": 300}]},
        "mark": "bar",
        "width": "container",
        "height": 50,
        "encoding": {
            "y": {"field": "name", "type": "nominal"},
            "x": {"field": "rows", "type": "quantitative", "scale": {"type": scale}},
        },
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a page with one of each piece."""
    columns = [
        Column("name", "name"),
        Column("split", "split", "choice"),
        Column("rows", "rows", "number", 1),
        Column("where", "where", "link"),
    ]
    many: list[list[object]] = [
        [f"record {index}", ("train", "test")[index % 2], index / 2, [f"to {index}", "#first"]]
        for index in range(120)
    ]
    many.append([HOSTILE, "train", None, [HOSTILE, "javascript:alert(1)"]])
    body = rendered(
        "{{ cards }}{{ chart }}{{ records }}",
        cards=cards(card(1234, HOSTILE, note=HOSTILE, link=link_to("list", split="test"))),
        chart=chart(
            "bars",
            HOSTILE,
            {"linear": bars("linear"), "log": bars("symlog")},
            numbers(["name", "rows"], [[HOSTILE, 3], ["b", 300], ["c", 20]]),
        ),
        records=records("list", HOSTILE, columns, many, note=HOSTILE),
    )
    path = tmp_path_factory.mktemp("pieces") / "view.html"
    path.write_text(composed(HOSTILE, [Section("first", HOSTILE, body)], HOSTILE), encoding="utf-8")
    return path


def names(page: Page) -> list[str]:
    """Return the first cell of every record that is shown."""
    return page.locator("#list tbody tr td:first-child").all_inner_texts()


def test_hostile_texts_stay_texts(browser: Browser, written: Path) -> None:
    """Neither markup nor a script comes of a name, in the document or in what scripts make of it."""
    with opened_page(browser, written) as page:
        expect(page.locator(".drawing svg")).to_be_visible()
        assert page.locator("img").count() == 0
        page.get_by_role("searchbox").fill("onerror")
        assert names(page) == [HOSTILE]
        assert page.locator("#list tbody a").count() == 0  # another scheme than the page's own


def test_a_button_draws_the_other_scale(browser: Browser, written: Path) -> None:
    """Pressing `log` by the keyboard draws that specification, and says that it is the one shown."""
    with opened_page(browser, written) as page:
        expect(page.locator(".drawing svg")).to_be_visible()
        page.get_by_role("button", name="log", exact=True).press("Enter")
        expect(page.locator(".drawing[data-drawn=log] svg")).to_be_visible()
        assert page.get_by_role("button", name="log", exact=True).get_attribute("aria-pressed") == "true"


def test_numbers_sort_by_their_value(browser: Browser, written: Path) -> None:
    """20 stands between 3 and 300, by value and not by letter; twice turns it round."""
    with opened_page(browser, written) as page:
        page.get_by_text("Numbers", exact=True).click()
        heading = page.locator("table.numbers").get_by_role("button", name="rows")
        for expected in (["3", "20", "300"], ["300", "20", "3"]):
            heading.click()
            assert page.locator("table.numbers td.number").all_inner_texts() == expected


def test_records_are_filtered_by_address(browser: Browser, written: Path) -> None:
    """A link with filters shows those records alone, says how many, and the list shows a page of them at a time."""
    with opened_page(browser, written, at="#list?split=test") as page:
        assert page.get_by_role("status").inner_text() == "60 of 121 records; split: test"
        assert len(names(page)) == 15
        page.get_by_role("button", name="Next").click()
        assert names(page)[0] == "record 31"
        page.get_by_role("button", name="Show all").click()
        assert page.get_by_role("status").inner_text() == "121 records"
        page.get_by_role("searchbox").fill("onerror")
        assert page.get_by_role("status").inner_text() == "1 of 121 records; with \u201conerror\u201d"


def test_records_sort_with_those_that_lack_a_value_last(browser: Browser, written: Path) -> None:
    """The largest number is first, then the smallest; a record without one is last either way."""
    with opened_page(browser, written, at="#list?split=train") as page:
        heading = page.locator("#list").get_by_role("button", name="rows")
        heading.click()
        assert names(page)[0] == "record 118"
        heading.click()
        assert names(page)[0] == "record 0"
        for _ in range(4):
            page.get_by_role("button", name="Next").click()
        assert names(page)[-1] == HOSTILE
