"""Which labels go into a published dataset."""

import numpy as np
import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS, SPLITS, TASKS
from fer_data.publish.row_labels import lost_labels, own_labels, series_labels
from fer_data.tables.schemas import FACE_ROWS

EXPRESSIONS = [0, 1, 6, 7, 8, None]
TRAIN = pa.scalar("train")
NONE_LOST = {**dict.fromkeys(TASKS, 0), "classes": 0}


def rows(expression_split: str = "train") -> pa.Table:
    """Return rows whose expressions go up to and beyond the classes; the other tasks train on them."""
    found = [
        {
            **dict.fromkeys(FACE_ROWS.names),
            "split_expression": expression_split,
            "split_valence_arousal": "train",
            "split_action_units": "train",
            "expression": label,
            "valence": 0.5,
            "arousal": 0.25,
            "action_units": dict.fromkeys(ACTION_UNITS, 1),
        }
        for label in EXPRESSIONS
    ]
    return pa.Table.from_pylist(found, pa.schema([field.with_nullable(True) for field in FACE_ROWS]))


@pytest.mark.parametrize(
    ("classes", "kept", "lost"),
    [
        (9, [0, 1, 6, 7, 8, None], 0),
        (8, [0, 1, 6, 7, None, None], 1),
        (7, [0, 1, 6, None, None, None], 2),
        (6, [0, 1, None, None, None, None], 3),
        (1, [0, None, None, None, None, None], 4),
    ],
    ids=str,
)
def test_the_last_class_stays_and_what_lies_beyond_is_counted(
    classes: int, kept: list[int | None], lost: int
) -> None:
    """Class indices begin at 0: with seven classes 6 is the last one, and 7 is none."""
    assert own_labels(rows(), TRAIN, classes)["expression"].to_pylist() == kept
    assert lost_labels(rows(), TRAIN, classes) == {**NONE_LOST, "classes": lost}


def test_labels_of_a_task_with_another_split_go() -> None:
    """Rows that expression validates on have no expression in a training split, and each label is counted."""
    validated = rows("validation")
    found = own_labels(validated, TRAIN, 7)
    assert found["expression"].null_count == len(found)
    assert found["valence"].to_pylist() == [0.5] * len(found)
    assert lost_labels(validated, TRAIN, 7) == {**NONE_LOST, "expression": 5}


@pytest.mark.parametrize("splits", [[0, 0], [1, 1], [0, 1], [1, 0]], ids=str)
def test_series_together_are_as_each_by_itself(splits: list[int]) -> None:
    """Null units stay null in a series all of whose rows keep a task's labels, whatever its neighbours do."""
    units = rows().schema.get_field_index("action_units")
    nothing = pa.nulls(len(EXPRESSIONS), rows().schema.field(units).type)
    one = rows().set_column(units, rows().schema.field(units), nothing)
    both, codes = pa.concat_tables([one, one]), np.repeat(np.array(splits, np.int8), len(one))
    apart = [own_labels(one, pa.scalar(SPLITS[split]), 7) for split in splits]
    found = series_labels(both, codes, np.array([0, len(one)]), 7)
    assert found.to_pylist() == pa.concat_tables(apart).to_pylist()


def test_each_row_keeps_the_labels_of_its_own_split() -> None:
    """Rows of one series may be published in several splits: a label stays where its task puts that very row."""
    splits = pa.array(["train", "train", "test", "validation", "train", "train"])
    found = own_labels(rows(), splits, 9)
    assert found["expression"].to_pylist() == [0, 1, None, None, 8, None]
    assert found["action_units"].to_pylist()[2] == dict.fromkeys(ACTION_UNITS)
