"""Predictions, sample files and catalogs for the tests of submissions."""

from pathlib import Path

import pyarrow as pa

from fer_data.core.expressions import ACTION_UNITS, EIGHT_CLASSES
from fer_data.tables import PREDICTIONS, ROWS, write_table

__all__ = ["HEADER", "KNOWN", "catalog", "predictions", "sample"]

HEADER = "image_location," + ",".join(EIGHT_CLASSES)


def predictions(path: Path, rows: list[tuple[str, int, int, str, int]]) -> Path:
    """Write a predictions table of (subject, frame, class, source, resolution)."""
    columns = {
        "row_id": [f"{subject}/{frame + 1:05d}" for subject, frame, *_ in rows],
        "subject_id": [row[0] for row in rows],
        "video_id": [row[0] for row in rows],
        "frame_index": [row[1] for row in rows],
        "resolution": [row[4] for row in rows],
        "expression": [-1] * len(rows),
        "predicted": [row[2] for row in rows],
        "source": [row[3] for row in rows],
        "logits": [[0.0] * 8 if row[3] == "model" else None for row in rows],
    }
    write_table(path, [pa.table(columns)], PREDICTIONS)
    return path


def sample(path: Path, locations: list[str]) -> Path:
    """Write an organisers' sample file with a placeholder class on each row."""
    path.write_text("\n".join([HEADER, *(f"{location},0" for location in locations), ""]), encoding="utf-8")
    return path


def catalog(folder: Path, frames: dict[str, int], split: str = "test") -> Path:
    """Write a catalog of subjects with that many frames."""
    names = [(subject, frame) for subject, count in frames.items() for frame in range(count)]
    columns = {
        "row_id": [f"{subject}/{frame + 1:05d}" for subject, frame in names],
        "subject_id": [subject for subject, _ in names],
        "video_id": [subject for subject, _ in names],
        "side": ["only"] * len(names),
        "split_expression": [split] * len(names),
        "split_valence_arousal": pa.nulls(len(names)),
        "split_action_units": pa.nulls(len(names)),
        "frame_index": [frame for _, frame in names],
        "expression": pa.nulls(len(names)),
        "valence": pa.nulls(len(names)),
        "arousal": pa.nulls(len(names)),
        "action_units": [dict.fromkeys(ACTION_UNITS)] * len(names),
    }
    write_table(folder / "rows.parquet", [pa.table(columns)], ROWS)
    return folder


KNOWN = [
    ("b", 0, 3, "model", 64),
    ("b", 6, 5, "model", 64),
    ("a", 2, 3, "model", 64),
    ("a", 3, 1, "nearest", 64),
]
