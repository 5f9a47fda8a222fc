"""Stage `multires`: the base crops reduced to one resolution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain as joined
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.core.labels.tasks import EXPRESSION
from fer_data.core.vision.reduction import brought_to, reduce_by_area
from fer_data.errors import DatasetError
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.ordered import ordered_results
from fer_data.multires.base_crops import base_crops, decoded
from fer_data.multires.duplicates_table import write_duplicates
from fer_data.params.multires import MultiresParams
from fer_data.pictures.images import pixels_sha256
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.encoding import EncodingRecord
from fer_data.tables.face_rows import all_given, check_disjoint, has_crop, metadata, per_series
from fer_data.tables.origin import origin_text, stated_origin
from fer_data.tables.schemas import VARIANT, write_arrow
from fer_data.tables.source_folders import source_folders

__all__ = ["headlines", "multires"]

_ROWS_PER_WORKER, _ROWS_PER_FORK, _MOST_THREADS = 5000, 500, 4


@dataclass(frozen=True, slots=True)
class _Job:
    """One series' crops at one resolution, with all that a worker process needs to make them."""

    source: Path
    target: Path
    row_ids: pa.Array
    given: bool
    resolution: int
    params: MultiresParams


@dataclass(frozen=True, slots=True)
class _Made:
    """What was written of one series."""

    images: int
    size: int
    chain: EncodingRecord


def multires(
    faces: Path,
    output: Path,
    resolution: int,
    params: MultiresParams,
    *,
    task: str = EXPRESSION,
    workers: int = 1,
) -> dict[str, Any]:
    """Write every published crop at `resolution` px, one file a series, and return the summary.

    At the base crop's own side its bytes are passed on unchanged. Crops that were given, beside none of our own, have
    sides of their own; smaller ones are enlarged. Series without crops have no file. `workers` processes (0: one per
    core) take a series at a time, where there is work enough for them to pay, else threads; the bytes are the same.
    Near-duplicates among pictures of all sources are listed beside; which of them leave follows from the splits of
    `task`.

    Raises:
        DatasetError: a crop is missing, damaged, not square, or smaller than `resolution`; two sources share an id.
        OutputError: something else stands at `output`.
    """
    check_disjoint(faces)
    with new_folder(output, "multires", overwrite=True, inputs=[faces]) as folder:
        jobs = [
            _Job(source / f"{series}.arrow", folder / f"{series}.arrow", row_ids, given, resolution, params)
            for source in source_folders(faces)
            for given in [all_given(source)]
            for series, row_ids in _wanted(source)
        ]
        parts = _reduce_all(jobs, workers, resolution=resolution)
        duplicates = write_duplicates(faces, folder, task)
    corpus = origin_text(stated_origin(metadata(faces)))
    return {"corpus": corpus, "resolution": resolution, **_counted(parts), "near_duplicates": duplicates}


def _reduce_all(jobs: list[_Job], workers: int, *, resolution: int) -> list[_Made]:
    amounts = [len(job.row_ids) for job in jobs]
    with progress(f"multires {resolution} px", sum(amounts), "rows") as work:
        return ordered_results(
            *(_reducer, jobs, work.advance),
            amounts=amounts,
            workers=workers,
            least=_ROWS_PER_WORKER,
            threads=_MOST_THREADS,
            forked=_ROWS_PER_FORK,
        )


def _counted(parts: Sequence[_Made]) -> dict[str, Any]:
    """Return how much was made, and how."""
    names = ("method", "encoder", "quality") if parts else ()
    return {
        "series": len(parts),
        "images": sum(part.images for part in parts),
        "bytes": sum(part.size for part in parts),
        **{name: getattr(parts[-1].chain, name) for name in names},
    }


def _wanted(faces: Path) -> Iterator[tuple[str, pa.Array]]:
    """Yield the series with the crops that are published."""
    for series, rows in per_series(faces, ["row_id", "series_id", "state", "box"]):
        row_ids = rows.filter(has_crop(rows))["row_id"].combine_chunks()
        if len(row_ids):
            yield series, row_ids


def _reducer() -> Work[_Job, _Made]:
    return _reduce_series


def _reduce_series(job: _Job, report: Report) -> _Made:
    batches = base_crops(job.source, job.row_ids)
    first = next(batches)
    side = None if job.given else decoded(*_first(first)).shape[1]
    chain = _chain(side, job.resolution, job.params)
    tables = _reduced(joined([first], batches), chain, report)
    write_arrow(job.target, tables, VARIANT, {"chain": chain.to_json()})
    return _Made(len(job.row_ids), job.target.stat().st_size, chain)


def _first(table: pa.Table) -> tuple[str, bytes]:
    return table["row_id"][0].as_py(), table["image"][0].as_py()


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


def _reduced(tables: Iterator[pa.Table], chain: EncodingRecord, report: Report) -> Iterator[pa.Table]:
    for table in tables:
        row_ids = table["row_id"].to_pylist()
        made = [
            _reduce(row_id, picture.as_py(), chain)
            for row_id, picture in zip(row_ids, table["image"], strict=True)
        ]
        images, pixels = zip(*made, strict=True)
        columns = {"image": pa.array(images, pa.binary()), "pixels_sha256": pa.array(pixels, pa.binary(32))}
        yield pa.table({"row_id": row_ids, **columns})
        report(len(table))


def _reduce(row_id: str, encoded: bytes, chain: EncodingRecord) -> tuple[bytes, bytes]:
    """Return a crop's encoded picture and the SHA-256 of its pixels."""
    image = decoded(row_id, encoded)
    if chain.method == "given":
        if len(image) == chain.to_px:
            return encoded, pixels_sha256(image)
        return chain.encode_hashed(brought_to(image, chain.to_px))
    if image.shape[1] != chain.from_px:
        raise DatasetError(
            f"The crop of row {row_id} is {image.shape[1]} px wide, the series' others {chain.from_px} px. "
            "Run `dvc repro align` to rebuild the crops."
        )
    reduced = reduce_by_area(image, chain.to_px)
    return (encoded, pixels_sha256(image)) if chain.method == "unchanged" else chain.encode_hashed(reduced)


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show; the rest is in params.yaml and in every file."""
    found = summary["near_duplicates"]
    left = {name: found[name] for name in ("close_to_held_out", "other_stays") if found}
    return {"corpus": summary["corpus"], "rows": summary["images"], "bytes": summary["bytes"], **left}
