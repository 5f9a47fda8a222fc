"""Folders that hold one folder for each source."""

from pathlib import Path

import pytest
from conftest import write_faces

from fer_data.errors import DatasetError
from fer_data.stats import stats
from fer_data.tables.face_rows import check_disjoint, corpora, metadata, num_rows, per_series
from fer_data.tables.source_folders import check_listed, source_folders


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the faces of two sources."""
    folder = tmp_path_factory.mktemp("both")
    write_faces(folder / "first", source="first")
    write_faces(folder / "second", prefix="b-", source="second")
    return folder


def test_rows_of_all_sources_follow_each_other(both: Path) -> None:
    """In the order of their names; the folder of one source is read by the same functions."""
    one = [name for name, _ in per_series(both / "first")]
    assert [name for name, _ in per_series(both)] == [*one, *(f"b-{name}" for name in one)]
    assert num_rows(both) == 2 * num_rows(both / "first")
    assert corpora(both) == {"first": both / "first", "second": both / "second"}
    assert source_folders(both / "first") == [both / "first"]
    assert metadata(both)["classes"] == metadata(both / "first")["classes"]


def test_stats_count_each_source_and_their_mean_share(both: Path) -> None:
    """The second is the first under other ids, so that the mean over both is the share in one."""
    found, one = stats(both, task="expression"), stats(both / "first", task="expression")
    assert list(found.corpora) == ["first", "second"]
    assert (one.corpora, one.means) == ({}, {})
    shares = {
        split.name: {own.name: own.share for own in split.classes} for split in one.splits["expression"]
    }
    assert found.means["expression"] == shares
    assert found.low_quality == 2 * (one.low_quality or 0) > 0


def test_what_a_source_left_stops_with_the_command_that_removes_it(tmp_path: Path) -> None:
    """In any of the folders; what is hidden or no folder is none of its business."""
    faces, catalogs = tmp_path / "faces", tmp_path / "cata log"
    write_faces(faces / "first")
    (catalogs / "gone").mkdir(parents=True)
    (faces / ".gone.tmp").mkdir()
    (faces / "notes.txt").touch()
    assert check_listed(["first"], faces) == ["first"]
    with pytest.raises(
        DatasetError, match=r"gone is of no source: sources lists first\. .*`rm -r '.*cata log/gone'`"
    ):
        check_listed(["first"], faces, catalogs)


def test_faces_of_a_version_with_one_source_are_what_it_left(tmp_path: Path) -> None:
    """They lie where the folders of sources now lie."""
    write_faces(tmp_path / "faces")
    with pytest.raises(DatasetError, match=r"rm -r .*faces`"):
        check_listed(["first"], tmp_path / "faces")


def test_a_source_that_was_never_aligned_is_named(tmp_path: Path) -> None:
    """With the command that aligns it."""
    with pytest.raises(DatasetError, match=r"has no rows\.parquet\. Run `dvc repro align@first`"):
        check_listed(["first"], tmp_path)


def test_ids_that_two_sources_share_are_refused(both: Path, tmp_path: Path) -> None:
    """Both are named, and where to keep them apart."""
    check_disjoint(both)
    write_faces(tmp_path / "first")
    write_faces(tmp_path / "third")
    with pytest.raises(
        DatasetError,
        match=r"subject_id 'a' is in source first and in source third\. .*sources\.third\.prefix",
    ):
        check_disjoint(tmp_path)
