"""People and videos in several splits are found, with what is left out because of them."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.corpora.torn_splits import torn_splits
from fer_data.tables.schemas import ROWS, write_table

Place = tuple[str, str, str | None]


def catalog(path: Path, *places: Place, tasks: tuple[str, ...] = ("expression",)) -> Path:
    """Write rows of people in videos, each in one split of these tasks."""
    rows: list[dict[str, Any]] = [
        {
            **dict.fromkeys(ROWS.names),
            **{f"split_{task}": split for task in tasks},
            "row_id": f"{video}/{number:05d}",
            "series_id": video,
            "subject_id": person,
            "video_id": video,
            "side": "only",
            "frame_index": number,
            "action_units": dict.fromkeys(ACTION_UNITS),
        }
        for number, (person, video, split) in enumerate(places)
    ]
    write_table(path, [pa.Table.from_pylist(rows, ROWS)], ROWS)
    return path


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([("a", "v", "train"), ("a", "w", "train"), ("b", "x", "test")], []),
        ([("a", "v", "train"), ("a", "w", "validation")], ["'a' is in several splits of expression. .* 1 others"]),
        (
            [(name, f"{name}{split}", split) for name in "abcd" for split in ("train", "train", "test")],
            [r"4 people \(a, b, c, \.\.\.\) are in several splits of expression\. .* 8 others"],
        ),
        (
            [("a", "v", "train"), ("b", "v", "test")],
            ["'v' is in train and in another split of expression. .* 1 training rows"],
        ),
        ([("a", "v", None), ("a", "w", "test")], []),
        ([], []),
    ],
    ids=["nobody", "one person", "many", "two people of a video", "not annotated", "no rows"],
)  # fmt: skip
def test_each_kind_is_one_finding(tmp_path: Path, places: list[Place], expected: list[str]) -> None:
    """One finding a kind, however many people there are: a corpus may have a million."""
    found = [one.message for one in torn_splits(catalog(tmp_path / "rows.parquet", *places))]
    assert len(found) == len(expected)
    for message, pattern in zip(found, expected, strict=True):
        assert re.search(pattern, message), message


def test_tasks_alike_are_said_together(tmp_path: Path) -> None:
    """A corpus whose splits hold for all its tasks says it once."""
    path = catalog(
        tmp_path / "rows.parquet",
        *(("a", "v", "train"), ("a", "w", "test")),
        tasks=("expression", "action_units"),
    )
    (found,) = torn_splits(path)
    assert "of expression and action_units" in found.message
    assert (found.rule, str(found.severity)) == ("person-in-splits", "warning")
