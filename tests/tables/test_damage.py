"""Our tables notice damage when they are read."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.errors import DatasetError
from fer_data.tables.face_rows import class_names, metadata, per_series
from fer_data.tables.schemas import (
    CROPS,
    FACE_ROWS,
    VARIANT,
    check_batch,
    read_arrow,
    read_metadata,
    read_table,
    stream_batches,
    write_table,
)

if TYPE_CHECKING:
    from fer_data.publish import PublishInputs

READERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "table": ("rows.parquet", lambda path: read_table(path, FACE_ROWS)),
    "subjects": ("rows.parquet", lambda path: list(per_series(path.parent))),
    "classes": ("rows.parquet", lambda path: class_names(path.parent)),
    "crops": ("a.arrow", lambda path: list(read_arrow(path, CROPS))),
}


def _shifted(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + content[len(content) // 2 + 1 :])


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-300]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(os.urandom(5000)),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: pq.write_table(pa.table({"a": [1]}), path),
        _shifted,
    ],
    ids=["cut", "empty", "random", "missing", "pipe", "folder", "other", "a byte less"],
)
def test_a_damaged_table_is_one_sentence(
    faces: Path, tmp_path: Path, reader: str, damage: Callable[[Path], object]
) -> None:
    """The file is named, and what builds it."""
    name, read = READERS[reader]
    path = tmp_path / name
    path.write_bytes((faces / name).read_bytes())
    damage(path)
    if reader == "classes" and damage is _shifted:
        pytest.skip("names of classes are read without the rows")
    with pytest.raises(DatasetError, match=name) as caught:
        read(path)
    assert "dvc repro" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["rows.parquet", "a.arrow"])
@given(share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_no_flipped_byte_changes_what_is_read(
    faces: Path, tmp_path_factory: pytest.TempPathFactory, name: str, share: float, flip: int
) -> None:
    """Pages of Parquet and batches of Arrow carry hashes: damage is found, or was of no consequence."""

    def values(path: Path) -> str:
        if name == "a.arrow":
            return repr([batch.to_pylist() for batch in read_arrow(path, CROPS)])
        return repr([read_table(path, FACE_ROWS).to_pylist(), metadata(path.parent)])

    content = bytearray((faces / name).read_bytes())
    content[int(share * len(content))] ^= flip
    damaged = tmp_path_factory.mktemp("flipped") / name
    damaged.write_bytes(content)
    try:
        found = values(damaged)
    except DatasetError as error:
        found = str(error)
        assert found.splitlines() == [found]
    else:
        assert found == values(faces / name)


def test_no_count_of_a_footer_drops_rows(tmp_path: Path) -> None:
    """Each number in the footer that says 5, as Parquet writes it, is made smaller; what is read stays whole."""
    rows = [{"row_id": f"a/{n:05d}", "image": b"x", "pixels_sha256": bytes(32)} for n in range(1, 6)]
    path = tmp_path / "rows.parquet"
    write_table(path, [pa.Table.from_pylist(rows, VARIANT)], VARIANT)
    content = path.read_bytes()
    offsets = [offset for offset in range(len(content)) if content[offset - 1 : offset + 1] == b"\x16\x0a"]
    assert len(offsets) >= 4
    for offset in offsets:
        path.write_bytes(content[:offset] + b"\x08" + content[offset + 1 :])
        with contextlib.suppress(DatasetError):
            assert read_table(path, VARIANT).to_pylist() == rows


def test_no_flipped_bit_of_a_footer_hides_metadata(tmp_path: Path) -> None:
    """The seal stands among the metadata, so a bit that hides all of them hides it too; the mark of it is elsewhere."""
    path, stated = tmp_path / "rows.parquet", {"classes": '["Neutral", "Anger"]'}
    row = {"row_id": "a/00001", "image": b"x", "pixels_sha256": bytes(32)}
    write_table(path, [pa.Table.from_pylist([row], VARIANT)], VARIANT, stated)
    content = path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    text = pq.read_metadata(path).metadata[
        b"ARROW:schema"
    ]  # long, and no more than one value of the metadata
    inside = range(content.index(text) + 1, content.index(text) + len(text))
    for offset in sorted({*range(footer, len(content))} - {*inside}):
        for bit in range(8):
            path.write_bytes(content[:offset] + bytes([content[offset] ^ 1 << bit]) + content[offset + 1 :])
            with contextlib.suppress(DatasetError):
                assert read_metadata(path, VARIANT) == stated, (
                    f"bit {bit} of byte {offset - footer} of the footer"
                )


def test_a_table_of_another_program_has_no_seal(tmp_path: Path) -> None:
    """It is read for what it holds, with column ids of its writer or without."""
    row = {"row_id": "a/00001", "image": b"x", "pixels_sha256": bytes(32)}
    path = tmp_path / "rows.parquet"
    for column_id in (None, {b"PARQUET:field_id": b"1"}):
        schema = VARIANT.set(0, VARIANT.field(0).with_metadata(column_id))
        pq.write_table(pa.Table.from_pylist([row], schema), path)
        assert read_table(path, VARIANT).to_pylist() == [row]


def test_a_damaged_crop_is_named_by_its_row(faces: Path, tmp_path: Path) -> None:
    """A flip in a picture, which a JPEG decoder would show as another face, is found."""
    batch = next(read_arrow(faces / "a.arrow", CROPS))
    encoded = batch["image"][3].as_py()
    flipped = encoded[:-40] + bytes([encoded[-40] ^ 1]) + encoded[-39:]
    (tmp_path / "a.arrow").write_bytes((faces / "a.arrow").read_bytes().replace(encoded, flipped))
    with pytest.raises(DatasetError, match=r"a\.arrow: the picture of row a/00004 was altered or damaged"):
        list(read_arrow(tmp_path / "a.arrow", CROPS))


def test_damaged_hashes_of_pictures_are_found(faces: Path, tmp_path: Path) -> None:
    """They are passed on to the published dataset, so they are held against the hash of all pictures together."""
    (batch, metadata), *_ = stream_batches(faces / "a.arrow", CROPS)
    altered = {**metadata, b"pictures_together_sha256": b"0" * 64}
    check_batch(faces / "a.arrow", 0, batch, metadata)
    with pytest.raises(DatasetError, match=r"a\.arrow: the hashes of its pictures were altered or damaged"):
        check_batch(faces / "a.arrow", 0, batch, altered)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("expression", -7, "expression of row a/00001 is -7; it must be from 0 to 7 or missing"),
        ("expression", 99, "expression of row a/00001 is 99"),
        ("valence", 2.0, r"valence of row a/00001 is 2\.0; it must be in \[-1, 1\] or missing"),
        ("arousal", float("nan"), "arousal of row a/00001 is nan"),
        ("state", "lost", "state of row a/00001 is 'lost'; it must be one of kept"),
        ("split_expression", "val", "split_expression of row a/00001 is 'val'"),
        ("frame_index", -1, "frame_index of row a/00001 is -1"),
        ("raters", 11, "the votes of row a/00001 add up to 10, and raters is 11; they must be equal"),
        ("votes_outside", None, "votes_outside of row a/00001 is missing, and raters is given"),
        ("expression_votes", None, "expression_votes of row a/00001 is missing, and raters is given"),
        ("expression_votes", [9, 0, 0, 0, 0, 0, -1], "expression_votes of row a/00001 .* votes of 0 or more"),
        ("votes_unknown", -1, "votes_unknown of row a/00001 is -1; it must be 0 or more or missing"),
        ("expression_agreement", 1.5, r"expression_agreement of row a/00001 is 1\.5; it must be in \[0, 1\]"),
        (
            "label_source",
            "me",
            "label_source of row a/00001 is 'me'; it must be one of annotated, voted, intended",
        ),
        ("label_scope", "shot", "label_scope of row a/00001 is 'shot'"),
        ("subject_source", "", "subject_source of row a/00001 is ''"),
        ("expression_intended", 8, "expression_intended of row a/00001 is 8; it must be from 0 to 7"),
        ("action_unit_intensity", {"AU05": -1.0}, r"AU05 of row a/00001 is -1\.0; it must be 0 or more"),
    ],
)
def test_a_value_out_of_range_is_refused(
    faces: Path, tmp_path: Path, column: str, value: object, message: str
) -> None:
    """The table of rows is held against what each column may be, however it came to other values."""
    rows = read_table(faces / "rows.parquet", FACE_ROWS).to_pylist()
    rows[0][column] = value
    changed = pa.Table.from_pylist(rows, FACE_ROWS)
    write_table(tmp_path / "rows.parquet", [changed], FACE_ROWS, metadata(faces))
    with pytest.raises(DatasetError, match=message):
        list(per_series(tmp_path))


def test_a_damaged_record_in_a_stream_is_found(publish_inputs: "PublishInputs", tmp_path: Path) -> None:
    """What a file's schema states, such as how its pixels were made, is hashed with each batch."""
    content = (publish_inputs.variant / "a.arrow").read_bytes()
    assert content.count(b'"method": "area"') == 1
    (tmp_path / "a.arrow").write_bytes(content.replace(b'"method": "area"', b'"method": "aree"'))
    with pytest.raises(DatasetError, match="do not fit their hash"):
        list(read_arrow(tmp_path / "a.arrow", VARIANT))
