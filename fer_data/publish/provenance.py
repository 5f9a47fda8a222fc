"""Where a published dataset comes from: parameters, detector, files, and a hash of its content."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.errors import DatasetError, MediaError
from fer_data.execution.seals import Seal
from fer_data.pictures.images import decode
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.progress import file_bytes, progress

__all__ = [
    "NO_DETECTOR",
    "ContentHash",
    "detector_record",
    "file_records",
    "upstream_params",
]

NO_DETECTOR = {"detector": json.dumps({"name": None, "weights_sha256": None})}
"""The metadata of a faces' table in which nothing was detected."""


class ContentHash:
    """SHA-256 over rows in their order: every value, and every picture's decoded pixels.

    It does not depend on shards, batches, encoder options or the machine; equal hashes mean equal data.
    """

    def __init__(self, resolution: int) -> None:
        self._resolution = resolution
        self._hash = hashlib.sha256()

    def update(self, rows: pa.Table, threads: Executor) -> None:
        """Add published rows; the threads decode their pictures.

        Raises:
            DatasetError: a picture cannot be decoded, or is not of the dataset's resolution.
        """
        encoded = rows["image"].combine_chunks().field("bytes").to_pylist()
        pixels = threads.map(self._pixels, rows["row_id"].to_pylist(), encoded)
        for row, digest in zip(rows.drop_columns(["image"]).to_pylist(), pixels, strict=True):
            self._hash.update(json.dumps(row, sort_keys=True).encode())
            self._hash.update(digest)

    def hexdigest(self) -> str:
        """Return the hash of what was added so far."""
        return self._hash.hexdigest()

    def _pixels(self, row_id: str, encoded: bytes) -> bytes:
        try:
            image = decode(encoded)
        except MediaError as error:
            raise DatasetError(
                f"The picture of row {row_id}: {error} Run `dvc repro` to rebuild it."
            ) from error
        if image.shape != (self._resolution, self._resolution, 3):
            raise DatasetError(
                f"The picture of row {row_id} is {image.shape[1]}x{image.shape[0]} px, expected "
                f"{self._resolution}x{self._resolution}. Run `dvc repro` to rebuild it."
            )
        return hashlib.sha256(image.tobytes()).digest()


def file_records(folder: Path, rows: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of every file of a dataset by its path, and the rows of each shard.

    `rows` gives them by split and name of the shard.
    """
    found: dict[str, dict[str, Any]] = {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with progress("publish, hashes", sum(map(file_bytes, paths)), "bytes") as work:
        for path in paths:
            record: dict[str, Any] = {"size": path.stat().st_size, "sha256": file_sha256(path)}
            if path.parent.name in rows and path.name in rows[path.parent.name]:
                record["rows"] = rows[path.parent.name][path.name]
            found[path.relative_to(folder).as_posix()] = record
            work.advance(record["size"])
    return found


def upstream_params(seals: Mapping[str, Seal]) -> dict[str, Any]:
    """Return the parameters that shaped the data, by section, as the stages that made it ran with them.

    Raises:
        DatasetError: two stages ran with other values of one section.
    """
    found: dict[str, Any] = {}
    read: dict[str, str] = {}
    for stage, seal in seals.items():
        for section, values in seal.params.items():
            if found.setdefault(section, values) != values:
                raise DatasetError(
                    f"Stage {stage} ran with another section {section} of params.yaml than {read[section]}. "
                    "Run `dvc repro` to run both with the same."
                )
            read.setdefault(section, stage)
    return found


def detector_record(metadata: Mapping[str, str], align: Mapping[str, Any]) -> dict[str, Any]:
    """Return the detector's name and the hash of its weights, as the faces' table states them.

    A table without that statement gives what the parameters of `align` say; both are null where nothing was detected.
    """
    if "detector" in metadata:
        return dict(json.loads(metadata["detector"]))
    return {"name": align["detector"]["name"], "weights_sha256": align["detector"]["sha256"]}
