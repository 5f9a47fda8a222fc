"""What is asked of each video, from the catalog."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from video_corpora import Subject, write_catalog

from fer_data.assignment.requests import SubjectRequest, VideoRequest, video_requests
from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.tables.schemas import ROWS, VIDEOS, read_table

ROOT = Path("corpus")


def catalog(folder: Path) -> tuple[pa.Table, pa.Table]:
    """Return rows and videos of a catalog with two people in one video, a test video and one without a file."""
    subjects = {
        "a_left": Subject("a", [0, None, 1], "left"),
        "a_right": Subject("a", [1, 1, 1], "right", "validation"),
        "lost": Subject("lost", [1]),
        "t": Subject("t", [None, None], "only", "test"),
    }
    write_catalog(folder, subjects, {"a": 3, "t": 2})
    return read_table(folder / "rows.parquet", ROWS), read_table(folder / "videos.parquet", VIDEOS)


def by_subject(requests: list[VideoRequest]) -> dict[str, SubjectRequest]:
    """Return the requests of all subjects."""
    return {subject.subject_id: subject for request in requests for subject in request.subjects}


def test_people_of_one_video_share_a_request(tmp_path: Path) -> None:
    """One request a video, with its file and packets; a video without a file has no path."""
    requests = video_requests(*catalog(tmp_path), ROOT, "expression")
    assert [(r.video_id, r.path, r.num_packets) for r in requests] == [
        ("a", ROOT / "batch1/a.mp4", 3),
        ("lost", None, 0),
        ("t", ROOT / "batch1/t.mp4", 2),
    ]
    assert [[s.side for s in r.subjects] for r in requests] == [["left", "right"], ["only"], ["only"]]


def test_labelled_rows_and_all_test_rows_are_needed(tmp_path: Path) -> None:
    """A row without a label is not needed, unless it is a test row; train rows alone may be dropped."""
    subjects = by_subject(video_requests(*catalog(tmp_path), ROOT, "expression"))
    assert subjects["a_left"].needed.tolist() == [True, False, True]
    assert subjects["t"].needed.all()
    assert subjects["a_left"].train.all()
    assert not subjects["a_right"].train.any()
    assert subjects["t"].trusted
    assert not subjects["a_left"].trusted


def test_labels_come_along_where_they_are_asked_for(tmp_path: Path) -> None:
    """Of all tasks; otherwise a label that changes changes no request, and aligns no video again."""
    rows, videos = catalog(tmp_path)
    assert by_subject(video_requests(rows, videos, ROOT, "expression"))["a_left"].labels is None
    labels = by_subject(video_requests(rows, videos, ROOT, "expression", labels=True))["a_left"].labels
    assert labels is not None
    assert labels.classes[:, 0].tolist() == [0, -1, 1]
    assert labels.classes.shape == (3, 1 + len(ACTION_UNITS))
    assert labels.values.shape == (3, 2)
    assert np.isnan(labels.values).all()


@pytest.mark.parametrize("task", ["valence_arousal", "action_units"])
def test_another_task_needs_none_of_these_rows(task: str, tmp_path: Path) -> None:
    """Labels of one task do not make a row of another."""
    subjects = by_subject(video_requests(*catalog(tmp_path), ROOT, task))
    assert not any(subject.needed.any() for subject in subjects.values())


def test_multi_task_needs_what_any_task_labels(tmp_path: Path) -> None:
    """A row with a label of one of the three tasks is needed; test in one task is test."""
    rows, videos = catalog(tmp_path)
    index = rows.schema.get_field_index("split_action_units")
    values = pa.array(["test" if name == "a_left" else None for name in rows["subject_id"].to_pylist()])
    subjects = by_subject(
        video_requests(rows.set_column(index, rows.schema.field(index), values), videos, ROOT, "multi_task")
    )
    assert subjects["a_left"].needed.all()
    assert not subjects["a_left"].train.any()
    assert subjects["a_right"].needed.all()


def test_listed_frames_make_a_sparse_subject(tmp_path: Path) -> None:
    """Rows that list some frames only are told from one row a frame."""
    rows, videos = catalog(tmp_path)
    kept = rows.filter(pa.array(np.arange(len(rows)) != 1))
    subjects = by_subject(video_requests(kept, videos, ROOT, "expression"))
    assert subjects["a_left"].sparse
    assert not subjects["a_right"].sparse


def test_the_catalog_names_sparse_subjects(tmp_path: Path) -> None:
    """A list that happens to name the first frames is known for a list by the catalog's metadata."""
    rows, videos = catalog(tmp_path)
    rows = rows.replace_schema_metadata({"sparse_series": '["a_right"]'})
    subjects = by_subject(video_requests(rows, videos, ROOT, "expression"))
    assert [name for name, subject in subjects.items() if subject.sparse] == ["a_right"]


def test_an_empty_catalog_asks_for_nothing(tmp_path: Path) -> None:
    """No rows, no requests."""
    rows, videos = catalog(tmp_path)
    assert video_requests(rows.slice(0, 0), videos, ROOT, "expression") == []
