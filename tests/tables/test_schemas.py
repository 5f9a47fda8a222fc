"""Our Parquet tables: types that every reader understands, and the same values back."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_data.errors import DatasetError
from fer_data.tables.schemas import iterate_table, read_table, write_table

SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.string(), nullable=False),
        pa.field("box", pa.list_(pa.float32(), 4)),
        pa.field("landmarks", pa.list_(pa.list_(pa.float32(), 2), 5)),
    ]
)
ROWS = [
    {"row_id": "a/00001", "box": [1.0, 2.0, 3.0, 4.0], "landmarks": [[0.0, 1.0]] * 5},
    {"row_id": "a/00002", "box": None, "landmarks": None},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a table of one row with a face and one without."""
    path = tmp_path / "rows.parquet"
    write_table(path, [pa.Table.from_pylist(ROWS, SCHEMA)], SCHEMA, {"classes": "[]"})
    return path


def test_lists_of_a_fixed_size_are_plain_lists_in_the_file(path: Path) -> None:
    """No pyarrow before 26 reads a null list of a fixed size, so files hold none."""
    stored = pq.read_schema(path)
    assert stored.field("box").type == pa.list_(pa.float32())
    assert stored.field("landmarks").type == pa.list_(pa.list_(pa.float32()))


def test_a_table_comes_back_with_its_types_values_and_metadata(path: Path) -> None:
    """Past our reader nobody sees how the file stores it."""
    table = read_table(path, SCHEMA)
    assert table.schema.remove_metadata().equals(SCHEMA)
    assert table.to_pylist() == ROWS
    assert table.schema.metadata[b"classes"] == b"[]"


@pytest.mark.parametrize("columns", [["box"], ["row_id"], []], ids=["box", "row_id", "none"])
def test_some_columns_come_back_alone(path: Path, columns: list[str]) -> None:
    """Chosen columns have the schema's types too, and no column is a column too many."""
    assert read_table(path, SCHEMA, columns).column_names == columns


def test_rows_come_a_batch_at_a_time(path: Path) -> None:
    """Every batch has the schema's types."""
    batches = list(iterate_table(path, SCHEMA, batch_rows=1))
    assert [len(batch) for batch in batches] == [1, 1]
    assert pa.concat_tables(batches).to_pylist() == ROWS


def test_lists_of_another_length_are_damage(tmp_path: Path) -> None:
    """A box of three numbers is no box."""
    rows = pa.table({"row_id": ["a/00001"], "box": [[1.0, 2.0, 3.0]], "landmarks": [None]})
    stored = pq.read_schema(_written(tmp_path))
    schema = pa.schema([field.remove_metadata() for field in stored])
    pq.write_table(rows.cast(schema), tmp_path / "odd.parquet")
    with pytest.raises(DatasetError, match=r"odd\.parquet cannot be read"):
        read_table(tmp_path / "odd.parquet", SCHEMA)


def _written(folder: Path) -> Path:
    write_table(folder / "rows.parquet", [], SCHEMA)
    return folder / "rows.parquet"


def test_what_the_file_says_of_itself_is_no_metadata(path: Path) -> None:
    """The hash in the footer is the file's own; who reads the table sees what was written."""
    assert read_table(path, SCHEMA).schema.metadata == {b"classes": b"[]"}
