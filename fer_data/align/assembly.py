"""Put the results of single videos together as the stage's outputs, in the order of the catalog."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.assignment.requests import series_slices
from fer_data.core.labels.rows import RowState, check_conservation
from fer_data.core.labels.tasks import SPLITS, TASKS, Task, split_column
from fer_data.detectors import Detector
from fer_data.errors import ConservationError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import write_findings
from fer_data.tables.label_fields import LABEL_METADATA
from fer_data.tables.origin import origin_text, stated_origin
from fer_data.tables.pictures import of_pictures
from fer_data.tables.row_groups import row_groups
from fer_data.tables.schemas import FACE_ROWS, read_table, write_table
from fer_data.tables.withdrawn import withdrawn_rows
from fer_data.video_jobs.columns import FACE_COLUMNS
from fer_data.video_jobs.decisions import DECISIONS_FILE, write_decisions
from fer_data.video_jobs.worker import (
    CROP_SHEET_FILE,
    GATE_SHEET_FILE,
    PARTS,
    PARTS_FILE,
    SHEET_FILE,
    VideoSummary,
    read_summary,
)

__all__ = ["assemble"]

_NO_SPLIT = "other"


def assemble(
    rows: pa.Table,
    folders: Mapping[str, Path],
    faces: Path,
    reports: Path,
    *,
    source: SourceParams,
    detector: Detector | None,
) -> dict[str, Any]:
    """Put the results in `folders` into the two output folders, and return the stage's summary.

    They are by video_id, and of a corpus of pictures by series_id.

    `detector` is None where nothing was detected, because all crops were given.

    Raises:
        ConservationError: the rows do not add up to the catalog's.
        DatasetError: a video's result is missing or damaged.
    """
    counts: Counter[tuple[str, str]] = Counter()
    metadata = {
        **{
            key.decode(): value.decode()
            for key, value in (rows.schema.metadata or {}).items()
            if key.decode() in {*LABEL_METADATA, "origin", "source", "medium"}
        },
        "detector": json.dumps(_detector_record(detector)),
    }
    found = row_groups(_face_rows(rows, folders, source.task, counts))
    write_table(faces / "rows.parquet", found, FACE_ROWS, metadata)
    check_conservation(_by_state(counts), len(rows))
    summaries = [read_summary(folder) for folder in folders.values()]
    for summary, folder in zip(summaries, folders.values(), strict=True):
        for crops in sorted(folder.glob("*.arrow")):
            _link(crops, faces / crops.name)
        _link_images(folder, reports, summary.video_id)
    write_decisions(reports / DECISIONS_FILE, (decision for s in summaries for decision in s.decisions))
    findings = (finding.of_source(source.name) for s in summaries for finding in s.findings)
    write_findings(faces / "problems.jsonl", findings)
    return {"corpus": origin_text(stated_origin(metadata)), **_metrics(counts, summaries, detector)}


def _link_images(folder: Path, reports: Path, video_id: str) -> None:
    shelves = {
        SHEET_FILE: reports,
        CROP_SHEET_FILE: reports / "crops",
        GATE_SHEET_FILE: reports / "low_quality",
    }
    for stored, shelf in shelves.items():
        if (folder / stored).exists():
            shelf.mkdir(exist_ok=True)
            _link(folder / stored, shelf / f"{video_id}.jpg")


def _link(stored: Path, target: Path) -> None:
    """Give a stored file a second name, which costs no space, or copy it where the file system cannot."""
    try:
        os.link(stored, target)
    except OSError:
        shutil.copyfile(stored, target)


def _face_rows(
    rows: pa.Table, folders: Mapping[str, Path], task: Task, counts: Counter[tuple[str, str]]
) -> Iterator[pa.Table]:
    """Yield the catalog's rows of each series with their states and faces, and count them by split and state."""
    pictures = of_pictures(rows)
    for part in series_slices(rows):
        series, subject_id = part["series_id"][0].as_py(), part["subject_id"][0].as_py()
        if not pictures and withdrawn_rows(part).any():
            found = _of_withdrawn(part)
        else:
            folder = folders[series if pictures else part["video_id"][0].as_py()]
            found = read_table(folder / PARTS_FILE, PARTS)
        if not pictures:
            found = found.filter(pc.equal(found["subject_id"], subject_id))
        if not all(found[name].equals(part[name]) for name in ("subject_id", "frame_index")):
            raise ConservationError(
                f"The rows of {series!r} came back otherwise than they are in the catalog. "
                "This is a fault in fer_data, please report it."
            )
        counts.update(zip(_splits(part, task), found["state"].to_pylist(), strict=True))
        yield _joined(part, found)


