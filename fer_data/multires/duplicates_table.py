"""Find near-duplicates among the pictures of all sources, and list them beside a variant."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64, Mask
from fer_data.core.labels.published_splits import SplitCodes, published_splits
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import SPLITS
from fer_data.multires.candidates import MAX_DISTANCE, Compared, candidate_pairs, candidates
from fer_data.multires.crop_differences import crop_differences
from fer_data.multires.near_duplicates import (
    HELD_OUT,
    MAX_DIFFERENCE,
    OTHER,
    Decided,
    confirmed,
    decide,
)
from fer_data.tables.face_rows import has_crop, iterate_rows
from fer_data.tables.near_duplicates import (
    NEAR_DUPLICATES,
    OUTCOMES,
    write_near_duplicates,
)
from fer_data.tables.published_series import PLACE_COLUMNS, corpora_of_rows, row_places

__all__ = ["write_duplicates"]

_TRAIN = SPLITS.index("train")


def write_duplicates(faces: Path, variant: Path, task: str) -> dict[str, Any]:
    """Write `near_duplicates.parquet`, and return what was counted; nothing where no crop has a hash, as of videos.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    hashes, hashed = _hashes(faces)
    if not hashed.any():
        write_near_duplicates(variant, NEAR_DUPLICATES.empty_table(), {}, task)
        return {}
    places = row_places(iterate_rows(faces, PLACE_COLUMNS))
    splits = published_splits(places, task)
    compared = np.flatnonzero(hashed & (splits >= _TRAIN))
    near = candidates(Compared(hashes[compared], places.videos[compared], splits[compared] > _TRAIN))
    wanted = compared[near]
    rows = _rows(faces, wanted)
    order = pc.sort_indices(rows["row_id"]).to_numpy()  # nothing depends on the order of sources or of rows
    rows, wanted = rows.take(order), wanted[order]
    own = Compared(hashes[wanted], places.videos[wanted], splits[wanted] > _TRAIN)
    rank = _rank(rows)
    pairs, bounded = candidate_pairs(own, rank)
    copies = confirmed(pairs, crop_differences(faces, rows, pairs))
    table = _listed(rows, decide(own, copies, rank), splits[wanted])
    counts = {
        "compared": len(compared),
        "max_distance": MAX_DISTANCE,
        "max_difference": MAX_DIFFERENCE,
        "candidate_pairs": len(pairs.first),
        "confirmed_pairs": len(copies.first),
        "rows_with_more_candidates": int(bounded.sum()),
        **_counts(table),
    }
    write_near_duplicates(variant, table, counts, task)
    return counts


def _hashes(faces: Path) -> tuple[Int64, Mask]:
    """Return the hash of every row, and which rows have one beside a crop that is published."""
    hashes, hashed = [np.zeros(0, np.int64)], [np.zeros(0, np.bool_)]
    for table in iterate_rows(faces, ["perceptual_hash", "state", "box"]):
        hashes.append(pc.fill_null(table["perceptual_hash"], 0).to_numpy())
        known = pc.and_(pc.is_valid(table["perceptual_hash"]), has_crop(table))
        hashed.append(np.asarray(pc.fill_null(known, fill_value=False).to_numpy(), np.bool_))
    return np.concatenate(hashes), np.concatenate(hashed)


def _rows(faces: Path, wanted: Int64) -> pa.Table:
    """Return what says which row is rather kept, of chosen rows, and their corpus."""
    columns = ["row_id", "series_id", "state", "raters", "native_px"]
    found, first = [], 0
    for corpus, table in corpora_of_rows(faces, columns):
        here = wanted[(wanted >= first) & (wanted < first + len(table))] - first
        found.append(table.take(pa.array(here)).append_column("corpus", pa.repeat(corpus, len(here))))
        first += len(table)
    return pa.concat_tables(found).combine_chunks()


def _rank(rows: pa.Table) -> Int64:
    """Return the place of each row in the order in which rows are kept: labelled, most raters, largest, first id."""
    keys = pa.table(
        {
            "labelled": pc.equal(rows["state"], str(RowState.KEPT)),
            "raters": pc.fill_null(rows["raters"], 0),
            "native_px": pc.fill_null(rows["native_px"], 0),
            "row_id": rows["row_id"],
        }
    )
    ways = [(name, "descending") for name in ("labelled", "raters", "native_px")]
    order = pc.sort_indices(keys, [*ways, ("row_id", "ascending")]).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


def _listed(rows: pa.Table, decided: Decided, splits: SplitCodes) -> pa.Table:
    """Return the list of rows that are in groups, in the order of their ids; groups are numbered by their first."""
    leaves, ids = decided.of >= 0, rows["row_id"].combine_chunks()
    grouped = np.flatnonzero(decided.group >= 0)
    columns = {
        "row_id": ids,
        "of": ids.take(pa.array(decided.of, mask=~leaves)),
        "distance": pa.array(decided.distance, pa.int32(), mask=~leaves),
        "difference": pa.array(decided.difference, pa.float32(), mask=~leaves),
        "split": pa.array(SPLITS).take(pa.array(splits)),
        "corpus": rows["corpus"],
        "outcome": pa.array(OUTCOMES).take(pa.array(decided.outcome)),
    }
    table = pa.table(columns).take(pa.array(grouped))
    table = table.append_column("group", pa.array(_numbered(decided.group[grouped]), pa.int32()))
    ordered = table.select(NEAR_DUPLICATES.names).cast(NEAR_DUPLICATES)
    return ordered.sort_by([("group", "ascending"), ("row_id", "ascending")])


def _numbered(group: Int64) -> Int64:
    """Return groups numbered from 0 in the order in which they first occur.

    >>> _numbered(np.array([7, 3, 7])).tolist()
    [0, 1, 0]
    """
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), np.int64)
    numbers[np.argsort(first)] = np.arange(len(first))
    return np.asarray(numbers[inverse], np.int64)


def _counts(table: pa.Table) -> dict[str, Any]:
    """Return how many rows and groups there are, what became of them, and how many groups span which corpora."""
    outcomes = Counter(table["outcome"].to_pylist())
    spans: dict[int, set[str]] = {}
    pairs = table.group_by(["group", "corpus"], use_threads=False).aggregate([])
    for group, corpus in zip(pairs["group"].to_pylist(), pairs["corpus"].to_pylist(), strict=True):
        spans.setdefault(group, set()).add(corpus)
    across = Counter("+".join(sorted(names)) for names in spans.values() if len(names) > 1)
    return {
        "groups": len(spans),
        "rows": len(table),
        "held_out_rows": pc.sum(pc.not_equal(table["split"], "train")).as_py() or 0,
        "close_to_held_out": outcomes[OUTCOMES[HELD_OUT]],
        "other_stays": outcomes[OUTCOMES[OTHER]],
        "across_corpora": dict(sorted(across.items())),
    }
