"""Labels of any corpus become columns, and come back from them."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.classes import class_places
from fer_data.core.labels.scales import in_own_scale
from fer_data.core.labels.tasks import ACTION_UNITS, KNOWN_CLASSES
from fer_data.corpora.given import (
    GivenLabels,
    GivenRow,
    LabelScope,
    LabelSource,
    SubjectSource,
)
from fer_data.corpora.labelling import Labelling, label_findings, labels_as_columns, lacking_findings
from fer_data.errors import CorpusError
from fer_data.shell.files.findings import Severity
from fer_data.tables.label_fields import CHOICES
from fer_data.tables.schemas import ROWS, read_table, write_table

NAMES = [*map(str, KNOWN_CLASSES), "bored", "Ärger, laut"]
UNKNOWN, NO_FACE = "Uncertain", "No-Face"
SCALE = (-10.0, 10.0)


def labelling(classes: list[str], class_map: dict[str, str | None] | None = None) -> Labelling:
    """Return how a corpus with all names is labelled."""
    places = class_places(classes, NAMES, class_map or {}, unknown=[UNKNOWN], no_face=[NO_FACE])
    return Labelling(places, SCALE, "pictures")


def row(index: int = 0, person: str | None = None, clip: str | None = None, **labels: Any) -> GivenRow:
    """Return a row with labels."""
    return GivenRow(f"{index}.jpg", "train", GivenLabels(**labels), person=person, clip=clip)


def columns(rows: list[GivenRow], how: Labelling) -> list[dict[str, Any]]:
    """Return the rows as columns say them."""
    found = labels_as_columns(rows, [one.clip or one.path for one in rows], how).columns
    table: list[dict[str, Any]] = pa.table(dict(found)).to_pylist()
    return table


def stored(rows: list[GivenRow], how: Labelling, folder: Path) -> list[dict[str, Any]]:
    """Return the rows as the table of a catalog has them, which is held against its rules."""
    found = dict(labels_as_columns(rows, [one.clip or one.path for one in rows], how).columns)
    texts = [f"{index}/00001" for index in range(len(rows))]
    found |= {name: pa.array(texts) for name in ("row_id", "subject_id", "video_id", "side", "series_id")}
    found |= {name: pa.array(["train"] * len(rows)) for name in ROWS.names if name.startswith("split_")}
    found["frame_index"] = pa.array([0] * len(rows), pa.int32())
    classes = json.dumps(how.places.classes)
    write_table(
        folder / "rows.parquet", [pa.table([found[n] for n in ROWS.names], ROWS)], ROWS, {"classes": classes}
    )
    read: list[dict[str, Any]] = read_table(folder / "rows.parquet", ROWS).to_pylist()
    return read


words = st.sampled_from([*NAMES, UNKNOWN, NO_FACE])
values = st.integers(-100, 100).map(lambda tenths: tenths / 10)
given_labels = st.builds(
    GivenLabels,
    expression=st.none() | words,
    votes=st.none() | st.dictionaries(words, st.integers(0, 40)),
    valence=st.none() | values,
    arousal=st.none() | values,
    units=st.dictionaries(st.sampled_from(ACTION_UNITS), st.integers(0, 1)),
    intensities=st.dictionaries(st.sampled_from(ACTION_UNITS), st.integers(0, 5).map(float)),
    source=st.sampled_from(["annotated", "voted", "intended"]),
    rule=st.sampled_from(["", "most votes"]),
    intended=st.none() | st.sampled_from(NAMES),
    votes_by_modality=st.dictionaries(
        st.sampled_from(["voice", "face"]), st.dictionaries(words, st.integers(0, 9), max_size=4)
    ),
)
given_rows = st.builds(
    GivenRow,
    path=st.just("a.jpg"),
    split=st.just("train"),
    labels=given_labels,
    person=st.none() | st.just("p1"),
    clip=st.none() | st.just("c1"),
    scope=st.sampled_from(["frame", "segment", "clip"]),
    segment=st.sampled_from(["", "s1"]),
)
class_lists = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


@given(st.lists(given_rows, max_size=6), class_lists, st.data())
def test_labels_come_back_from_their_columns(
    tmp_path_factory: pytest.TempPathFactory, rows: list[GivenRow], classes: list[str], data: st.DataObject
) -> None:
    """Whatever the list of classes and the map: every word, vote, value and unit is there, and nothing is added."""
    targets = st.none() | st.sampled_from(classes)
    class_map = data.draw(st.dictionaries(st.sampled_from(NAMES), targets))
    how = labelling(classes, class_map)
    mapped = {name: class_map.get(name, name) for name in NAMES}
    for one, found in zip(rows, stored(rows, how, tmp_path_factory.mktemp("catalog")), strict=True):
        own = one.labels
        assert found["expression_given"] == own.expression
        assert named(found["expression"], classes) == among(mapped.get(own.expression or ""), classes)
        assert named(found["expression_intended"], classes) == among(mapped.get(own.intended or ""), classes)
        assert votes_of(found, "expression_votes", classes) == counted(own.votes, mapped, classes)
        if own.votes is not None:
            assert found["raters"] == sum(own.votes.values())
            assert found["votes_unknown"] == own.votes.get(UNKNOWN, 0)
            assert found["votes_no_face"] == own.votes.get(NO_FACE, 0)
        for modality in ("voice", "face"):
            wanted = counted(own.votes_by_modality.get(modality), mapped, classes)
            assert votes_of(found, f"votes_{modality}", classes) == wanted
        for name in ("valence", "arousal"):
            assert in_scale(found[name]) == getattr(own, name)
        assert coded(found["action_units"]) == own.units
        assert coded(found["action_unit_intensity"]) == own.intensities
        assert found["label_rule"] == (own.rule or None)


def named(index: int | None, classes: list[str]) -> str | None:
    """Return the name of a class."""
    return None if index is None else classes[index]


def among(name: str | None, classes: list[str]) -> str | None:
    """Return a name that is a class."""
    return name if name in classes else None


def counted(
    votes: dict[str, int] | None, mapped: dict[str, str | None], classes: list[str]
) -> dict[str, int] | None:
    """Return votes by class of the dataset."""
    if votes is None:
        return None
    return {name: sum(count for word, count in votes.items() if mapped.get(word) == name) for name in classes}


def votes_of(found: dict[str, Any], column: str, classes: list[str]) -> dict[str, int] | None:
    """Return the votes of a column by class."""
    return None if found[column] is None else dict(zip(classes, found[column], strict=True))


def in_scale(value: float | None) -> float | None:
    """Return a value in the scale of the corpus, to a tenth."""
    return (
        None
        if value is None
        else round(float(in_own_scale(np.array([value], np.float32), SCALE)[0]), 1) + 0.0
    )


def coded(units: dict[str, float | None]) -> dict[str, float]:
    """Return the units that are coded."""
    return {name: value for name, value in units.items() if value is not None}


def test_what_is_not_said_is_null() -> None:
    """A row without a label says nothing at all, not even who made it."""
    (found,) = columns([row()], labelling(NAMES))
    assert {name for name, value in found.items() if value is not None} == {
        "action_units", "action_unit_intensity", "subject_source",
    }  # fmt: skip
    assert set(found["action_units"].values()) == set(found["action_unit_intensity"].values()) == {None}


def test_doubt_is_never_other() -> None:
    """Words that say that nobody could tell are no class, and Contempt is Other where the map says so alone."""
    rows = [row(expression=word) for word in (UNKNOWN, NO_FACE, "Contempt")]
    classes = ["Neutral", "Other"]
    assert [one["expression"] for one in columns(rows, labelling(classes))] == [None, None, None]
    mapped = labelling(classes, {"Contempt": "Other"})
    assert [one["expression"] for one in columns(rows, mapped)] == [None, None, 1]


def test_classes_that_the_dataset_lacks_are_counted() -> None:
    """By name, and words of doubt are none of them."""
    rows = [row(expression=word) for word in ("Contempt", "Contempt", "bored", "Neutral", UNKNOWN)]
    found = labels_as_columns(rows, [""] * 5, labelling(["Neutral"]))
    assert found.outside == {"Contempt": 2, "bored": 1}
    told = [finding.message for finding in label_findings(found.outside, found.out_of_scale)]
    assert [text.split(" have")[0] for text in told] == ["2 rows of class Contempt", "1 rows of class bored"]


def test_a_word_for_a_class_is_told() -> None:
    """Where a corpus has another word for a class of the dataset; of others nothing is suggested."""
    bored, happy = label_findings({"happy": 2, "bored": 1}, 0, ["Happiness"])
    assert "such as `happy: Happiness`." in happy.message
    assert "such as" not in bored.message


def test_values_beyond_the_scale_are_left_out_and_counted() -> None:
    """As Aff-Wild2's are: a number that the format does not know is no label."""
    rows = [row(valence=11.0, arousal=0.0), row(valence=5.0)]
    found = labels_as_columns(rows, ["", ""], labelling(NAMES))
    assert (found.columns["valence"].to_pylist(), found.out_of_scale) == ([None, 0.5], 1)
    assert [finding.rule for finding in label_findings({}, 1)] == ["label-out-of-range"]


