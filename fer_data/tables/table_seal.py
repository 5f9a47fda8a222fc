"""The seal of a Parquet table: a hash of its metadata and number of rows, and a mark that says that there is one.

Parquet's pages carry checksums; its footer, which holds schema, metadata and counts, has none. The seal stands among
the metadata, the mark in the schema, so that no single damage hides both::

    pages (checksums) | footer: schema (mark: field id of the first column) | counts | metadata (with the seal)
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.shell.files.sealed import SEAL, document_sha256

__all__ = ["is_sound", "marked", "seal_of", "stated_metadata"]

_FIELD_ID = b"PARQUET:field_id"
_MARK = b"266241541"
"""Any number that other writers do not give a column: they count from 0 or 1."""


def marked(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose first column says, by its field id, that the file has a seal."""
    return schema.set(0, schema.field(0).with_metadata({_FIELD_ID: _MARK}))


def seal_of(metadata: Mapping[str, str], rows: int) -> str:
    """Return the hash that a table of this metadata and number of rows is sealed with."""
    return document_sha256({"metadata": dict(metadata), "rows": rows})


def stated_metadata(file: pq.ParquetFile) -> dict[str, str]:
    """Return the metadata that a file was written with, without its seal and Arrow's own schema."""
    plain = {key.decode(): value.decode() for key, value in (file.metadata.metadata or {}).items()}
    return {key: value for key, value in plain.items() if key not in {SEAL, "ARROW:schema"}}


def is_sound(file: pq.ParquetFile) -> bool:
    """Say whether a file's metadata and counts are what it was sealed with; one of another program has no seal."""
    rows, groups = file.metadata.num_rows, range(file.metadata.num_row_groups)
    if sum(file.metadata.row_group(group).num_rows for group in groups) != rows:
        return False
    stated = (file.metadata.metadata or {}).get(SEAL.encode())
    if stated is None:
        return not _is_marked(file.schema_arrow)
    return bool(stated.decode() == seal_of(stated_metadata(file), rows))


def _is_marked(schema: pa.Schema) -> bool:
    return len(schema) > 0 and (schema.field(0).metadata or {}).get(_FIELD_ID) == _MARK
