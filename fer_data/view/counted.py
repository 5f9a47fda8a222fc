"""Rows as `fer-data stats` counts them: of each task and split, with a label or without, no augmented copies."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import LABELS, SPLITS, split_column
from fer_data.published.shards import Shards, are_copies, read_shards
from fer_data.tables.schemas import FACE_ROWS, ROWS, iterate_table
from fer_data.view.material import Material

__all__ = ["counted_rows"]


def counted_rows(material: Material, task: str) -> Iterator[tuple[str, pa.Table]]:
    """Yield each split's name with some thousand of its rows: the columns of a task's labels.

    Of a published dataset these are its pictures, of aligned faces the rows that were kept, else all of the catalog.
    """
    columns = LABELS[task].columns
    if material.shards is not None:
        yield from _published(material.shards, columns)
        return
    split, aligned = split_column(task), material.has_states
    for table in material.row_tables:
        names = [*columns, split, *(["state"] if aligned else [])]
        for batch in iterate_table(table, FACE_ROWS if aligned else ROWS, names):
            rows = batch.filter(pc.equal(batch["state"], str(RowState.KEPT))) if aligned else batch
            for name in SPLITS:
                yield name, rows.filter(pc.equal(rows[split], name)).select(columns)


def _published(shards: Shards, columns: Sequence[str]) -> Iterator[tuple[str, pa.Table]]:
    for name in shards.splits:
        for batch in read_shards(shards, name):
            rows = pa.Table.from_batches([batch.select([*columns, "parent_id"])])
            yield name, rows.filter(pc.invert(are_copies(rows["parent_id"]))).select(columns)