def test_agreement_is_the_share_behind_the_label() -> None:
    """Of all raters, those who could not say among them; merged classes count together."""
    votes = {"Anger": 3, "Disgust": 4, "Fear": 1, UNKNOWN: 2}
    (found,) = columns(
        [row(expression="Disgust", votes=votes)], labelling(["Anger", "Fear"], {"Disgust": "Anger"})
    )
    assert (found["expression_votes"], found["raters"]) == ([7, 1], 10)
    assert found["expression_agreement"] == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"votes": {"Anger": -1}}, "votes of a row must be 0 to 32,767"),
        ({"votes": {"Anger": 40_000}}, "votes of a row must be 0 to 32,767"),
        ({"votes": {"Anger": 1}, "source": "machine"}, "program's labels must not be votes"),
        ({"units": {"AU28": 1}}, "AU28 is none of the units AU01"),
        ({"units": {"AU01": 999}}, r"AU01 \(999\) must be 0 or 1"),
        ({"units": {"AU01": 2}}, r"AU01 \(2\) must be 0 or 1"),
        ({"intensities": {"AU01": -1.0}}, r"AU01 \(-1\) must be 0 or more"),
    ],
    ids=["negative", "many", "machine", "unit", "code", "intensity-as-unit", "intensity"],
)
def test_what_no_corpus_says_is_refused(labels: dict[str, Any], message: str) -> None:
    """It would be a fault of an adapter, or of a file that was tampered with."""
    with pytest.raises(CorpusError, match=message):
        columns([row(**labels)], labelling(NAMES))


