"""Whom rows show, as far as anybody says it: a picture that nobody put a name to is no person to count."""

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["named_people"]

_SOURCE, _NOBODY = "subject_source", "none"


def named_people(rows: pa.Table) -> pa.ChunkedArray:
    """Return the person of each row: whom the corpus names, or one a video; null where nobody says whom it shows."""
    if _SOURCE not in rows.column_names:
        return rows["subject_id"]
    nobody = pc.fill_null(pc.equal(rows[_SOURCE], _NOBODY), fill_value=False)
    return pc.if_else(nobody, pa.scalar(None, pa.string()), rows["subject_id"])
