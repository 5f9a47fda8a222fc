"""The sheet of faces beside the card of an open dataset."""

import numpy as np
import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.pictures.images import encode_png
from fer_data.publish.face_sample import FaceSample

RED = encode_png(np.full((8, 8, 3), (200, 0, 0), np.uint8))


def rows(people: list[str], labels: list[int]) -> pa.RecordBatch:
    """Return published rows of these people, each a red picture."""
    count = len(people)
    kind = pa.struct([(name, pa.int8()) for name in ACTION_UNITS])
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.record_batch(
        {
            "image": pa.array([{"bytes": RED, "path": ""}] * count, image),
            "expression": pa.array(labels, pa.int64()),
            "person_id": pa.array(people),
            "valence": pa.array([0.5] * count, pa.float32()),
            "arousal": pa.array([float("nan")] * count, pa.float32()),
            "action_units": pa.array([dict.fromkeys(ACTION_UNITS, 1)] * count, kind),
        }
    )


def own(count: int) -> np.ndarray:
    """Return that so many rows are originals."""
    return np.zeros(count, np.bool_)


def test_each_face_of_a_class_is_of_another_person() -> None:
    """At most eight, whatever there is; augmented copies and rows of no class are none."""
    sample = FaceSample("expression", ["Neutral", "Anger"])
    sample.add(rows(["a", "a", "b", "c"], [0, 0, 0, -1]), own(4))
    sample.add(rows([f"p{i}" for i in range(20)], [1] * 20), own(20))
    sample.add(rows(["z"], [0]), np.ones(1, np.bool_))
    assert {group: len(found) for group, found in sample.found.items()} == {0: 2, 1: 8}
    sheet = sample.sheet("train")
    assert sheet is not None
    red = (sheet == (200, 0, 0)).all(axis=2).sum()
    assert red == 10 * 96 * 96


@pytest.mark.parametrize(
    ("task", "caption"),
    [("valence_arousal", ("+0.50 none",)), ("action_units", ("AU01 AU02", "AU04 AU05"))],
)
def test_without_classes_faces_have_their_labels(task: str, caption: tuple[str, ...]) -> None:
    """People one after another."""
    sample = FaceSample(task, [])
    sample.add(rows(["a", "b"], [-1, -1]), own(2))
    assert [found[1][: len(caption)] for found in sample.found[0]] == [caption] * 2
    assert sample.sheet("train") is not None


def test_nobody_makes_no_sheet() -> None:
    """Nothing is written then."""
    assert FaceSample("expression", ["Neutral"]).sheet("train") is None
