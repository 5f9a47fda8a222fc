"""Which labels go into a published dataset."""

import pyarrow as pa
import pytest

from fer_data.core.labels.published_splits import SubjectSplits
from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.publish.subject_labels import PublishedSubject, lost_labels, own_labels
from fer_data.tables.schemas import FACE_ROWS

EXPRESSIONS = [0, 1, 6, 7, 8, None]
HERE = PublishedSubject(
    SubjectSplits("a", "a", {"expression": "train", "valence_arousal": "train", "action_units": "train"}),
    "train",
    "own",
)
SPLIT = PublishedSubject(
    SubjectSplits(
        "a", "a", {"expression": "validation", "valence_arousal": "train", "action_units": "train"}
    ),
    "train",
    "own",
)


def rows() -> pa.Table:
    """Return a subject's rows, their expressions up to and beyond the classes."""
    found = [
        {
            **dict.fromkeys(FACE_ROWS.names),
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
    assert own_labels(rows(), HERE, classes)["expression"].to_pylist() == kept
    assert lost_labels(rows(), HERE, classes) == {"classes": lost}


def test_labels_of_a_task_with_another_split_go() -> None:
    """A subject that expression validates on has no expression in a training split, and each label is counted."""
    found = own_labels(rows(), SPLIT, 7)
    assert found["expression"].null_count == len(found)
    assert found["valence"].to_pylist() == [0.5] * len(found)
    assert lost_labels(rows(), SPLIT, 7) == {"expression": 5}
