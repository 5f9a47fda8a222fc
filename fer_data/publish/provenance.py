"""Where a published dataset comes from: parameters, detector and files."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fer_data.errors import DatasetError
from fer_data.execution.seals import Seal
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.progress import file_bytes, progress

__all__ = [
    "NO_DETECTOR",
    "detector_record",
    "file_records",
    "made_by",
    "upstream_params",
]

_SOURCES = "sources"

NO_DETECTOR = {"detector": json.dumps({"name": None, "weights_sha256": None})}
"""The metadata of a faces' table in which nothing was detected."""


def file_records(
    folder: Path, rows: Mapping[str, Mapping[str, int]], known: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every file of a dataset by its path, and the rows of each shard.

    `rows`, and `known` the SHA-256 of files that are not read again, are by split and name of the shard.
    """
    found: dict[str, dict[str, Any]] = {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with progress("publish, hashes", sum(map(file_bytes, paths)), "bytes") as work:
        for path in paths:
            split, name = path.parent.name, path.name
            sha256 = known.get(split, {}).get(name) or file_sha256(path)
            record: dict[str, Any] = {"size": path.stat().st_size, "sha256": sha256}
            if name in rows.get(split, {}):
                record["rows"] = rows[split][name]
            found[path.relative_to(folder).as_posix()] = record
            work.advance(record["size"])
    return found


def upstream_params(seals: Mapping[str, Seal]) -> dict[str, Any]:
    """Return the parameters that shaped the data, by section, as the stages that made it ran with them.

    Each source's own stages state that source alone: section `sources` then has all of them.

    Raises:
        DatasetError: two stages ran with other values of one section.
    """
    found: dict[str, Any] = {}
    read: dict[str, str] = {}
    for stage, seal in seals.items():
        for section, values in _parts(seal.params):
            if found.setdefault(section, values) != values:
                raise DatasetError(
                    f"Stage {stage} ran with another section {section} of params.yaml than {read[section]}. "
                    "Run `dvc repro` to run both with the same."
                )
            read.setdefault(section, stage)
    sources = {name: found.pop(f"{_SOURCES}.{name}") for name in _source_names(seals.values())}
    return {_SOURCES: sources, **found} if sources else found


def _parts(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each section and its values; of `sources` each of its entries, by its full name."""
    for section, values in params.items():
        if section == _SOURCES:
            yield from ((f"{_SOURCES}.{name}", own) for name, own in values.items())
        else:
            yield section, values


def _source_names(seals: Iterable[Seal]) -> list[str]:
    return sorted({name for seal in seals for name in seal.params.get(_SOURCES, {})})


def detector_record(metadata: Mapping[str, str], align: Mapping[str, Any]) -> dict[str, Any]:
    """Return the detector's name and the hash of its weights, as the faces' table states them.

    A table without that statement gives what the parameters of `align` say; both are null where nothing was detected.
    """
    if "detector" in metadata:
        return dict(json.loads(metadata["detector"]))
    return {"name": align["detector"]["name"], "weights_sha256": align["detector"]["sha256"]}


def made_by(seals: Mapping[str, Seal]) -> dict[str, Any]:
    """Return the code and the libraries of each stage that made the data, as its seal states them."""
    return {
        "code": {stage: seal.code_sha256 for stage, seal in seals.items()},
        "libraries": {stage: seal.libraries for stage, seal in seals.items()},
    }
