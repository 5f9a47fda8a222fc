"""`fer-data view`: which files it writes, and who may read them."""

from pathlib import Path

import pytest
from corpus_trees import SEVEN, write_text
from typer.testing import CliRunner, Result

from fer_data.commands.app import app
from fer_data.errors import OutputError, ParamsError

PARAMS = Path(__file__).parents[2] / "params.yaml"


def run(*words: object) -> Result:
    """Run `fer-data view`."""
    return CliRunner().invoke(app, ["view", *map(str, words)])


def test_faces_go_into_a_second_file(faces: Path, tmp_path: Path) -> None:
    """Its name says so, only its owner may read it, and blurred it is another; a file that is there is kept."""
    output, second = tmp_path / "page.html", tmp_path / "page-contains-faces.html"
    done = run(faces, "--output", output, "--faces")
    assert done.exit_code == 0, done.output
    assert [path.name for path in (output, second) if path.name in done.stdout] == [output.name, second.name]
    assert second.stat().st_mode & 0o777 == 0o600
    clear = second.read_text(encoding="utf-8")
    output.unlink()
    with pytest.raises(OutputError, match=r"page-contains-faces.html\) exists already"):
        raise run(faces, "--output", output, "--faces").exception or AssertionError
    assert not output.exists()
    assert run(faces, "--output", output, "--faces", "--blur", "--overwrite").exit_code == 0
    assert len(second.read_text(encoding="utf-8")) < len(clear)


def test_a_corpus_that_ingest_refuses_is_a_page_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `check`; what `ingest` says is said, and only its owner may read the page."""
    monkeypatch.chdir(tmp_path)
    write_text(tmp_path / "corpus/annotations/EXPR_Set/Train_Set/a.txt", SEVEN, [0, "happy"])
    done = run("corpus", "--output", "page.html")

    assert done.exit_code == 1
    assert "corpus: `ingest` refuses this corpus, so the page has findings alone: annotations/" in done.stdout
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o600


UNITS = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"


def test_a_task_that_nobody_annotated_is_a_page_and_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is that of the params file, by the name that it has there; nobody typed an option."""
    monkeypatch.chdir(tmp_path)
    write_text(tmp_path / "corpus/annotations/AU_Set/Train_Set/a.txt", UNITS, [",".join("0" * 12)])
    done = run("corpus", "--output", "page.html", "--params", PARAMS)

    told = "dataset.task (expression) must be annotated in an edition. Editions found: 2; annotated: action_units."
    assert done.exit_code == 1, done.output
    assert f"the page has findings alone: {told}" in done.stdout
    assert "--params" not in done.stdout
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("task-unannotated") >= 1
    assert told in page


def test_without_a_params_file_the_task_is_one_that_is_annotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asked for another."""
    monkeypatch.chdir(tmp_path)
    write_text(tmp_path / "corpus/annotations/AU_Set/Train_Set/a.txt", UNITS, [",".join("0" * 12)])
    done = run("corpus", "--output", "page.html")

    assert "must be annotated" not in done.output
    assert (tmp_path / "page.html").is_file()


def test_nothing_is_blurred_without_faces(faces: Path, tmp_path: Path) -> None:
    """`--blur` alone would do nothing, so it is refused before anything is read."""
    with pytest.raises(ParamsError, match="--blur blurs the faces of --faces"):
        raise run(faces, "--output", tmp_path / "page.html", "--blur").exception or AssertionError


def test_faces_of_what_has_none_are_refused(tmp_path: Path) -> None:
    """An evaluation has no pictures, and neither file is written."""
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    (evaluation / "scores.json").write_text("{}")
    (evaluation / "predictions.parquet").write_bytes(b"")
    with pytest.raises(ParamsError, match=r"--faces shows pictures, and there are none in PATH"):
        raise run(evaluation, "--output", tmp_path / "page.html", "--faces").exception or AssertionError
    assert not list(tmp_path.glob("*.html"))
