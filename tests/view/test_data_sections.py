"""What the page says of data: its numbers are those of `fer-data stats` and of the tables, whatever was given."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from browser import opened_page
from corpus_trees import SEVEN, write_text
from playwright.sync_api import Browser, expect

from fer_data.core.labels.tasks import LABELS, SEVEN_CLASSES
from fer_data.errors import ConservationError, CorpusError
from fer_data.stats import stats
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import FACE_ROWS, ROWS, VIDEOS, read_table, write_table
from fer_data.view import opened, view_page
from fer_data.view.flow import Group, flow
from fer_data.view.made_by import changed_values
from fer_data.view.report import SECTIONS
from fer_data.view.row_counts import LOST
from fer_data.view.section import numbers
from fer_data.view.sections.imbalance import imbalance
from fer_data.view.sections.overview import overview
from fer_data.view.sections.provenance import provenance
from fer_data.view.sections.quality import cuts, measured, quality
from fer_data.view.sections.states import states, worst_first
from fer_data.view.sections.units import together, units
from fer_data.view.sections.values import densities, values
from fer_data.view.sections.videos import videos

OURS = (overview, imbalance, values, units, videos, states, quality, provenance)
LIMITS = {"min_eye_distance_px": 8.0, "max_face_blur": 0.055, "max_face_outside": 0.15, "min_difference": 0.0}


def table(rows: list[dict[str, Any]], schema: pa.Schema = FACE_ROWS) -> pa.Table:
    """Return rows with null in every column that they do not name."""
    base: dict[str, Any] = dict.fromkeys(schema.names) | {
        "side": "only", "split_expression": "train", "frame_index": 0, "action_units": {},
    }  # fmt: skip
    full = []
    for index, row in enumerate(rows):
        subject = str(row.get("subject_id", "a"))
        named = {"row_id": f"{subject}/{index + 1:05d}", "series_id": subject, "video_id": subject}
        full.append({**base, "subject_id": subject, "frame_index": index, **named, **row})
    return pa.Table.from_pylist(full, schema)


def faces_of(
    folder: Path, rows: list[dict[str, Any]], *, source: str = "own", schema: pa.Schema = FACE_ROWS
) -> Path:
    """Write a folder with rows alone, as `align` or `ingest` does."""
    metadata = {
        "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
        **named_source(source),
        **Origin("affwild2", rendered=True).metadata(),
    }
    write_table(folder / "rows.parquet", [table(rows, schema)], schema, metadata)
    return folder


def sections_of(*folders: Path) -> dict[str, str]:
    """Return what each section shows of folders, by its address, without a params file."""
    with opened(folders) as material:
        return {found.anchor: str(found.body) for one in OURS if (found := one(material))}


def test_numbers_equal_those_of_stats(faces: Path, published: Path) -> None:
    """Frames, shares, effective numbers and copies of every class stand in the table as `stats` counts them."""
    for folder in (faces, published):
        text = sections_of(folder)["imbalance"]
        for split in stats(folder, None, "expression").splits["expression"]:
            for one in getattr(split, "classes", ()):
                if split.frames:
                    assert re.search(rf'data-value="{one.frames}">(<a [^>]*>)?{one.frames:,}<', text)
                    assert f'data-value="{one.effective_number}">' in text
                    assert f'data-value="{one.share}">' in text


@pytest.mark.parametrize("name", ["faces", "published"])
def test_densities_and_units_count_what_stats_counts(name: str, request: pytest.FixtureRequest) -> None:
    """Every frame with both values is in one bin; every frame with a unit is on the diagonal; copies are in neither."""
    folder = request.getfixturevalue(name)
    found = stats(folder, None, "multi_task").splits
    with opened([folder]) as material:
        density, pairs = densities(material), together(material)
    assert {one.name: one.frames for one in found["valence_arousal"] if one.frames} == {
        split: int(counts.sum()) for split, counts in density.items() if counts.sum()
    }
    for split in found["action_units"]:
        present = dict(zip(LABELS["action_units"].names, np.diagonal(pairs[split.name].both), strict=True))
        assert {unit.name: unit.positives for unit in getattr(split, "units", ())} == {
            unit.name: present[unit.name] for unit in getattr(split, "units", ())
        }


def test_states_add_up_and_the_worst_video_is_first(faces: Path) -> None:
    """The cells of the flow are the rows of the table, and `w`, which kept nothing, leads the list."""
    with opened([faces]) as material:
        counts = material.counts
    found = read_table(faces / "sample" / "rows.parquet" if not (faces / "rows.parquet").exists() else
                        faces / "rows.parquet", FACE_ROWS, ["state"])["state"].to_pylist()  # fmt: skip
    for cells in counts.cells.values():
        assert sum(cells.values()) == counts.rows == len(found)
        for state in set(found):
            assert sum(n for (_, _, one), n in cells.items() if one == state) == found.count(state)
    assert (worst_first(counts)[0].name, worst_first(counts)[0].lost_share) == ("w", 1.0)


def test_a_flow_that_does_not_add_up_is_refused() -> None:
    """Two rows come into a group and three go out."""
    columns = [[Group("a")], [Group("b")], [Group("c")]]
    with pytest.raises(ConservationError, match="come in"):
        flow("t", columns, [[("a", "b", 2)], [("b", "c", 3)]], numbers(["a"], []))


def test_lost_leaves_out_what_was_not_wanted(tmp_path: Path) -> None:
    """Unlabelled and withdrawn rows are no loss, nor do they make a loss smaller; a cut is none either."""
    rows = [
        {"state": state} for state in (*LOST, "kept", "low_quality", "redundant", "unlabelled", "unlabelled")
    ]
    with opened([faces_of(tmp_path / "faces", [*rows, {"state": "withdrawn"}])]) as material:
        (video,) = material.counts.videos
    assert (video.rows, video.lost, video.wanted) == (11, 5, 8)


def test_cuts_say_what_they_took(tmp_path: Path) -> None:
    """A blurred training row was taken by its cut, one that no stored measure explains by the cut without a column."""
    seen = {"detector_score": 0.9, "landmarks": [[0, 0], [20, 0], [5, 5], [5, 9], [9, 9]], "face_blur": 0.01}
    rows = [
        {"state": "kept", **seen},
        {"state": "kept", **seen, "face_blur": 0.2, "split_expression": "validation"},
        {"state": "low_quality", **seen, "face_blur": 0.2},
        {"state": "low_quality", **seen, "landmarks": [[0, 0], [4, 0], [5, 5], [5, 9], [9, 9]]},
        {"state": "low_quality", **seen},
        {"state": "no_face"},
    ]
    with opened([faces_of(tmp_path / "faces", rows)]) as material:
        found = {one.name: (one.taken, one.beyond) for one in cuts(measured(material), LIMITS)}
    assert found == {
        "min_eye_distance_px": (1, 0),
        "max_face_blur": (1, 1),
        "max_face_outside": (1, None),
        "min_difference": (0, None),
    }


KEPT = {"state": "kept", "expression": 3, "subject_source": "video"}
NO_CLASS = {"state": "kept", "split_expression": None, "frame_index": 4}
CASES: Mapping[str, tuple[list[dict[str, Any]], set[str]]] = {
    "no rows": ([], {"overview", "provenance"}),
    "one row": ([{**KEPT, "frame_index": 4}], {"overview", "imbalance", "videos", "states", "provenance"}),
    "no labels": ([{"state": "unlabelled"}] * 3, {"overview", "videos", "states", "provenance"}),
    "valence alone": (
        [{**NO_CLASS, "split_valence_arousal": "train", "valence": 1.0, "arousal": -1.0}],
        {"overview", "valence-arousal", "videos", "states", "provenance"},
    ),
    "one unit": (
        [{**NO_CLASS, "split_action_units": "test", "action_units": {"AU12": 0}}],
        {"overview", "action-units", "videos", "states", "provenance"},
    ),
    "pictures": (
        [{**KEPT, "subject_id": f"p{n}", "frame_index": 0, "subject_source": "none"} for n in range(3)],
        {"overview", "imbalance", "states", "provenance"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_page_shows_what_is_there_and_nothing_else(case: str, tmp_path: Path) -> None:
    """However little was given, there is a page, without a section of what it does not have."""
    rows, expected = CASES[case]
    found = sections_of(faces_of(tmp_path / "faces", rows))
    assert set(found) == expected
    if case == "no rows":
        with opened([tmp_path / "faces"]) as material:
            assert len([one for one in SECTIONS if one(material)]) >= len(
                expected
            )  # the others have nothing to fail at
    if case == "pictures":
        assert ">annotated pictures</a>" in found["overview"]
        assert not any(re.search("frames|videos", found[name]) for name in expected)


def test_a_catalog_has_no_states(tmp_path: Path) -> None:
    """Rows that were not aligned have labels and videos, and neither states nor quality."""
    rows = [{"expression": 0, "subject_source": "video"}, {"expression": 1, "subject_source": "video"}]
    folder = faces_of(tmp_path / "catalog", rows, schema=ROWS)
    write_table(folder / "videos.parquet", [], VIDEOS)
    found = set(sections_of(folder))
    assert {"overview", "imbalance", "videos"} <= found
    assert not {"states", "quality"} & found


def test_several_sources_are_told_apart(tmp_path: Path) -> None:
    """Each corpus has a chart of its classes and a column of the flow, and all together have one."""
    for name, label in (("first", 1), ("second", 2)):
        row = {**KEPT, "expression": label, "subject_id": name}
        faces_of(tmp_path / "faces" / name, [row] * 2, source=name)
    with opened([tmp_path / "faces"]) as material:
        assert material.counts.sources == ["first", "second"]
    text = sections_of(tmp_path / "faces")["imbalance"]
    for name in ("all corpora", "first", "second"):
        assert f"Frames of each class: {name}" in text


def test_names_stay_texts(tmp_path: Path) -> None:
    """A video whose name is markup is shown as it is called, in cards, the flow and lists."""
    name = "<img src=x onerror=alert(1)>"
    rows = [{"subject_id": name, "state": "no_face", "frame_index": n} for n in range(2)]
    found = sections_of(faces_of(tmp_path / "faces", rows, source=name))
    assert "img src" in found["overview"]
    assert "img src" in found["states"]
    assert not any("<img" in text for text in found.values())


def test_parameters_are_held_against_the_demo() -> None:
    """A source is held against the demo's whatever it is called; where it lies is nobody's concern."""
    params = {"align": {"size": 128, "margin": 0.0}, "sources": {"lab": {"root": "/x", "overlap": "train"}}}
    assert changed_values(params) == [
        ("align.size", "128", "256"),
        ("sources.lab.overlap", "train", "validation"),
    ]


def test_a_class_leads_to_its_rows(browser: Browser, published: Path, tmp_path: Path) -> None:
    """A bar and its number lead to as many rows as they count, copies left out."""
    path = tmp_path / "view.html"
    with opened([published]) as material:
        path.write_text(view_page(material), encoding="utf-8")
    with opened_page(browser, path) as page:
        figure = page.locator("#classes-expression-0")
        expect(figure.locator(".drawing svg")).to_be_visible()
        figure.locator(".layer_1_marks path").first.click()
        expect(page.locator("#rows").get_by_role("status").first).to_contain_text("rows")
        figure.get_by_text("Numbers", exact=True).click()
        link = figure.locator("td a").first
        count = link.inner_text()
        assert page.evaluate("location.hash") == link.get_attribute("href")
        link.press("Enter")
        expect(page.locator("#rows").get_by_role("status").first).to_contain_text(count)


def test_the_worst_video_is_one_click_away(browser: Browser, faces: Path, tmp_path: Path) -> None:
    """The card leads to the list, whose first line it is; a state of the flow leads to the videos that it took."""
    path = tmp_path / "view.html"
    with opened([faces]) as material:
        path.write_text(view_page(material), encoding="utf-8")
    with opened_page(browser, path) as page:
        page.get_by_role("link", name="video with the worst row states").click()
        first = page.locator("#video-states tbody tr").first
        expect(first.locator("td").first).to_have_text("w")
        page.locator(".bank").get_by_role("link", name="no_face").first.press("Enter")
        expect(page.locator("#video-states").get_by_role("status")).to_contain_text("2 of ")
        page.get_by_role("button", name="share", exact=True).first.press("Enter")
        expect(page.locator(".drawing[data-drawn=share] svg").first).to_be_visible()


def test_a_corpus_that_ingest_refuses_has_a_page_of_findings(tmp_path: Path) -> None:
    """All that `check` finds, beside what `ingest` says; no rows, and a licence that nobody knows."""
    for name, line in (("a", "happy"), ("b", 99)):
        write_text(tmp_path / f"annotations/EXPR_Set/Train_Set/{name}.txt", SEVEN, [0, line])
    with opened([tmp_path]) as material:
        found = view_page(material)

    assert "Stage ingest refuses this corpus" in found
    assert [one for one in ("a.txt", "b.txt") if f"annotations/EXPR_Set/Train_Set/{one}" in found] == [
        "a.txt",
        "b.txt",
    ]
    assert 'id="findings"' in found
    assert 'id="overview"' not in found
    assert "pass nothing on" in found


def test_a_folder_that_is_no_corpus_has_no_page(tmp_path: Path) -> None:
    """What is said is of the PATH that was typed, whatever params file lies here."""
    (tmp_path / "notes.txt").write_text("none", encoding="utf-8")
    told = rf"^PATH \({tmp_path}\) must be a corpus, .*; as a corpus it must hold label files such as"
    with pytest.raises(CorpusError, match=told) as error, opened([tmp_path], Path("params.yaml")):
        pass

    assert "sources." not in str(error.value)
