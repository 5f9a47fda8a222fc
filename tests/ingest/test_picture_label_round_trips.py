"""What a corpus of pictures says of a face stands in the catalog as it was said: nothing lost, and nothing made up."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from corpus_trees import source_of_kind
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.labels.votes import ferplus_majority
from fer_data.corpora.adapters import ADAPTERS
from fer_data.corpora.given import ClassTable
from fer_data.ingest import ingest
from fer_data.params.source import SourceParams
from fer_data.tables.schemas import ROWS, read_table

FEW = settings(max_examples=10, deadline=None)
VALUE = st.none() | st.floats(-1, 1, width=32)
VOTES = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def catalog(root: Path, source: SourceParams) -> dict[str, dict[str, Any]]:
    """Return the rows of a corpus of pictures by the path of their picture, and the name of their face."""
    folder = root.parent / "catalog"
    ingest(root, folder, source)
    rows = read_table(folder / "rows.parquet", ROWS).to_pylist()
    return {unquote(row["row_id"].removesuffix("/00001")): row for row in rows}


def said(table: ClassTable, code: object) -> tuple[str | None, bool]:
    """Return the word of a code, and whether it is a class."""
    word = table.codes.get(str(code))
    return word, word in table.classes


def write(path: Path, lines: list[str]) -> None:
    """Write lines as a text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


def check(rows: dict[str, dict[str, Any]], expected: dict[str, tuple[str | None, bool]]) -> None:
    """Hold the word of each row, and that it has a class exactly where the word is one."""
    assert {path: row["expression_given"] for path, row in rows.items()} == {
        path: word for path, (word, _) in expected.items()
    }
    assert {path: row["expression"] is not None for path, row in rows.items()} == {
        path: known for path, (_, known) in expected.items()
    }


@FEW
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ab c"), st.integers(0, 9)),
        st.tuples(st.sampled_from(["train", "val", "test"]), st.sampled_from(["happy", "Fear", "b%2Fc"])),
        min_size=1,
    )
)
def test_a_folder_of_pictures(
    tmp_path_factory: pytest.TempPathFactory, labels: dict[tuple[str, int], tuple[str, str]]
) -> None:
    """Folders, rows, folders."""
    root = tmp_path_factory.mktemp("folders") / "root"
    expected = {}
    for (folder, number), (split, word) in labels.items():
        path = f"{split}/{word}/{folder}/{number}.jpg"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(os.urandom(8))
        expected[path] = split, word
    rows = catalog(root, source_of_kind(root, "pictures", aligned=False, table=None))
    short = {"validation": "val"}
    assert {
        path: (short.get(row["split_expression"], row["split_expression"]), row["expression_given"])
        for path, row in rows.items()
    } == expected
    assert all(row["expression"] is not None for row in rows.values())


@FEW
@given(
    st.dictionaries(
        st.integers(0, 99), st.tuples(st.sampled_from(["", "x", "Contempt"]), VALUE, VALUE), min_size=1
    )
)
def test_a_table_of_pictures(tmp_path_factory: pytest.TempPathFactory, labels: dict[int, Any]) -> None:
    """Words and values of each line, and none where the line has none."""
    root = tmp_path_factory.mktemp("table") / "root"
    texts = [
        f"{number}.jpg,{word},{'' if v is None else repr(v)},{'' if a is None else repr(a)}"
        for number, (word, v, a) in labels.items()
    ]
    write(root / "t.csv", ["p,l,v,a", *texts])
    none = dict.fromkeys(("split", "subject", "box"))
    table = {**none, "file": "t.csv", "path": "p", "label": "l", "valence": "v", "arousal": "a"}
    rows = catalog(root, source_of_kind(root, "pictures", aligned=False, table=table))
    assert {
        path: (row["expression_given"] or "", row["valence"], row["arousal"]) for path, row in rows.items()
    } == {f"{number}.jpg": own for number, own in labels.items()}