def test_a_label_of_a_segment_names_it() -> None:
    """That of a clip names the clip, that of a frame nothing."""
    labels = GivenLabels(expression="Anger")
    rows = [
        GivenRow("a.mp4", "train", labels, clip="a", scope=scope, segment=segment)
        for scope, segment in (("frame", ""), ("segment", "s2"), ("clip", ""))
    ]
    found = columns(rows, labelling(NAMES))  # type: ignore[arg-type]
    assert [one["segment_id"] for one in found] == [None, "a#s2", "a"]
    assert [one["label_scope"] for one in found] == ["frame", "segment", "clip"]


def test_where_subjects_come_from() -> None:
    """People that the corpus names; else one a video or clip; a single picture of nobody is its own."""
    rows = [row(person="p"), row(clip="c"), row()]
    assert [one["subject_source"] for one in columns(rows, labelling(NAMES))] == ["given", "video", "none"]


def test_tables_know_the_words_of_adapters() -> None:
    """What a row may say of its source is written down once for types and once for checks."""
    assert {
        "label_source": get_args(LabelSource),
        "label_scope": get_args(LabelScope),
        "subject_source": get_args(SubjectSource),
    } == CHOICES


def test_no_rows_are_no_rows() -> None:
    """A corpus may have an empty chunk."""
    assert columns([], labelling(NAMES)) == []


def test_a_class_that_a_corpus_has_no_word_for_is_said() -> None:
    """A misspelt name in `dataset.classes` is seen; a corpus of values alone lacks nothing."""
    (found,) = lacking_findings(class_places(["Neutral", "Hapiness"], ["Neutral"], {}))
    assert (found.rule, found.severity) == ("class-lacking", Severity.INFO)
    assert found.message.startswith("The dataset has Hapiness, which this corpus cannot give.")
    assert not list(lacking_findings(class_places(["Neutral"], ["Neutral", "Sad"], {})))
    assert not list(lacking_findings(class_places(["Neutral"], [], {})))
