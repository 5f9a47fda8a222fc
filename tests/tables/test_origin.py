"""Whether faces are rendered, known from the corpus to the model."""

from pathlib import Path

import pytest

from fer_data.shell.files.outputs import new_folder
from fer_data.tables.origin import Origin, origin_of, stated_origin


def test_a_rendered_corpus_is_known_by_its_mark(tmp_path: Path) -> None:
    """As `fer-data sample` leaves it in the folder."""
    with new_folder(tmp_path / "sample", "corpus"):
        pass
    assert origin_of(tmp_path / "sample", "affwild2") == Origin("affwild2", rendered=True)


def test_a_copy_without_the_mark_is_known_by_its_truth(tmp_path: Path) -> None:
    """`cp sample/*` leaves hidden files behind."""
    (tmp_path / "truth.parquet").write_bytes(b"")
    assert origin_of(tmp_path, "affwild2").rendered


@pytest.mark.parametrize("kind", [None, "archive"])
def test_another_corpus_is_not_rendered(tmp_path: Path, kind: str | None) -> None:
    """Nor is one that `unpack` laid out."""
    (tmp_path / "corpus").mkdir()
    if kind:
        with new_folder(tmp_path / "corpus", kind):
            pass
    assert not origin_of(tmp_path / "corpus", "affwild2").rendered


def test_metadata_give_the_origin_back() -> None:
    """Tables without it, or with damage in its place, say nothing of it."""
    origin = Origin("affwild2", rendered=True)
    assert stated_origin(origin.metadata()) == origin
    for metadata in ({}, {"origin": "{"}, {"origin": "[]"}, {"origin": '{"corpus": "a"}'}):
        assert stated_origin(metadata) is None
