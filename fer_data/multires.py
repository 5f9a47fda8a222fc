"""Stage `multires`: the base crops reduced to one resolution."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import chain as joined
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Image
from fer_data.core.vision.reduction import brought_to, reduce_by_area
from fer_data.errors import DatasetError, MediaError
from fer_data.params.multires import MultiresParams
from fer_data.pictures.images import decode
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import Progress, progress
from fer_data.tables.encoding import EncodingRecord
from fer_data.tables.face_rows import all_given, has_crop, metadata, num_rows, per_subject
from fer_data.tables.origin import origin_text, stated_origin
from fer_data.tables.schemas import CROPS, VARIANT, read_arrow, write_arrow

__all__ = ["headlines", "multires"]

_BATCH_ROWS = 256


def multires(faces: Path, output: Path, resolution: int, params: MultiresParams) -> dict[str, Any]:
    """Write every published crop at `resolution` px, one file a subject, and return the summary.

    At the base crop's own side its bytes are passed on unchanged. Crops that were given, beside none of our own, have
    sides of their own; smaller ones are enlarged. Subjects without crops have no file. Pictures
    are worked on by as many threads as there are cores, and written in the order of the crops.

    Raises:
        DatasetError: a crop is missing, damaged, not square, or smaller than `resolution`.
        OutputError: something else stands at `output`.
    """
    subjects = images = size = 0
    made: dict[str, Any] = {}
    given = all_given(faces)
    writing = new_folder(output, "multires", overwrite=True, inputs=[faces])
    told = progress(f"multires {resolution} px", num_rows(faces), "rows")
    with writing as folder, told as work, ThreadPoolExecutor() as threads:
        for subject, row_ids in _wanted(faces, work):
            source = faces / f"{subject}.arrow"
            batches = _crops(source, row_ids)
            first = next(batches)
            side = None if given else _decoded(*_first(first)).shape[1]
            chain = _chain(side, resolution, params)
            reduced = _reduced(joined([first], batches), chain, threads)
            target = folder / source.name
            write_arrow(target, reduced, VARIANT, {"chain": chain.to_json()})
            subjects, images, size = subjects + 1, images + len(row_ids), size + target.stat().st_size
            made = {"method": chain.method, "encoder": chain.encoder, "quality": chain.quality}
    corpus, counts = origin_text(stated_origin(metadata(faces))), {"subjects": subjects, "images": images}
    return {"corpus": corpus, "resolution": resolution, **counts, "bytes": size, **made}


def _wanted(faces: Path, work: Progress) -> Iterator[tuple[str, pa.Array]]:
    """Yield the subjects with the crops that are published, and count a subject's rows once its crops are done."""
    for subject, rows in per_subject(faces, ["row_id", "subject_id", "state", "box"]):
        row_ids = rows.filter(has_crop(rows))["row_id"].combine_chunks()
        if len(row_ids):
            yield subject, row_ids
        work.advance(len(rows))


def _crops(source: Path, row_ids: pa.Array) -> Iterator[pa.Table]:
    """Yield the wanted crops in small tables; never an empty one.

    Raises:
        DatasetError: the file lacks one of the rows.
    """
    found = 0
    for batch in read_arrow(source, CROPS):
        table = pa.Table.from_batches([batch]).select(["row_id", "image"])
        table = table.filter(pc.is_in(table["row_id"], row_ids))
        found += len(table)
        yield from (table.slice(start, _BATCH_ROWS) for start in range(0, len(table), _BATCH_ROWS))
    if found != len(row_ids):
        raise DatasetError(
            f"{source} holds {found} of the {len(row_ids)} crops that rows.parquet lists. "
            "Run `dvc repro align` to rebuild the faces."
        )


def _first(table: pa.Table) -> tuple[str, bytes]:
    return table["row_id"][0].as_py(), table["image"][0].as_py()


def _decoded(row_id: str, encoded: bytes) -> Image:
    try:
        return decode(encoded)
    except MediaError as error:
        raise DatasetError(
            f"The crop of row {row_id}: {error} Run `dvc repro align` to rebuild it."
        ) from error


def _chain(side: int | None, resolution: int, params: MultiresParams) -> EncodingRecord:
    """Return how crops of a side, or of each its own, become pictures of a resolution."""
    small = resolution <= params.png_up_to_px
    return EncodingRecord(
        method="given" if side is None else "unchanged" if side == resolution else params.method,
        from_px=side,
        to_px=resolution,
        encoder="png" if small else "jpeg",
        quality=None if small else params.jpeg_quality,
    )


def _reduced(tables: Iterator[pa.Table], chain: EncodingRecord, threads: Executor) -> Iterator[pa.Table]:
    for table in tables:
        row_ids = table["row_id"].to_pylist()
        images = threads.map(partial(_reduce, chain=chain), row_ids, table["image"].to_pylist())
        yield pa.table({"row_id": row_ids, "image": pa.array(images, pa.binary())})


def _reduce(row_id: str, encoded: bytes, chain: EncodingRecord) -> bytes:
    image = _decoded(row_id, encoded)
    if chain.method == "given":
        return encoded if len(image) == chain.to_px else chain.encode(brought_to(image, chain.to_px))
    if image.shape[1] != chain.from_px:
        raise DatasetError(
            f"The crop of row {row_id} is {image.shape[1]} px wide, the subject's others {chain.from_px} px. "
            "Run `dvc repro align` to rebuild the crops."
        )
    reduced = reduce_by_area(image, chain.to_px)
    return encoded if chain.method == "unchanged" else chain.encode(reduced)


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show; the rest is in params.yaml and in every file."""
    return {"corpus": summary["corpus"], "rows": summary["images"], "bytes": summary["bytes"]}
