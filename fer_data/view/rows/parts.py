"""Where the rows of a page come from, and what holds of all rows of each place."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import ParamsError
from fer_data.published.shards import Shards, split_batches
from fer_data.shell.shown import printable
from fer_data.tables.face_rows import class_names
from fer_data.tables.origin import Origin, source_name, stated_origin, stated_prefixes
from fer_data.tables.schemas import FACE_ROWS, ROWS, VIDEOS, read_metadata, read_table
from fer_data.tables.source_folders import ROWS_FILE, source_folders
from fer_data.view.material import Material
from fer_data.view.predictions import Answers
from fer_data.view.remedy import correction
from fer_data.view.rows.listing import Part
from fer_data.view.rows.published import PublishedPart
from fer_data.view.rows.tables import AnsweredPart, TablePart

__all__ = ["frame_sizes", "parts_of"]

_VIDEOS_FILE = "videos.parquet"


def parts_of(material: Material, answers: Answers | None) -> list[Part]:
    """Return the rows of a published dataset, and of aligned faces those that it lacks; else those of what there is.

    Raises:
        DatasetError: a table is missing or damaged.
    """
    found: list[Part] = []
    if material.shards is not None:
        found.append(PublishedPart(material.shards, _about_published(material.shards)))
    without = _ids(material.shards) if material.shards is not None and "faces" in material.folders else None
    if "faces" in material.folders:
        crop = material.shards.documents.provenance if material.shards else _stated_crop(material.params)
        for folder in source_folders(material.folders["faces"]):
            found.append(_table_part(material, folder, FACE_ROWS, crop))
            found[-1].without = without  # type: ignore[attr-defined]
    if not found:
        catalog = material.catalog or material.folders.get("catalog")
        folders = source_folders(catalog) if catalog else []
        found += [_table_part(material, folder, ROWS, {}) for folder in folders]
    if not found and answers is not None:
        about = {"title": printable(str(material.folders["evaluation"])), "lines": []}
        found.append(AnsweredPart(answers, about))
    return found


def _table_part(material: Material, folder: Path, schema: pa.Schema, stated: Mapping[str, Any]) -> TablePart:
    table = folder / ROWS_FILE
    metadata = read_metadata(table, schema)
    source, classes = source_name(metadata), class_names(folder, schema)
    about = _about_table(folder, metadata, stated)
    linked = pa.array(list(material.linked), pa.string())
    return TablePart(table, schema, source, classes, material.task, about, linked=linked)


def _ids(shards: Shards) -> pa.Array:
    return pa.chunked_array(
        [batch["row_id"] for split in shards.splits for _, batch, _ in split_batches(shards, split)],
        pa.string(),
    ).combine_chunks()


def _stated_crop(params: Path | None) -> dict[str, Any]:
    """Return what a params file says of how crops are made, in the form of a dataset's provenance."""
    from fer_data.params.document import load_params

    if params is None:
        return {}
    try:
        return {"params": {"align": load_params(params).align.model_dump()}}
    except ParamsError:  # it may be another one's: faces lie there without it
        return {}


def _about_published(shards: Shards) -> dict[str, Any]:
    provenance = shards.documents.provenance
    title = " ".join(str(provenance[key]) for key in ("name", "version") if provenance.get(key))
    pictures = provenance.get("pictures") or {}
    lines = [
        ["dataset", f"{shards.folder}{f' ({title})' if title else ''}"],
        ["content", f"sha256 {str(provenance.get('dataset_sha256') or 'not stated')[:16]}"],
        ["picture", f"{provenance.get('resolution')} px{_made(pictures)}"],
        *_made_by(provenance, provenance.get("detector") or {}),
    ]
    about = _about(shards.folder, lines, provenance, dataset=shlex.quote(str(shards.folder)))
    told = provenance.get("origin")
    known = None
    if isinstance(told, Mapping) and len(provenance.get("corpora") or [0]) == 1:
        known = Origin(str(told.get("corpus")), told.get("rendered") is True)
    return about | _correct(known)


def _made(pictures: Mapping[str, Any]) -> str:
    """Return how a picture was made of its base crop, in words."""
    if not pictures.get("method"):
        return ""
    sides = f" from {pictures.get('from_px')} px" if pictures.get("from_px") else ""
    encoder = (
        f", {pictures.get('encoder')} of quality {pictures.get('quality')}" if pictures.get("encoder") else ""
    )
    return f", {pictures['method']}{sides}{encoder}"


def _about_table(folder: Path, metadata: Mapping[str, str], stated: Mapping[str, Any]) -> dict[str, Any]:
    try:
        detector = json.loads(metadata.get("detector", "{}"))
    except ValueError:
        detector = {}
    lines = [
        ["table", str(folder / ROWS_FILE)],
        *_made_by(stated, detector if isinstance(detector, dict) else {}),
    ]
    return _about(folder, lines, stated) | _correct(
        None if stated_prefixes(metadata) else stated_origin(metadata)
    )


def _made_by(stated: Mapping[str, Any], detector: Mapping[str, Any]) -> list[list[str]]:
    align = (stated.get("params") or {}).get("align") or {}
    found = []
    if detector.get("name"):
        found.append(["detector", f"{detector['name']}, weights {str(detector.get('weights_sha256'))[:16]}"])
    if align.get("geometry"):
        crop = f"{align['geometry']}, margin {align.get('margin')}, base crop {align.get('size')} px"
        found.append(["geometry", crop])
    return found


def _about(
    folder: Path, lines: Sequence[Sequence[str]], stated: Mapping[str, Any], dataset: str | None = None
) -> dict[str, Any]:
    align = (stated.get("params") or {}).get("align") or {}
    return {
        "title": printable(str(folder)),
        "lines": [[label, printable(text)] for label, text in lines],
        "crop": {key: align.get(key) for key in ("geometry", "size", "margin")},
        "dataset": None if dataset is None else printable(dataset),
    }


def _correct(origin: Origin | None) -> dict[str, str]:
    """Return how a label of these rows is corrected, with places for file and line."""
    return {"correct": correction(origin, file="{file}", line="{line}")}


def frame_sizes(material: Material, videos: Sequence[str]) -> dict[str, list[int]]:
    """Return width and height in px of some videos, where a catalog is at hand."""
    catalog = material.catalog or material.folders.get("catalog")
    if catalog is None:
        return {}
    found: dict[str, list[int]] = {}
    wanted = pa.array(sorted(set(videos)), pa.string())
    for folder in source_folders(catalog):
        table = read_table(folder / _VIDEOS_FILE, VIDEOS, ["video_id", "width", "height"])
        table = table.filter(pc.is_in(table["video_id"], wanted))
        for row in table.to_pylist():
            found[printable(row["video_id"])] = [row["width"], row["height"]]
    return found
