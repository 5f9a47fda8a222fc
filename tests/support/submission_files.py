"""Predictions, sample files and catalogs for the tests of submissions."""

from pathlib import Path

import pyarrow as pa

from fer_data.core.labels.tasks import ACTION_UNITS, EIGHT_CLASSES
from fer_data.predictions.schemas import ACTION_UNIT_PREDICTIONS
from fer_data.tables.label_fields import no_details
from fer_data.tables.origin import prefix_metadata
from fer_data.tables.schemas import PREDICTIONS, ROWS, write_table

__all__ = ["HEADER", "KNOWN", "catalog", "places", "predictions", "sample", "units"]

HEADER = "image_location," + ",".join(EIGHT_CLASSES)


def predictions(
    path: Path, rows: list[tuple[str, int, int, str, int]], prefixes: dict[str, str] | None = None
) -> Path:
    """Write a predictions table of (subject, frame, class, source, resolution), of sources with these prefixes."""
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
    write_table(path, [pa.table(columns)], PREDICTIONS, prefix_metadata(prefixes or {}))
    return path


def sample(path: Path, locations: list[str]) -> Path:
    """Write an organisers' sample file with a placeholder class on each row."""
    path.write_text("\n".join([HEADER, *(f"{location},0" for location in locations), ""]), encoding="utf-8")
    return path


def catalog(
    folder: Path, frames: dict[str, int], split: str = "test", *, task: str = "expression", prefix: str = ""
) -> Path:
    """Write a catalog of subjects with that many frames, all in a split of one task, of a source with this prefix."""
    names = [(prefix + subject, frame) for subject, count in frames.items() for frame in range(count)]
    columns = {
        "row_id": [f"{subject}/{frame + 1:05d}" for subject, frame in names],
        "series_id": [subject for subject, _ in names],
        "subject_id": [subject for subject, _ in names],
        "video_id": [subject for subject, _ in names],
        "side": ["only"] * len(names),
        **{
            f"split_{one}": [split if one == task else None] * len(names)
            for one in ("expression", "valence_arousal", "action_units")
        },
        "frame_index": [frame for _, frame in names],
        "expression": pa.nulls(len(names)),
        "valence": pa.nulls(len(names)),
        "arousal": pa.nulls(len(names)),
        "action_units": [dict.fromkeys(ACTION_UNITS)] * len(names),
        **no_details(len(names)),
    }
    write_table(folder / "rows.parquet", [pa.table(columns)], ROWS, prefix_metadata({folder.name: prefix}))
    return folder


KNOWN = [
    ("b", 0, 3, "model", 64),
    ("b", 6, 5, "model", 64),
    ("a", 2, 3, "model", 64),
    ("a", 3, 1, "nearest", 64),
]


def units(path: Path) -> Path:
    """Write predictions of two action units of one subject; the model has no output for the others."""
    known = [{"AU01": 1, "AU12": 0}, {"AU01": 1, "AU12": 1}, {"AU01": 0, "AU12": 0}]
    columns = places([("a", frame) for frame in range(3)]) | {
        "action_units": [dict.fromkeys(ACTION_UNITS, 0)] * 3,
        "predicted": [{**dict.fromkeys(ACTION_UNITS), **one} for one in known],
        "probability": [dict.fromkeys(ACTION_UNITS)] * 3,
        "source": ["model"] * 3,
    }
    write_table(
        path, [pa.Table.from_pydict(columns, schema=ACTION_UNIT_PREDICTIONS)], ACTION_UNIT_PREDICTIONS
    )
    return path


def places(rows: list[tuple[str, int]]) -> dict[str, list[object]]:
    """Return the columns that every table of predictions starts with."""
    return {
        "row_id": [f"{subject}/{frame + 1:05d}" for subject, frame in rows],
        "subject_id": [subject for subject, _ in rows],
        "video_id": [subject for subject, _ in rows],
        "frame_index": [frame for _, frame in rows],
        "resolution": [64] * len(rows),
    }
