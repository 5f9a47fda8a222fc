"""What rows are called."""

import pyarrow as pa
import pytest

from fer_data.publish.card_labels import labels_section
from fer_data.publish.card_tables import CardSplit, LabelKind, footage_of_all
from fer_data.publish.summary import headlines, summary_of
from fer_data.tables.footage import BOTH, PICTURES, VIDEOS, Footage, all_single

RECORD = {
    "origin": None,
    "resolution": 32,
    "dataset_sha256": "0" * 64,
    "left_out": {},
    "near_duplicates": {},
    "leakage": {"people_in_two_splits": 0},
    "params": {"dataset": {"task": "expression"}},
}


def split(single: dict[str, bool]) -> CardSplit:
    """Return a split of two rows."""
    kinds = {LabelKind(name, "annotated", "frame", "none"): 1 for name in single}
    return CardSplit("train", [2], [0], 0, 0, 2, 9, kinds=kinds, single=single)


@pytest.mark.parametrize(
    ("frames", "single"), [([0, 0], True), ([0, 1], False), ([], True)], ids=["pictures", "frames", "none"]
)
def test_the_first_frame_alone_is_a_picture(frames: list[int], single: bool) -> None:
    """A row behind the first is of something that moves."""
    assert all_single(pa.table({"frame_index": pa.array(frames, pa.int32())})) is single


def test_rows_without_a_frame_are_frames() -> None:
    """Tables of earlier versions do not say."""
    assert not all_single(pa.table({"row_id": ["a"]}))


def test_a_corpus_has_single_pictures_where_every_split_has() -> None:
    """A video whose only validation row is its first frame stays a video."""
    assert footage_of_all([split({"a": True}), split({"a": False})]) == VIDEOS


@pytest.mark.parametrize(
    ("single", "footage", "counts"),
    [
        ({"a": False}, VIDEOS, ["videos", "subjects", "rows"]),
        ({"a": True}, PICTURES, ["pictures", "subjects"]),
        ({"a": True, "b": False}, BOTH, ["clips", "subjects", "rows"]),
    ],
    ids=["videos", "pictures", "both"],
)
def test_headlines_count_each_thing_once(
    single: dict[str, bool], footage: Footage, counts: list[str]
) -> None:
    """A picture is no video."""
    assert footage_of_all([split(single)]) == footage
    found = headlines(summary_of([split(single)], ["Neutral"], RECORD))
    assert list(found) == ["corpus", "dataset", *counts, "copies", "bytes", "people_in_two_splits"]
    assert found[counts[0]] == 2


def test_a_label_of_a_picture_is_of_no_frame() -> None:
    """Corpora side by side are told apart."""
    text = labels_section([split({"a": True, "b": False})], ["Neutral"], {})
    assert "| a | annotators | a picture |" in text
    assert "| b | annotators | a frame |" in text
