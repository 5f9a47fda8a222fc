"""A small project with DVC's cache in which two people share a dataset, and what `dvc repro` would make of it."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.execution.store import Store, content_key
from fer_data.tables.label_fields import no_details
from fer_data.tables.schemas import ROWS, write_table
from fer_data.tables.withdrawn import WITHDRAWN

ROOT = Path(__file__).parents[2]
PEOPLE = ("anna", "ben_left", "ben_right")
"""Subjects; the last two are in one video, `ben`."""

_OUTS = ("data/catalog/sample", "data/faces/sample", "data/published/16", "reports/assignment/sample")


def write_project(root: Path) -> Path:
    """Write a project whose data hold all three, its cache linked to the checkout, and a store."""
    root.mkdir(parents=True)
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text("[core]\n    analytics = false\n    no_scm = true\n", encoding="utf-8")
    shutil.copy(ROOT / "params.yaml", root)
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, root)
    (root / "data/sample").mkdir(parents=True)
    rebuild(root, PEOPLE)
    for person in PEOPLE:
        video = person.partition("_")[0]
        about = {"video_id": video, "subjects": "ben_left/ben_right" if video == "ben" else person}
        for kind in ("observed", "result"):
            with Store(root / ".fer-data/store").writing(content_key({kind: video}), about) as folder:
                (folder / "crops.bin").write_bytes(
                    b"".join(picture(one) for one in about["subjects"].split("/"))
                )
    (root / "models/senet50").mkdir(parents=True)
    stated = json.loads((root / "data/published/16/provenance.json").read_text())
    document = {"data": {"dataset_sha256": stated["dataset_sha256"]}}
    (root / "models/senet50/model.json").write_text(json.dumps(document), encoding="utf-8")
    return root


def picture(person: str) -> bytes:
    """Return what stands for an encoded crop of a person."""
    return b"\xff\xd8\xff" + hashlib.sha256(person.encode()).hexdigest().encode() + b"\xff\xd9"


def rebuild(root: Path, people: tuple[str, ...]) -> None:
    """Write all data with these people alone, as `dvc repro` would, and record them as DVC does."""
    for out in _OUTS:
        shutil.rmtree(root / out, ignore_errors=True)
        (root / out).mkdir(parents=True)
    write_table(root / "data/catalog/sample/rows.parquet", [_rows(PEOPLE, people)], ROWS, _metadata(people))
    for person in people:
        _crops(root / f"data/faces/sample/{person}.arrow", (person,))
    _crops(root / "data/published/16/data-00000-of-00001.arrow", people)
    sha256 = hashlib.sha256("".join(people).encode()).hexdigest()
    provenance = {"dataset_sha256": sha256, "name": "demo", "version": "0.1.0", "resolution": 16}
    (root / "data/published/16/provenance.json").write_text(json.dumps(provenance), encoding="utf-8")
    for video in {person.partition("_")[0] for person in people}:
        if video == "anna" or set(people) >= {"ben_left", "ben_right"}:
            text = b"\xff\xd8\xff a sheet of " + video.encode() + b"\xff\xd9"
            (root / f"reports/assignment/sample/{video}.jpg").write_bytes(text)
    stages = {out: {"cmd": "x", "outs": [record(root, out)]} for out in _OUTS}
    lock = {"schema": "2.0", "stages": {out.replace("/", "-"): stage for out, stage in stages.items()}}
    (root / "dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")


def _metadata(people: tuple[str, ...]) -> dict[str, str]:
    gone = [f"~withdrawn-{n}" for n, name in enumerate(PEOPLE) if name not in people]
    return {"classes": '["Neutral"]'} | ({WITHDRAWN: json.dumps(gone)} if gone else {})


def _rows(everybody: tuple[str, ...], people: tuple[str, ...]) -> pa.Table:
    tables = []
    for number, person in enumerate(everybody):
        name = person if person in people else f"~withdrawn-{number}"
        video = person.partition("_")[0]
        values: Mapping[str, Any] = {
            "row_id": [f"{name}/00001"],
            "series_id": [name],
            "subject_id": [name],
            "video_id": [name if name != person and video == "anna" else video],
            "side": ["only"],
            "split_expression": ["train"],
            "split_valence_arousal": pa.nulls(1, pa.string()),
            "split_action_units": pa.nulls(1, pa.string()),
            "frame_index": [0],
            "expression": pa.array([0 if name == person else None], pa.int8()),
            "valence": pa.nulls(1, pa.float32()),
            "arousal": pa.nulls(1, pa.float32()),
            "action_units": [dict.fromkeys(ACTION_UNITS)],
            **no_details(1),
        }
        tables.append(pa.table(values))
    return pa.concat_tables(tables)


def _crops(path: Path, people: tuple[str, ...]) -> None:
    table = pa.table(
        {
            "row_id": [f"{person}/00001" for person in people],
            "subject_id": list(people),
            "image": pa.array([picture(person) for person in people], pa.binary()),
        }
    )
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def record(root: Path, out: str) -> dict[str, str]:
    """Put a folder into the cache by hard links, as DVC does, and return its line of the lock file."""
    entries = []
    for path in sorted(path for path in (root / out).rglob("*") if path.is_file()):
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        stored = root / ".dvc/cache/files/md5" / md5[:2] / md5[2:]
        stored.parent.mkdir(parents=True, exist_ok=True)
        if not stored.exists():
            os.link(path, stored)
        entries.append({"md5": md5, "relpath": path.relative_to(root / out).as_posix()})
    content = json.dumps(entries).encode()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    listed = root / ".dvc/cache/files/md5" / md5[:2] / f"{md5[2:]}.dir"
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_bytes(content)
    run = root / ".dvc/cache/runs/aa" / md5
    run.parent.mkdir(parents=True, exist_ok=True)
    run.write_text(f"outs:\n- path: {out}\n  md5: {md5}.dir\n", encoding="utf-8")
    return {"path": out, "hash": "md5", "md5": f"{md5}.dir"}