def _of_withdrawn(part: pa.Table) -> pa.Table:
    """Return what became of the rows of people who withdrew, of whom no video's result says anything."""
    known = {name: part[name] for name in ("subject_id", "frame_index")}
    known["state"] = pa.repeat(str(RowState.WITHDRAWN), len(part))
    return pa.table([known.get(one.name, pa.nulls(len(part), one.type)) for one in PARTS], schema=PARTS)


def _joined(part: pa.Table, found: pa.Table) -> pa.Table:
    for name in ("state", *FACE_COLUMNS):
        part = part.append_column(PARTS.field(name), found[name])
    return part


def _splits(rows: pa.Table, task: Task) -> list[str]:
    """Return the split of each row as the task sees it: the strictest of its tasks, `other` without any."""
    names = TASKS if task == "multi_task" else (task,)
    found = zip(*(rows[split_column(name)].to_pylist() for name in names), strict=True)
    return [next((split for split in reversed(SPLITS) if split in own), _NO_SPLIT) for own in found]


def _by_state(counts: Mapping[tuple[str, str], int], split: str | None = None) -> dict[str, int]:
    """Return the rows in each state, of one split or of all."""
    totals = {str(state): 0 for state in RowState}
    for (own, state), count in counts.items():
        if split in (None, own):
            totals[state] = totals.get(state, 0) + count
    return totals


def _metrics(
    counts: Mapping[tuple[str, str], int], summaries: Sequence[VideoSummary], detector: Detector | None
) -> dict[str, Any]:
    splits = [split for split in (*SPLITS, _NO_SPLIT) if any(own == split for own, _ in counts)]
    rules = Counter(finding.rule for summary in summaries for finding in summary.findings)
    decisions = [decision for summary in summaries for decision in summary.decisions]
    gates: Counter[str] = Counter()
    for summary in summaries:
        gates.update(summary.low_quality)
    return {
        "rows": sum(counts.values()),
        "states": _by_state(counts),
        "splits": {split: _split_metrics(_by_state(counts, split)) for split in splits},
        "low_quality": dict(sorted(gates.items())),
        "videos": len(summaries),
        "videos_with_decode_errors": sum(summary.error is not None for summary in summaries),
        "decoded_frames": sum(summary.decoded_frames for summary in summaries),
        "detected_faces": sum(summary.faces for summary in summaries),
        "tracks": sum(summary.tracks for summary in summaries),
        "smallest_margin": min((d.margin for d in decisions if d.track_ids), default=None),
        "doubtful_decisions": sum(d.doubtful for d in decisions) + sum(s.doubtful_rows for s in summaries),
        "crops_verdicts": dict(
            sorted(Counter(d.crops_verdict for d in decisions if d.crops_verdict).items())
        ),
        "findings": dict(sorted(rules.items())),
        "detector": _detector_record(detector),
    }


def _detector_record(detector: Detector | None) -> dict[str, str | None]:
    if detector is None:
        return {"name": None, "weights_sha256": None}
    return {"name": detector.name, "weights_sha256": detector.weights_sha256}


def _split_metrics(states: dict[str, int]) -> dict[str, Any]:
    """Return a split's rows, and the share of those that the task needs which were kept; null without any."""
    rows = sum(states.values())
    needed = rows - states[RowState.UNLABELLED] - states[RowState.WITHDRAWN]
    return {
        "rows": rows,
        "needed": needed,
        "coverage": round(states[RowState.KEPT] / needed, 6) if needed else None,
        "states": states,
    }