@FEW
@given(
    st.dictionaries(st.integers(0, 99), st.tuples(st.integers(0, 10), VALUE), min_size=1),
    st.sampled_from(["csv", "npy"]),
)
def test_affectnet(tmp_path_factory: pytest.TempPathFactory, labels: dict[int, Any], release: str) -> None:
    """Codes and values in both releases; -2 is none."""
    root = tmp_path_factory.mktemp("affectnet") / "root"
    written = {number: (code, -2.0 if value is None else value) for number, (code, value) in labels.items()}
    if release == "csv":
        folder = "Manually_Annotated_Images"
        (root / folder).mkdir(parents=True)
        lines = [f"{n}.jpg,0,0,9,9,1;2,{code},{value!r},{value!r}" for n, (code, value) in written.items()]
        write(root / "validation.csv", lines)
    else:
        folder = "val_set/images"
        (root / folder).mkdir(parents=True)
        for number, own in written.items():
            for name, value in zip(("exp", "val", "aro"), (*own, own[1]), strict=True):
                path = root / f"val_set/annotations/{number}_{name}.npy"
                path.parent.mkdir(exist_ok=True)
                np.save(path, str(value))
    rows = catalog(root, source_of_kind(root, "affectnet", aligned=False))
    table = ADAPTERS["affectnet"].kind.table
    check(rows, {f"{folder}/{number}.jpg": said(table, code) for number, (code, _) in labels.items()})
    for number, (_, value) in labels.items():
        row = rows[f"{folder}/{number}.jpg"]
        assert (row["valence"], row["arousal"]) == (value, value)


@FEW
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["train", "test"]), st.integers(0, 99)), st.integers(1, 7), min_size=1
    )
)
def test_rafdb(tmp_path_factory: pytest.TempPathFactory, labels: dict[tuple[str, int], int]) -> None:
    """Codes from 1 in an order of its own."""
    root = tmp_path_factory.mktemp("rafdb") / "root"
    (root / "Image/aligned").mkdir(parents=True)
    names = {f"{split}_{number:05d}": code for (split, number), code in labels.items()}
    write(root / "EmoLabel/list_patition_label.txt", [f"{name}.jpg {code}" for name, code in names.items()])
    rows = catalog(root, source_of_kind(root, "rafdb", images="aligned"))
    table = ADAPTERS["rafdb"].kind.table
    check(rows, {f"Image/aligned/{name}_aligned.jpg": said(table, code) for name, code in names.items()})


@FEW
@given(st.dictionaries(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), st.integers(0, 6), min_size=1))
def test_expw(tmp_path_factory: pytest.TempPathFactory, labels: dict[tuple[str, int], int]) -> None:
    """Codes of each face of a picture."""
    root = tmp_path_factory.mktemp("expw") / "root"
    (root / "image/origin").mkdir(parents=True)
    write(
        root / "label/label.lst",
        [f"{name}.jpg {face} 0 {face} {face + 9} 9 1.5 {code}" for (name, face), code in labels.items()],
    )
    rows = catalog(root, source_of_kind(root, "expw"))
    table = ADAPTERS["expw"].kind.table
    several = {name for name, _ in labels if sum(other == name for other, _ in labels) > 1}
    check(
        rows,
        {
            f"image/origin/{name}.jpg{f'~{face}' if name in several else ''}": said(table, code)
            for (name, face), code in labels.items()
        },
    )


@FEW
@given(st.lists(st.lists(st.integers(0, 10), min_size=10, max_size=10), min_size=1, max_size=6))
def test_ferplus(tmp_path_factory: pytest.TempPathFactory, labels: list[list[int]]) -> None:
    """Every vote: for a class, unknown, no face; and the majority of FER+."""
    root = tmp_path_factory.mktemp("fer") / "root"
    write(root / "fer2013.csv", ["emotion,pixels,Usage", *("0,1 2 3 4,Training" for _ in labels)])
    lines = [f"Training,fer{n:07d}.png,{','.join(map(str, own))}" for n, own in enumerate(labels)]
    write(root / "fer2013new.csv", [f"Usage,Image name,{VOTES}", *lines])
    rows = catalog(root, source_of_kind(root, "fer2013"))
    names = VOTES.split(",")
    order = [
        names.index(name)
        for name in ("neutral", "anger", "disgust", "fear", "happiness", "sadness", "surprise", "contempt")
    ]
    for line, own in enumerate(labels, 2):
        row = rows[f"fer2013.csv#{line}"]
        assert row["expression_votes"] == [own[place] for place in order]
        assert (row["votes_unknown"], row["votes_no_face"], row["votes_outside"]) == (own[8], own[9], 0)
        assert row["raters"] == sum(own)
        winner = ferplus_majority(dict(zip(names, own, strict=True)), "unknown")
        assert row["expression_given"].lower() == winner.lower()
        assert (row["expression"] is None) == (winner in ("unknown", "NF"))
