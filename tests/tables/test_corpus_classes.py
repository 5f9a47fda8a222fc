"""What several sources say of classes, together."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from fer_data.errors import DatasetError
from fer_data.tables.corpus_classes import corpus_classes, stated_labels
from fer_data.tables.face_rows import check_disjoint, class_names, metadata
from fer_data.tables.origin import named_source
from fer_data.tables.schemas import FACE_ROWS, read_table, write_table


def write(folder: Path, name: str, classes: list[str], given: list[str], **more: object) -> None:
    """Write the faces of a source without rows."""
    stated = {
        "classes": classes,
        "corpus_classes": {name: [one for one in classes if one in given]},
        "given_classes": {name: given},
        "class_map": {},
        "value_scale": {name: [-1, 1]},
    }
    texts = {key: json.dumps(value) for key, value in (stated | more).items()}
    write_table(folder / name / "rows.parquet", [], FACE_ROWS, texts | named_source(name))


def test_each_corpus_says_what_it_can_give(tmp_path: Path) -> None:
    """By source, for the loss and the card, which see one list of classes."""
    classes = ["Neutral", "Happiness", "Contempt"]
    write(tmp_path, "affectnet", classes, classes, value_scale={"affectnet": [-10, 10]})
    write(tmp_path, "rafdb", classes, ["Neutral", "Happiness"])
    stated = metadata(tmp_path)
    assert json.loads(stated["classes"]) == classes
    assert corpus_classes(stated) == {"affectnet": classes, "rafdb": ["Neutral", "Happiness"]}
    assert stated_labels(stated)["value_scale"] == {"affectnet": [-10, 10], "rafdb": [-1, 1]}
    check_disjoint(tmp_path)


def test_lists_that_differ_are_refused_with_the_list_to_write(tmp_path: Path) -> None:
    """It is that of all in the order of a dataset, which a person can copy."""
    write(tmp_path, "b", ["Neutral", "Other"], ["Neutral", "Other"])
    write(tmp_path, "a", ["Neutral", "Contempt", "bored"], ["Neutral", "Contempt", "bored"])
    with pytest.raises(
        DatasetError, match=r"dataset\.classes to \[Neutral, Contempt, Other, bored\]"
    ) as caught:
        metadata(tmp_path)
    assert "b has the expression classes Neutral, Other, but" in str(caught.value)


def test_words_for_one_class_are_told(tmp_path: Path) -> None:
    """Nothing is taken for another by itself; what to write is said."""
    write(tmp_path, "a", ["Happiness", "Sadness"], ["Happiness", "Sadness"])
    write(tmp_path, "b", ["happy", "sad"], ["happy", "sad"])
    with pytest.raises(DatasetError, match=r"dataset\.class_map: \{happy: Happiness, sad: Sadness\}\.$"):
        metadata(tmp_path)


def test_a_corpus_without_expressions_takes_any_list(tmp_path: Path) -> None:
    """One of action units alone has names in its table that stand in no row."""
    write(tmp_path, "a_disfa", ["Neutral", "Anger"], [])
    write(tmp_path, "b_rafdb", ["Neutral", "Other"], ["Neutral", "Other"])
    assert class_names(tmp_path) == ["Neutral", "Other"]
    assert corpus_classes(metadata(tmp_path)) == {"a_disfa": [], "b_rafdb": ["Neutral", "Other"]}


def test_a_class_map_that_no_source_fits_is_refused(tmp_path: Path) -> None:
    """By the first stage that sees all, since folders of pictures may be called anything."""
    for name, given in (("a", ["Neutral"]), ("b", ["happy"])):
        write(tmp_path, name, ["Neutral"], given, class_map={"happy": "Neutral", "hapy": "Neutral"})
    with pytest.raises(
        DatasetError, match=r"names 'hapy', a class that no source has\. They have Neutral, h"
    ):
        check_disjoint(tmp_path)
    for name, given in (("a", ["Neutral"]), ("b", ["happy"])):
        write(tmp_path, name, ["Neutral"], given, class_map={"happy": "Neutral"})
    check_disjoint(tmp_path)


def test_a_table_of_an_earlier_version_is_refused(tmp_path: Path) -> None:
    """It lacks the columns that say what its labels mean, and its units are those of one corpus."""
    old = pa.schema([field for field in FACE_ROWS if field.name != "expression_given"])
    write_table(tmp_path / "rows.parquet", [], old)
    with pytest.raises(
        DatasetError, match="made by another version of fer_data; run `dvc repro` to rebuild it"
    ):
        read_table(tmp_path / "rows.parquet", FACE_ROWS)


@pytest.mark.parametrize("text", ["[", "[]", "3"], ids=["cut", "list", "number"])
def test_damaged_statements_are_one_sentence(text: str) -> None:
    """Metadata have a hash, and who writes them by hand is told."""
    with pytest.raises(DatasetError, match="corpus_classes in the metadata of a table is no mapping"):
        corpus_classes({"corpus_classes": text})
