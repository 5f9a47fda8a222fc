"""How often each label occurs: what `dvc plots` draws of a dataset."""

from pathlib import Path

from fer_data.publish.card_tables import CardSplit
from fer_data.publish.label_bars import LabelBar, label_bars, write_label_bars
from fer_data.publish.label_counts import LabelCounts, ValueCounts

CLASSES = ["Neutral", 'Fear, "mild"']
LABELS = LabelCounts({"AU01": (2, 9)}, {"valence": ValueCounts((0,) * 16 + (1, 0, 0, 2), 2.0, 2.0)})
SPLITS = [
    CardSplit("train", [5, 1], [0, 4], 0, 1, 1, 1, labels=LABELS),
    CardSplit("validation", [2, 0], [], 0, 1, 1, 1),
    CardSplit("test", [0, 0], [], 7, 1, 1, 1),
]


def test_classes_count_their_own_rows_and_copies_apart() -> None:
    """In label order; a class without rows is seen to have none, a split without labels says nothing."""
    assert label_bars(SPLITS, CLASSES, "expression") == [
        LabelBar("Neutral", "train", "own", 5),
        LabelBar('Fear, "mild"', "train", "own", 1),
        LabelBar('Fear, "mild"', "train", "copies", 4),
        LabelBar("Neutral", "validation", "own", 2),
        LabelBar('Fear, "mild"', "validation", "own", 0),
    ]


def test_other_tasks_have_bars_of_their_own() -> None:
    """Units that are present, and values by range; a dataset of all tasks has all of them."""
    assert label_bars(SPLITS, CLASSES, "action_units") == [LabelBar("AU01", "train", "own", 2)]
    values = label_bars(SPLITS, CLASSES, "valence_arousal")
    assert [bar.rows for bar in values] == [0, 0, 0, 0, 3]
    assert values[-1].label == "valence 0.6 to 1.0"
    assert len(label_bars(SPLITS, CLASSES, "multi_task")) == 5 + 1 + 5


def test_the_table_is_plain_csv(tmp_path: Path) -> None:
    """A name with a comma stays one field; without labels there is the header."""
    write_label_bars(tmp_path / "a/32.csv", label_bars(SPLITS, CLASSES, "expression")[:2])
    assert (tmp_path / "a/32.csv").read_bytes() == (
        b'label,split,kind,rows\nNeutral,train,own,5\n"Fear, ""mild""",train,own,1\n'
    )
    write_label_bars(tmp_path / "a/32.csv", [])
    assert (tmp_path / "a/32.csv").read_text(encoding="utf-8") == "label,split,kind,rows\n"
