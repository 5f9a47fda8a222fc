"""The sections of an evaluation: every number is that of `scores.json`, and what fails is one click away."""

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from browser import NARROW, WIDE, opened_page, resized, serious_faults
from evaluations import Made, write_evaluation
from playwright.sync_api import Browser, Page, expect

from fer_data.core.labels.tasks import SEVEN_CLASSES, TASKS
from fer_data.errors import DatasetError
from fer_data.predictions.rows import read_rows
from fer_data.predictions.schemas import TABLES
from fer_data.tables.schemas import write_table
from fer_data.view import opened, view_page
from fer_data.view.predictions import answers
from fer_data.view.sections.evaluated.confusion import confusion_counts
from fer_data.view.sections.evaluated.errors import worst_first
from fer_data.view.sections.evaluated.worst import worst_units

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "\u05e9\u05de\u05d7\u05d4",
    "x" * 100,
    "\U0001f600",
    "{{ 7 }}",
    "'\"&",
    "a",
)
"""Names of classes as hostile as a table of predictions may hold them: markup, right to left, long, a picture."""


class _Tables(HTMLParser):
    """The numbers of a page's tables, by caption, with the texts of their rows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = []
        self.cell: str | None = None
        self.value = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.cell, self.value = "", dict(attrs).get("data-value") or ""

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"} and self.cell is not None:
            self.rows[-1].append((self.cell.strip(), self.value))
            self.cell = None


def numbers_of(page: str, first: str) -> list[list[float]]:
    """Return the numbers behind a text that begins rows of tables, exactly as they were computed."""
    return [
        [float(value) for _, value in row[1:] if value]
        for row in _Tables(page).rows
        if row and row[0][0] == first
    ]


def page_of(*folders: Path) -> str:
    """Return the page of folders."""
    with opened(list(folders)) as material:
        return view_page(material)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an evaluation of all tasks at two resolutions."""
    path = tmp_path_factory.mktemp("evaluated") / "evaluation"
    write_evaluation(path, Made(tasks=TASKS, frames=14))
    return path


@pytest.fixture(scope="module")
def scores(folder: Path) -> dict[str, Any]:
    """Return its scores."""
    found: dict[str, Any] = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    """Return its page."""
    return page_of(folder)


