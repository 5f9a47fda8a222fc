"""Rows of the faces table in the columns of a published dataset."""

import numpy as np
import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.published.feature_forms import arrow_schema
from fer_data.published.features import published_features, published_images, published_rows
from fer_data.tables.label_fields import DETAILS
from fer_data.tables.schemas import FACE_ROWS, compact

ROW = {
    "row_id": "a/00001",
    "subject_id": "a",
    "video_id": "a",
    "side": "only",
    "frame_index": 0,
    "state": "kept",
    "split_expression": "train",
    "split_valence_arousal": "train",
    "split_action_units": "train",
    "expression": 3,
    "valence": 0.5,
    "arousal": -0.5,
    "action_units": dict.fromkeys(ACTION_UNITS, 1),
    "expression_given": "Contempt",
    "expression_votes": [3],
    "votes_outside": 2,
    "votes_unknown": 1,
    "votes_no_face": 0,
    "raters": 6,
    "expression_agreement": 0.5,
    "label_rule": "most votes",
    "action_unit_intensity": dict.fromkeys(ACTION_UNITS, 2.5),
    "expression_intended": 0,
    "votes_voice": [1],
    "votes_face": [2],
    "label_source": "voted",
    "label_scope": "clip",
    "segment_id": "a",
    "subject_source": "given",
    "pts_seconds": 0.25,
    "box": [1.0, 2.0, 3.0, 4.0],
    "landmarks": [[float(i), 1.0] for i in range(5)],
    "detector_score": 0.5,
    "track_id": 7,
    "sharpness": 2.0,
    "brightness": 3.0,
    "face_blur": 0.25,
    "face_brightness": 4.0,
    "face_contrast": 5.0,
    "outside_fraction": 0.125,
    "native_px": 96,
}
NULLABLE = [
    name for name in published_features(["a"]) if name in FACE_ROWS.names and FACE_ROWS.field(name).nullable
]
NAN = float("nan")
MISSING = {
    "expression": -1,
    "track_id": -1,
    "native_px": -1,
    "box": [NAN] * 4,
    "landmarks": [[NAN, NAN]] * 5,
    **{name: "" for name, kind in DETAILS.items() if kind == pa.string()},
    **{name: -1 for name, kind in DETAILS.items() if pa.types.is_integer(kind)},
    **{name: [-1] for name, kind in DETAILS.items() if pa.types.is_list(kind)},
    "action_unit_intensity": dict.fromkeys(ACTION_UNITS, NAN),
    "action_units": dict.fromkeys(ACTION_UNITS, -1),
}


def published(*rows: dict[str, object]) -> list[dict[str, object]]:
    """Return rows as they are published, each with a picture of one byte."""
    table = pa.Table.from_pylist(list(rows), FACE_ROWS).append_column("corpus", pa.repeat("own", len(rows)))
    table = table.append_column("person_id", table["subject_id"])
    table = table.append_column("duplicate_group", pa.repeat(pa.scalar(-1, pa.int32()), len(rows)))
    made = published_rows(compact(table), 1)
    made = made.add_column(0, "image", published_images(pa.array([b"x"] * len(rows), pa.binary())))
    made.validate(full=True)
    found: list[dict[str, object]] = made.cast(arrow_schema(published_features(["a"]))).to_pylist()
    return found


@pytest.mark.parametrize("name", [*NULLABLE, "action_units"])
def test_what_is_missing_has_a_value(name: str) -> None:
    """Whole numbers are -1 and others NaN, in lists as well; neighbouring rows keep their own."""
    gone = dict.fromkeys(ACTION_UNITS) if name == "action_units" else None
    rows = published(ROW, {**ROW, name: gone}, ROW)
    assert rows[0] == rows[2]
    assert rows[0][name] == ROW[name]
    np.testing.assert_equal(rows[1][name], MISSING.get(name, NAN))
    assert {key: value for key, value in rows[1].items() if key != name} == {
        key: value for key, value in rows[0].items() if key != name
    }


def test_an_original_names_no_parent() -> None:
    """It has empty texts, and the picture's path, which nobody needs, is empty too."""
    row = published(ROW)[0]
    assert (row["parent_id"], row["augmentation"]) == ("", "")
    assert row["image"] == {"bytes": b"x", "path": ""}


def test_no_rows_are_no_rows() -> None:
    """An empty table keeps its columns."""
    assert published() == []
