"""Aligned faces of a few made-up videos with planted faults, their assignment report and an evaluation, all as tables.

::

    calm      40 frames of Neutral; frames 10 to 15 say Anger, and the model says Neutral     signal: model
    flips     40 frames of Happiness; frame 20 says Sadness                                  signal: flip
    sour      40 frames of Happiness; frames 5 to 12 say Happiness with valence -0.8         signal: valence and arousal
    lost      30 frames, 24 without a face: the worst row states; who is who is doubtful
    gaps      30 frames of Neutral at a varying rate, two people, one row in three
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.core.labels.tasks import ACTION_UNITS, EXPRESSION, SEVEN_CLASSES
from fer_data.predictions.schemas import FILES, TABLES
from fer_data.shell.files.findings import Finding, Severity, write_findings
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import FACE_ROWS, write_table
from fer_data.video_jobs.decisions import DECISIONS_FILE, Decision, write_decisions

__all__ = ["HOSTILE", "face_row", "write_decided", "write_evaluation", "write_face_rows", "write_planted"]

HOSTILE = "<img src=x onerror=alert(1)>"
"""A video whose name would be markup."""

_CLASSES = [str(name) for name in SEVEN_CLASSES]
_USUAL = {0: (0.0, 0.0), 1: (-0.5, 0.5), 4: (0.7, 0.3), 5: (-0.6, -0.3)}
Row = dict[str, Any]


def face_row(video: str, frame: int, label: int, **own: object) -> Row:
    """Return a row of the faces table: kept, with a face, valence and arousal as is usual of its class."""
    valence, arousal = _USUAL.get(label, (None, None))
    if valence is not None and arousal is not None:
        wave = (frame % 5 - 2) / 50
        valence, arousal = valence + wave, arousal + wave
    subject = own.get("subject_id", video)
    found: Row = dict.fromkeys(FACE_ROWS.names)
    found |= {
        "row_id": f"{subject}/{frame + 1:05d}",
        "series_id": subject,
        "subject_id": subject,
        "video_id": video,
        "side": "only",
        "split_expression": "train",
        "frame_index": frame,
        "expression": None if label < 0 else label,
        "valence": valence,
        "arousal": arousal,
        "action_units": {
            unit: int(label == 4) if unit in ("AU06", "AU12") else None for unit in ACTION_UNITS
        },
        "subject_source": "video",
        "label_scope": "frame",
        "state": "kept",
        "pts_seconds": frame / 25,
        "detector_score": 0.9,
        "track_id": 0,
        "face_blur": 0.02,
        "native_px": 120,
    }
    return found | own


def write_face_rows(
    folder: Path, rows: Sequence[Row], *, source: str = "made", medium: str = "videos"
) -> Path:
    """Write the rows of one source's faces."""
    metadata = {
        "classes": json.dumps(_CLASSES),
        "medium": medium,
        **named_source(source),
        **Origin("affwild2", rendered=True).metadata(),
    }
    write_table(folder / "rows.parquet", [pa.Table.from_pylist(list(rows), FACE_ROWS)], FACE_ROWS, metadata)
    return folder


def write_decided(folder: Path, decisions: Iterable[Decision]) -> Path:
    """Write an assignment report."""
    folder.mkdir(parents=True, exist_ok=True)
    write_decisions(folder / DECISIONS_FILE, decisions)
    return folder


def write_evaluation(folder: Path, rows: Sequence[Row], answer: Callable[[Row], int]) -> Path:
    """Write what a model answers of rows with a label: its class with 95 %, a row without a face the nearest's."""
    said = []
    for row in rows:
        if row["expression"] is None:
            continue
        own = row["state"] == "kept"
        predicted = answer(row)
        logits = [6.0 if index == predicted else 0.0 for index in range(len(_CLASSES))] if own else None
        keys = {name: row[name] for name in ("row_id", "subject_id", "video_id", "frame_index", "expression")}
        source = "model" if own else "nearest"
        said.append({**keys, "resolution": 64, "predicted": predicted, "source": source, "logits": logits})
    schema = TABLES[EXPRESSION].schema
    path = folder / FILES[EXPRESSION]
    path.parent.mkdir(parents=True, exist_ok=True)
    stated = {"classes": json.dumps(_CLASSES), "licence": '{"kind": "open", "reasons": []}'}
    write_table(path, [pa.Table.from_pylist(said, schema)], schema, stated)
    return folder


def planted_rows() -> list[Row]:
    """Return the rows of all videos."""
    calm = [face_row("calm", frame, 1 if 10 <= frame <= 15 else 0) for frame in range(40)]
    calm = [{**row, "valence": None, "arousal": None} if row["expression"] == 1 else row for row in calm]
    flips = [face_row("flips", frame, 5 if frame == 20 else 4) for frame in range(40)]
    sour = [
        face_row("sour", frame, 4, **({"valence": -0.8} if 5 <= frame <= 12 else {})) for frame in range(40)
    ]
    nobody = dict.fromkeys(("track_id", "detector_score", "face_blur", "native_px"))
    lost = [
        face_row("lost", frame, 0, **({"state": "no_face", **nobody} if frame >= 6 else {}))
        for frame in range(30)
    ]
    gaps = [
        face_row(
            "gaps",
            frame,
            0,
            subject_id=f"gaps_{side}",
            side=side,
            track_id=track,
            pts_seconds=(frame / 10) ** 2,
        )
        for track, side in enumerate(("left", "right"))
        for frame in range(0, 30, 3)
    ]
    hostile = [face_row(HOSTILE, frame, 0, pts_seconds=None, subject_id="odd") for frame in range(3)]
    return [*calm, *flips, *sour, *lost, *gaps, *hostile]


def write_planted(folder: Path) -> tuple[Path, Path]:
    """Write all of it as the pipeline lays it out, and return faces and evaluation."""
    rows = planted_rows()
    faces = write_face_rows(folder / "data/faces/made", rows).parent
    decisions = [
        Decision("calm", "calm", "only", (0,), 1.0, "largest, longest and surest face", doubtful=False),
        Decision("lost", "lost", "only", (0, 3), 0.07, "largest, longest and surest face", doubtful=True,
                 doubts="margin 0.07 is below 0.2 (largest, longest and surest face)"),
    ]  # fmt: skip
    write_decided(folder / "reports/assignment/made", decisions)
    findings = [
        Finding("frames-differ", Severity.INFO, f"{HOSTILE} says so.", video_id="lost", subject_id="lost"),
        Finding("no-such-video", Severity.ERROR, "There is no video.", "labels/x.txt", 3, video_id="gone"),
    ]
    write_findings(faces / "made/problems.jsonl", findings)
    evaluation = write_evaluation(folder / "reports/evaluation", rows, _planted_answer)
    return faces, evaluation


def _planted_answer(row: Row) -> int:
    """Return what the model says: the label, but Neutral where `calm` says Anger."""
    return 0 if row["video_id"] == "calm" else int(row["expression"])
