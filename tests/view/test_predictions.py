"""What a model answered is read as the table has it, in columns of numbers, for every task."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.errors import DatasetError
from fer_data.predictions.schemas import FILES, TABLES
from fer_data.tables.schemas import write_table
from fer_data.view import opened
from fer_data.view.predictions import answers


def row(frame: int, px: int = 64, **own: object) -> dict[str, Any]:
    """Return a row that the model saw."""
    return {
        "row_id": f"a/{frame + 1:05d}",
        "subject_id": "a",
        "video_id": "a",
        "frame_index": frame,
        "resolution": px,
        "source": "model",
        **own,
    }


def write(
    folder: Path, task: str, rows: list[dict[str, Any]], metadata: Mapping[str, str] | None = None
) -> Path:
    """Write rows as the predictions of a task of an evaluation."""
    path = folder / FILES[task]
    path.parent.mkdir(exist_ok=True, parents=True)
    write_table(
        path, [pa.Table.from_pylist(rows, TABLES[task].schema)], TABLES[task].schema, dict(metadata or {})
    )
    return folder


def test_classes_have_probabilities_where_the_model_saw_them(tmp_path: Path) -> None:
    """Of logits 0 and ln 3: a quarter and three quarters; a row without a picture or a label has none of it."""
    logits = [0.0, float(np.log(3))]
    rows = [
        row(0, expression=0, predicted=1, logits=logits),
        row(1, expression=-1, predicted=1, logits=logits),
        row(2, expression=1, predicted=1, logits=None, source="nearest"),
        row(0, 32, expression=0, predicted=0, logits=logits[::-1]),
    ]
    write(tmp_path, "expression", rows, {"classes": '["b", "a"]'})
    with opened([tmp_path]) as material:
        found, small = answers(material), answers(material, 32)
        assert answers(material, 16) is None
        assert answers(material, task="valence_arousal") is None
    assert found is not None
    assert small is not None
    assert (found.resolution, found.names, small.resolution) == (64, ("b", "a"), 32)
    assert found.confidence is not None
    assert found.label_probability is not None
    np.testing.assert_allclose(found.confidence, [0.75, 0.75, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found.label_probability, [0.25, np.nan, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found.loss, [np.log(4), np.nan, np.nan], rtol=1e-6)
    assert found.actual.tolist() == [0, -1, 1]
    assert small.predicted.tolist() == [0]
    assert found.places(pa.array(["a/00003", "b/00001"])).tolist() == [2, -1]


def test_the_resolution_of_the_headline_comes_first(tmp_path: Path) -> None:
    """What `scores.json` names is read where no resolution is asked for, though another one is larger."""
    rows = [row(0, px, expression=0, predicted=0, logits=[1.0, 0.0]) for px in (128, 64, 32)]
    write(tmp_path, "expression", rows)
    (tmp_path / "scores.json").write_text(
        json.dumps({"headline_px": 64, "resolutions": {px: {} for px in ("32", "64", "128")}})
    )
    with opened([tmp_path]) as material:
        found = answers(material)
        assert found is not None
        assert found.resolution == 64
        assert material.evaluation is not None
        assert list(material.evaluation.answers()) == [64, 128, 32]


def test_values_and_units_are_read(tmp_path: Path) -> None:
    """Each is an array of a column a name; the loss is the mean error, and the share of wrong units that are known."""
    values = [row(0, valence=0.5, arousal=0.0, predicted_valence=0.25, predicted_arousal=0.5)]
    values += [row(1, valence=np.nan, arousal=np.nan, predicted_valence=0.0, predicted_arousal=0.0)]
    write(tmp_path, "valence_arousal", values)
    none = dict.fromkeys(ACTION_UNITS)
    said: dict[str, Any] = {
        "predicted": {**none, "AU01": 1, "AU12": 0},
        "probability": {**none, "AU01": 0.75, "AU12": 0.25},
    }
    labels = {**none, "AU01": 0, "AU12": 0, "AU02": 1}
    write(tmp_path, "action_units", [row(0, action_units=labels, **said)])
    with opened([tmp_path]) as material:
        dimensions, units = answers(material, task="valence_arousal"), answers(material, task="action_units")
        assert answers(material) is None
    assert dimensions is not None
    assert units is not None
    np.testing.assert_allclose(dimensions.loss, [0.375, np.nan])
    assert dimensions.predicted.tolist() == [[0.25, 0.5], [0.0, 0.0]]
    place = {unit: units.names.index(unit) for unit in ("AU01", "AU02", "AU12")}
    assert units.actual[0, place["AU02"]] == 1
    assert np.isnan(units.predicted[0, place["AU02"]])
    np.testing.assert_allclose(units.loss, [0.5])


def test_a_table_that_no_model_wrote_is_refused(tmp_path: Path) -> None:
    """A row twice is an error of one line, not a chart of it."""
    write(tmp_path, "expression", [row(0, expression=0, predicted=0, logits=[1.0, 0.0])] * 2)
    with opened([tmp_path]) as material, pytest.raises(DatasetError, match=r"row_id .* once"):
        answers(material)


def test_an_evaluation_says_whether_it_may_be_passed_on(tmp_path: Path) -> None:
    """Alone it is as open as its tables state; one that states nothing is restricted."""
    rows = [row(0, expression=0, predicted=0, logits=[1.0, 0.0])]
    write(tmp_path / "open", "expression", rows, {"licence": '{"kind": "open", "reasons": []}'})
    write(tmp_path / "none", "expression", rows)
    for name, count in (("open", 0), ("none", 1)):
        with opened([tmp_path / name]) as material:
            assert len(material.reasons) == count