@pytest.fixture(scope="module")
def written(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return its page as a file."""
    path = tmp_path_factory.mktemp("page") / "view.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("macro F1", ("macro_f1",)),
        ("macro F1, 95 % from", ("intervals", "macro_f1", "low")),
        ("accuracy, 95 % to", ("intervals", "accuracy", "high")),
        ("macro F1, smoothed", ("smoothing", "macro_f1")),
        ("ECE, after temperature", ("calibration", "scaled", "ece")),
        ("effective rows", ("errors", "effective_rows")),
        ("CCC, mean", ("valence_arousal", "ccc")),
        ("CCC arousal, 95 % from", ("valence_arousal", "intervals", "ccc_arousal", "low")),
        ("mean F1 of units", ("action_units", "mean_f1")),
    ],
)
def test_scores_are_those_of_the_evaluation(
    page: str, scores: dict[str, Any], text: str, where: tuple[str, ...]
) -> None:
    """A line of the tables has the stated numbers, to the last digit, a column a resolution."""
    expected = []
    for at in scores["resolutions"].values():
        value: Any = at
        for key in where:
            value = value[key]
        expected.append(value)
    assert expected in numbers_of(page, text)


def test_f1_by_class_and_by_unit_are_those_of_the_evaluation(page: str, scores: dict[str, Any]) -> None:
    """Each class, and each unit, has its F1, interval and rows."""
    at = scores["resolutions"]["64"]
    rows = [[text for text, _ in row] for row in _Tables(page).rows]
    for name in SEVEN_CLASSES:
        own, ends = at["per_class"][name], at["intervals"]["f1"][name] or {"low": None, "high": None}
        figures = [own["f1"], ends["low"], ends["high"], *(own[key] for key in ("precision", "recall"))]
        texts = ["\u2013" if one is None else f"{one:.4g}" for one in figures]
        assert ["64", name, *texts, str(own["rows"]), str(own["videos"])] in rows
    unit, ends = at["action_units"]["f1"]["AU12"], at["action_units"]["intervals"]["AU12"]
    assert any(
        row[:5] == ["64", "AU12", f"{unit:.4g}", f"{ends['low']:.4g}", f"{ends['high']:.4g}"] for row in rows
    )


def test_the_matrix_counts_what_the_scores_say(folder: Path, scores: dict[str, Any]) -> None:
    """At each resolution its diagonal, rows and columns give recall, precision and accuracy as they are stated."""
    with opened([folder]) as material:
        for px in (64, 32):
            found, at = answers(material, px), scores["resolutions"][str(px)]
            assert found is not None
            counts = confusion_counts(found)
            assert counts.diagonal().sum() / counts.sum() == at["accuracy"]
            for index, name in enumerate(found.names):
                own = at["per_class"][name]
                assert counts[index].sum() == own["rows"]
                np.testing.assert_allclose(counts[index, index] / counts[index].sum(), own["recall"])
                np.testing.assert_allclose(counts[index, index] / counts[:, index].sum(), own["precision"])


def test_errors_are_listed_by_their_confidence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each wrong answer of the model is there, the surest first; of too many, each pair of classes keeps examples."""
    with opened([folder]) as material:
        found = answers(material)
    assert found is not None
    assert found.confidence is not None
    shown = worst_first(found)
    wrong = (found.actual != found.predicted) & ~np.isnan(found.confidence)
    assert sorted(shown.tolist()) == np.flatnonzero(wrong).tolist()
    assert (np.diff(found.confidence[shown]) <= 0).all()
    pairs = len(np.unique(found.actual[wrong] * 7 + found.predicted[wrong]))
    monkeypatch.setattr("fer_data.view.sections.evaluated.errors.MOST_ROWS", pairs + 1)
    monkeypatch.setattr("fer_data.view.sections.evaluated.errors._EACH_PAIR", 1)
    few = worst_first(found)
    assert len(few) <= pairs + 1
    assert few[0] == shown[0]
    assert len(np.unique(found.actual[few] * 7 + found.predicted[few])) == pairs


def test_videos_with_few_rows_do_not_lead(folder: Path) -> None:
    """One wrong row of one is no worse than thirteen of fourteen."""
    with opened([folder]) as material:
        found = answers(material)
    assert found is not None
    errors = np.full(len(found.actual), np.nan)
    videos = np.asarray(found.rows["video_id"].to_pylist())
    errors[videos == "v1"] = [0.0] + [1.0] * 13
    errors[np.flatnonzero(videos == "v2")[0]] = 1.0
    units = worst_units(found, errors)
    assert (list(units.names), units.rows.tolist()) == (["v1", "v2"], [14, 1])
    assert set(videos[units.code == 0].tolist()) == {"v1"}


def listed(shown: Page) -> int:
    """Return how many rows the page's list of rows says that it has."""
    return int(re.findall(r"\d+", shown.locator("#rows").get_by_role("status").first.inner_text())[-1])


def test_an_evaluation_has_no_serious_fault(browser: Browser, written: Path) -> None:
    """With every button, list and chart of it, on a telephone in the dark and on a desk in the light."""
    with opened_page(browser, written, width=NARROW, scheme="dark") as shown:
        for width in resized(shown, NARROW, WIDE):
            assert shown.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_faults(shown) == []
            shown.emulate_media(color_scheme="light")


def test_a_cell_leads_to_its_rows(browser: Browser, written: Path) -> None:
    """By the mouse and by the keyboard: as many rows as the cell says."""
    with opened_page(browser, written) as shown:
        table = shown.locator(".matrix:visible table")
        cells = table.locator("td.miss a")
        text = cells.first.get_attribute("aria-label") or ""
        count = int(text.split()[0])
        cells.first.click()
        assert listed(shown) == count
        links = table.locator("td a:not([tabindex='-1'])")
        assert links.count() == 1
        links.first.focus()
        shown.keyboard.press("ArrowDown")
        assert shown.evaluate("document.activeElement.closest('tr').rowIndex") > 1


def test_the_matrix_shows_counts_or_shares_of_a_resolution(browser: Browser, written: Path) -> None:
    """Its buttons say which is shown."""
    with opened_page(browser, written) as shown:
        matrix = shown.locator("[data-confusion]")
        expect(matrix.locator(".counts:visible").first).to_be_visible()
        matrix.get_by_role("button", name="% of the annotated class").press("Enter")
        assert matrix.locator(".counts:visible").count() == 0
        expect(matrix.locator(".shares:visible").first).to_be_visible()
        assert "64 px" in matrix.locator("caption:visible").inner_text()
        matrix.get_by_role("button", name="32 px").click()
        assert "32 px" in matrix.locator("caption:visible").inner_text()
        assert matrix.locator("td a:visible").count() == 0  # the rows are listed by their answer at 64 px


def links_of(page: str) -> Iterator[str]:
    """Yield the anchors that links of a page lead to, those of its lists as well."""
    blocks = re.findall(
        r'<script type="application/json" id="records-[^>]*>(.*?)</script>', page, flags=re.DOTALL
    )
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    yield from re.findall(r'href="#([\w-]+)', markup)
    yield from (one for block in blocks for one in re.findall(r'\["[^"\\]*","#([\w-]+)', block))


def test_every_link_leads_somewhere(page: str) -> None:
    """No address of the page is without its place."""
    assert {one for one in links_of(page) if f'id="{one}"' not in page} == set()


def test_hostile_names_are_texts(browser: Browser, tmp_path: Path) -> None:
    """Markup, right to left, a hundred letters: all are shown, none becomes markup, and cells lead to them."""
    write_evaluation(tmp_path / "e", Made(classes=HOSTILE, sides=(64,), videos=(*"abcde", "<b>v")))
    path = tmp_path / "view.html"
    path.write_text(page_of(tmp_path / "e"), encoding="utf-8")
    with opened_page(browser, path, width=NARROW) as shown:
        shown.wait_for_timeout(500)
        assert shown.evaluate("document.documentElement.scrollWidth") <= NARROW
        assert shown.locator("img[src=x], [onerror]").count() == 0
        link = shown.locator(".matrix td.miss a").first
        link.click()
        assert listed(shown) == int((link.get_attribute("aria-label") or "").split()[0])


def test_scores_that_are_no_numbers_are_left_out(folder: Path, tmp_path: Path) -> None:
    """NaN, null, texts and lists where numbers should be: the page is written without them."""
    path = tmp_path / "e"
    shutil.copytree(folder, path)
    found = json.loads((path / "scores.json").read_text(encoding="utf-8"))
    found["resolutions"]["64"] |= {"macro_f1": float("nan"), "accuracy": None, "per_class": [], "errors": "x"}
    found["resolutions"]["64"]["intervals"] = {"drawn": [3], "macro_f1": {"low": "a"}}
    found["resolutions"]["32"] = None
    (path / "scores.json").write_text(json.dumps(found), encoding="utf-8")
    written = page_of(path)
    assert "NaN" not in re.sub(r"<script>.*?</script>", "", written, flags=re.DOTALL)
    assert numbers_of(written, "macro F1") == []


@pytest.mark.parametrize("content", ["[]", "{", "\udcff"], ids=["list", "cut", "no text"])
def test_damaged_scores_are_refused(folder: Path, tmp_path: Path, content: str) -> None:
    """In one line that names the file."""
    path = tmp_path / "e"
    shutil.copytree(folder, path)
    (path / "scores.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DatasetError, match=r"scores\.json.*Evaluate again"):
        page_of(path)


def test_other_tasks_alone_have_their_sections(tmp_path: Path) -> None:
    """Without a head for expression there is no matrix and no list of confident errors, and no link to them."""
    write_evaluation(tmp_path / "e", Made(tasks=TASKS[1:], sides=(64,)))
    found = page_of(tmp_path / "e")
    assert 'id="scores-valence_arousal"' in found
    assert 'id="scores-action_units"' in found
    assert 'id="confusion"' not in found
    assert {one for one in links_of(found) if f'id="{one}"' not in found} == set()


def test_one_video_has_no_intervals(tmp_path: Path) -> None:
    """That is said, and no interval is drawn; a class that no row has counts in one of the two means."""
    scores = write_evaluation(tmp_path / "e", Made(videos=("v",), absent=("Fear",), sides=(64,)))
    found = page_of(tmp_path / "e")
    assert "No intervals: 1 video is fewer than the 5" in found
    assert numbers_of(found, "macro F1, 95 % from") == []
    assert [scores["resolutions"]["64"]["macro_f1_present"]] in numbers_of(found, "macro F1, classes present")


def test_corpora_are_shown_beside_their_mean(tmp_path: Path) -> None:
    """The headline is the mean over corpora, whose own scores stand in a table."""
    made = Made(corpora=("one", "two"), videos=tuple(f"v{number}" for number in range(12)), sides=(64,))
    at = write_evaluation(tmp_path / "e", made)["resolutions"]["64"]
    found = page_of(tmp_path / "e")
    assert f'<div class="value">{at["over_corpora"]["macro_f1"]:.3f}</div>' in found
    assert numbers_of(found, "two")[0][:2] == [at["corpora"]["two"]["rows"], at["corpora"]["two"]["macro_f1"]]
    assert numbers_of(found, "mean over corpora")[0][0] == at["over_corpora"]["macro_f1"]


def test_predictions_without_labels_and_scores_are_counted(folder: Path, tmp_path: Path) -> None:
    """As `predict` writes them of a test split: how often each class is answered, and nothing is called wrong."""
    (tmp_path / "e").mkdir()
    table = read_rows(folder)
    place = table.schema.get_field_index("expression")
    empty = pa.array(np.full(len(table), -1, np.int8))
    bare = table.set_column(place, table.schema.field("expression"), empty)
    named = {"classes": json.dumps(SEVEN_CLASSES)}
    write_table(tmp_path / "e" / "predictions.parquet", [bare], TABLES["expression"].schema, named)
    found = page_of(tmp_path / "e")
    assert "No row has a label" in found
    assert 'id="confusion"' not in found
    counted = sum(numbers_of(found, name)[0][0] for name in SEVEN_CLASSES)
    assert counted == len(table) / 2


def test_another_dataset_beside_it_is_named(published: Path, folder: Path) -> None:
    """A warning says what differs: here version, hash and rows."""
    found = page_of(folder, published)
    warned = re.findall(r'<p class="warning" role="note">(.*?)</p>', found, flags=re.DOTALL)
    assert len(warned) == 1
    assert "answered rows" in warned[0]
    assert "was not made of the given dataset" in warned[0]


def test_the_dataset_that_was_evaluated_is_no_fault(published: Path, tmp_path: Path) -> None:
    """Its name, version, hash and rows agree."""
    stated = json.loads((published / "provenance.json").read_text(encoding="utf-8"))
    dataset = {name: stated[name] for name in ("name", "version", "dataset_sha256")}
    made = Made(sides=(32,), videos=("v",), frames=7, dataset=dataset)
    write_evaluation(tmp_path / "e", made)
    found = page_of(tmp_path / "e", published)
    warned = re.findall(r'<p class="warning" role="note">(.*?)</p>', found, flags=re.DOTALL)
    assert [one for one in warned if "hash" in one or "answered rows" in one] == []
