"""The command `diff`: exit codes, tables, the JSON document, the page and who may read it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from changed_faces import Row, dataset, plain_params
from published_with import restricted
from typer.testing import CliRunner, Result

from fer_data.commands.app import app
from fer_data.errors import OutputError, ParamsError
from fer_data.shell.files.sealed import sealed

KEYS = Path(__file__).parents[2] / "docs" / "json.md"
HOSTILE = "<b>[bold]x"


def run(*words: object) -> Result:
    """Run `fer-data diff` in a terminal of 80 columns."""
    return CliRunner().invoke(app, ["diff", *map(str, words)], env={"COLUMNS": "80", "TERM": "dumb"})


def change(row: Row) -> Row:
    """Relabel one row, lose one, move the box of one, and rename a video with markup."""
    one: dict[str, Row] = {
        "a/00001": {"expression": 3},
        "a/00002": {"state": "no_face", "box": None},
        "a/00003": {"box": [60.0, 20.0, 160.0, 140.0]},
        "a/00004": {"expression_given": HOSTILE},
    }
    return {**row, **one.get(row["row_id"], {})}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a dataset and what it became; tests must not write to them."""
    folder = tmp_path_factory.mktemp("pair")
    return dataset(folder / "one"), dataset(folder / "two", change)


def close(folder: Path) -> Path:
    """State that nobody knows what a dataset is made of, as if it were of people."""
    path = folder / "provenance.json"
    document = json.loads(path.read_text())
    document.pop("seal_sha256")
    licence = {"kind": "research", "pictures": "other", "reasons": ["Pass nothing on."], "parts": []}
    path.write_text(json.dumps(sealed(document | {"licence": licence})))
    return folder


def test_equal_datasets_end_with_0_and_others_with_1(pair: tuple[Path, Path]) -> None:
    """As `git diff --exit-code` has it, and said in words."""
    same, other = run(pair[0], pair[0]), run(*pair)
    assert (same.exit_code, other.exit_code) == (0, 1)
    assert same.stdout.endswith("Equal data, by content hash.\n")
    for text in ("relabelled", "Neutral -> Fear 1", "re-cropped", "no_face 1", "The data differ."):
        assert text in other.stdout
    assert max(len(line) for line in other.stdout.splitlines() if not line.startswith(("A: ", "B: "))) <= 80


def test_the_document_has_the_keys_of_the_docs(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """All of them, and no other, whether rows were read or not."""
    section = KEYS.read_text("utf-8").split("## `diff`")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    keys = {key for cell in cells for key in cell.split("`")[1::2]}
    for second in pair:
        done = run(pair[0], second, "--json", "--html", tmp_path / f"{second.parent.name}.html")
        found = json.loads(done.stdout)
        assert set(found) == keys
        assert found["html"] == str(tmp_path / f"{second.parent.name}.html")
    inner = {key for part in ("recropped", "relabelled", "first") for key in _keys(found[part])}
    assert not {key for key in inner if f"`{key}`" not in section} - {"expression"}


def _keys(value: object) -> set[str]:
    if isinstance(value, list):
        return {key for one in value for key in _keys(one)}
    return (
        {*value, *(key for one in value.values() for key in _keys(one))} if isinstance(value, dict) else set()
    )


def test_the_page_has_examples_and_pictures_on_request_alone(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Before and after of each kind; pictures side by side with `--faces`; nothing of a name becomes markup."""
    plain, faces = tmp_path / "plain.html", tmp_path / "faces.html"
    assert run(*pair, "--html", plain).exit_code == 1
    assert run(*pair, "--html", faces, "--faces").exit_code == 1
    text = plain.read_text("utf-8")
    assert "<img" not in text
    for shown in ("Examples: relabelled: expression", "Examples: re-cropped", "10, 20, 110, 140", "a/00002"):
        assert shown in text
    assert "&lt;b&gt;[bold]x" in text
    assert HOSTILE not in text
    # Three rows changed, and the one that is gone has a picture in the first dataset alone.
    assert len(re.findall("<img", faces.read_text("utf-8"))) == 2 * 3 + 1


def test_faces_of_restricted_data_are_in_a_file_that_says_so(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Its name must; it, and a page of their labels, may be read by the user alone."""
    shut = close(Path(shutil.copytree(pair[1], tmp_path / "shut")))
    with pytest.raises(ParamsError, match=r"--html \(.*\) must end in -contains-faces.html"):
        raise run(pair[0], shut, "--html", tmp_path / "a.html", "--faces").exception or AssertionError
    assert not list(tmp_path.glob("*.html"))
    for name, words in (("a.html", []), ("a-contains-faces.html", ["--faces"])):
        assert run(pair[0], shut, "--html", tmp_path / name, *words).exit_code == 1
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert ("<img" in (tmp_path / name).read_text("utf-8")) == bool(words)
        assert "Pass nothing on." in (tmp_path / name).read_text("utf-8")


def test_a_page_is_not_replaced_unasked(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """Nor written into a dataset; what is wrong is said before anything is compared."""
    page = tmp_path / "page.html"
    page.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        raise run(*pair, "--html", page).exception or AssertionError
    assert page.read_text() == "mine"
    assert run(*pair, "--html", page, "--overwrite").exit_code == 1
    with pytest.raises(OutputError, match="must not lie in an input"):
        raise run(*pair, "--html", pair[1] / "page.html").exception or AssertionError


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none", "none"], r"A \(none\) is no folder, and here is no DVC project"),
        (["FILE", "FILE"], r"A \(.*\) is a file. Name the folder of a published dataset"),
        (["ONE", "EMPTY"], "is an empty folder|published dataset"),
        (["ONE", "TWO", "--faces"], "--faces shows pictures on the page of --html"),
        (["ONE", "TWO", "--html", "a.txt"], r"--html \(a.txt\) must end in .html"),
        (["ONE", "TWO", "--resolution", "64"], r"--resolution \(64\) must be one of A \(.*\): 32"),
    ],
    ids=["nothing", "file", "empty", "faces-alone", "suffix", "resolution"],
)
def test_wrong_words_are_refused(
    words: list[str], message: str, pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, with the parameter and what to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    paths = {"ONE": pair[0], "TWO": pair[1], "FILE": tmp_path / "file", "EMPTY": tmp_path / "empty"}
    done = run(*(paths.get(word, word) for word in words))
    assert done.exit_code != 0
    assert re.search(message, str(done.exception))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]


def test_another_licence_is_told(tmp_path: Path, pair: tuple[Path, Path]) -> None:
    """The data are equal; what they may be used for is not."""
    other = dataset(tmp_path, params=restricted(plain_params()))
    done = run(pair[0], other)
    assert done.exit_code == 0
    assert "only how they were made differs" in done.stdout
    for text in ("licence.kind", "open", "research", "publish.licence"):
        assert text in done.stdout
