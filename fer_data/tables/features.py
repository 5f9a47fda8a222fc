"""Files of features: one row a picture, with who it shows and how it is labelled."""

import json
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from fer_data.errors import DatasetError, ParamsError
from fer_data.shell.files.atomic import atomic_file

__all__ = ["SUFFIXES", "FeatureSet", "check_suffix", "read_features", "write_features"]

SUFFIXES = (".parquet", ".safetensors")
_TEXTS = ("row_id", "subject_id", "video_id", "split")
_MORE = ("subject_source", "person_id")
"""Texts that a file has where not every subject is a video's, and where somebody has several names."""

_ABOUT = "about"
_MAX_ROWS = 50_000_000
_DAMAGE = (
    AttributeError, LookupError, OSError, OverflowError, RecursionError, TypeError, ValueError, pa.ArrowException,
    SafetensorError,
)  # fmt: skip
"""What the libraries raise over a file that is damaged or of another kind."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSet:
    """Features of a dataset's pictures.

    Attributes:
        features: (n, d) float32.
        expression: (n,) class, -1 for none.
        frame_index: (n,) 0-based frame.
        copied: (n,) whether the picture is an augmented copy.
        texts: by name `row_id`, `subject_id`, `video_id` and `split`, `subject_source` where it is not `video` of all,
            and `person_id` where it is not the subject of all: one a row.
        about: classes, model and data, as plain values.
    """

    features: NDArray[np.float32]
    expression: NDArray[np.int64]
    frame_index: NDArray[np.int64]
    copied: NDArray[np.bool_]
    texts: dict[str, NDArray[np.str_]]
    about: dict[str, Any]


def check_suffix(path: Path, name: str = "--output") -> None:
    """Hold a file's name against the formats that features are stored in; `name` is the parameter's.

    Raises:
        ParamsError: it ends in another suffix.
    """
    if path.suffix not in SUFFIXES:
        raise ParamsError(f"{name} ({path}) must end in {' or '.join(SUFFIXES)}. Rename it.")


def write_features(path: Path, found: FeatureSet, *, suffix: str | None = None) -> None:
    """Write features as Parquet (a fixed-size list a row) or safetensors (one matrix, texts in its metadata).

    `suffix` says which where the path itself, that of a temporary file, does not.

    Raises:
        ParamsError: the file's suffix is another.
    """
    if suffix is None:
        check_suffix(path)
    with atomic_file(path) as temporary:
        if (suffix or path.suffix) == ".parquet":
            pq.write_table(_as_table(found), temporary, compression="zstd")
        else:
            _write_safetensors(temporary, found)


def _texts(known: Container[str]) -> list[str]:
    return [*_TEXTS, *(name for name in _MORE if name in known)]


def _as_table(found: FeatureSet) -> pa.Table:
    flat = pa.array(np.ascontiguousarray(found.features).ravel())
    columns = {name: pa.array(found.texts[name].tolist(), pa.string()) for name in _texts(found.texts)}
    columns |= {
        "frame_index": pa.array(found.frame_index.astype(np.int32)),
        "expression": pa.array(found.expression.astype(np.int8)),
        "copied": pa.array(found.copied),
        "features": pa.FixedSizeListArray.from_arrays(flat, found.features.shape[1]),
    }
    return pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(found.about, sort_keys=True)})


def _write_safetensors(path: Path, found: FeatureSet) -> None:
    tensors: dict[str, NDArray[Any]] = {
        "features": np.ascontiguousarray(found.features),
        "expression": found.expression,
        "frame_index": found.frame_index,
        "copied": found.copied,
    }
    metadata = {name: json.dumps(found.texts[name].tolist()) for name in _texts(found.texts)}
    save_file(tensors, path, metadata | {_ABOUT: json.dumps(found.about, sort_keys=True)})


def read_features(path: Path) -> FeatureSet:
    """Return the features of a file that `write_features` wrote.

    Raises:
        ParamsError: the file's suffix is another.
        DatasetError: it is missing, damaged or made by something else.
    """
    check_suffix(path, "FEATURES")
    if not path.is_file():
        raise DatasetError(f"{path} holds no features: it is no file. Make it with `fer-data embed`.")
    try:
        found = _read_parquet(path) if path.suffix == ".parquet" else _read_safetensors(path)
        _check(found)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise DatasetError(f"{path} holds no features: {reason}. Make it with `fer-data embed`.") from error
    return found


def _check(found: FeatureSet) -> None:
    """Hold what a file says against what `embed` writes.

    Raises:
        ValueError: a column is of another length or type, or holds what no embedding says.
    """
    rows = len(found.features)
    columns = [found.expression, found.frame_index, found.copied, *found.texts.values()]
    about: object = found.about  # from JSON: it may be anything
    classes = about.get("classes") if isinstance(about, dict) else None
    kinds = [found.features.dtype.kind, found.expression.dtype.kind, found.frame_index.dtype.kind]
    if found.features.ndim != 2 or not found.features.size or any(one.shape != (rows,) for one in columns):
        raise ValueError("its columns are empty or of different lengths")
    if kinds != ["f", "i", "i"] or found.copied.dtype != np.bool_:
        raise ValueError("its columns are of other types")
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise ValueError("it does not name its classes")
    if not np.isfinite(found.features).all():
        raise ValueError(
            f"the features of row {int(np.isfinite(found.features).all(axis=1).argmin())} are not finite"
        )
    if found.expression.min() < -1 or found.expression.max() >= len(classes) or found.frame_index.min() < 0:
        raise ValueError(f"a class must be in [0, {len(classes) - 1}], or -1 for none, and a frame 0 or more")


def _read_parquet(path: Path) -> FeatureSet:
    claimed = pq.read_metadata(path).num_rows
    if not 0 <= claimed <= _MAX_ROWS:
        raise ValueError(f"it claims {claimed:,} rows, at most {_MAX_ROWS:,} are read")
    table = pq.read_table(path)
    table.validate(full=True)
    features = table["features"].combine_chunks()
    return FeatureSet(
        features=features.flatten().to_numpy().reshape(len(features), -1),
        expression=table["expression"].to_numpy().astype(np.int64),
        frame_index=table["frame_index"].to_numpy().astype(np.int64),
        copied=table["copied"].to_numpy(),
        texts={name: np.asarray(table[name].to_pylist(), np.str_) for name in _texts(table.column_names)},
        about=json.loads(table.schema.metadata[_ABOUT.encode()]),
    )


def _read_safetensors(path: Path) -> FeatureSet:
    with safe_open(path, "numpy") as file:
        metadata = file.metadata() or {}
        texts = {name: np.asarray(json.loads(metadata[name]), np.str_) for name in _texts(metadata)}
        names = ("features", "expression", "frame_index", "copied")
        tensors = {name: file.get_tensor(name) for name in names}
    return FeatureSet(**tensors, texts=texts, about=json.loads(metadata[_ABOUT]))
