"""Measure `fer-data view` of many rows: processor, memory, bytes of the page, and when a browser has painted it.

`python -m benchmarks.view FOLDER [--rows 1000000] [--videos 2000] [--json FILE]` writes aligned faces of that many rows
below FOLDER, which must not be there, makes their page, opens it in headless Chromium, prints what each took and
removes all of it. `--keep` leaves the faces and the page there to look at.
"""

import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import typer
from numpy.typing import NDArray

from benchmarks.figures import FiguresFile
from fer_data.core.labels.tasks import ACTION_UNITS, TASKS, split_column
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.findings import Finding, Severity, write_findings
from fer_data.tables.label_fields import no_details
from fer_data.tables.schemas import FACE_ROWS, write_table
from fer_data.tables.source_folders import ROWS_FILE

__all__ = ["main", "write_faces"]

_CLASSES = ("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Other")
_SHARES = (0.3, 0.03, 0.02, 0.015, 0.2, 0.15, 0.055, 0.23)
_RUN = 40
"""Frames for which a label stays what it is."""
_STATES = ("kept", "unlabelled", "no_frame", "no_video", "quarantined", "no_face", "low_quality")


def write_faces(folder: Path, rows: int, videos: int) -> None:
    """Write aligned faces of noise: labels in runs, states in stretches, a video in ten with two people."""
    folder.mkdir(parents=True)
    stated = {
        "classes": json.dumps(_CLASSES),
        "source": "noise",
        "medium": "videos",
        "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
        "origin": json.dumps({"corpus": "affwild2", "rendered": False}),
    }
    sizes = np.diff(np.linspace(0, rows, videos + 1).astype(int))
    write_table(folder / ROWS_FILE, map(_video, range(videos), sizes.tolist()), FACE_ROWS, stated)
    write_findings(folder / "problems.jsonl", _findings(videos))


def _findings(videos: int) -> Iterator[Finding]:
    for video in range(0, videos, 3):
        rule, severity = [
            ("doubtful-assignment", Severity.WARNING),
            ("frames-differ", Severity.INFO),
            ("no-such-video", Severity.ERROR),
        ][video // 3 % 3]
        name = f"video{video:05d}"
        yield Finding(rule, severity, f"Finding {video} of noise.", subject_id=name, video_id=name)


def _video(video: int, count: int) -> pa.Table:
    """Return the rows of one video; the generator of its noise is its number."""
    random = np.random.default_rng(video)
    right = np.arange(count) >= (count // 2 if video % 10 == 0 else count)
    frame = np.where(right, np.arange(count) - count // 2, np.arange(count))
    name = f"video{video:05d}"
    subject = np.where(right, f"{name}_right", name)
    split = pa.repeat(("train", "train", "train", "validation", "test")[video % 5], count)
    states = _states(random, count, train=video % 5 < 3)
    seen = np.isin(states, ["kept", "low_quality"])
    columns: dict[str, Any] = {
        "row_id": [f"{who}/{index + 1:05d}" for who, index in zip(subject, frame, strict=True)],
        "series_id": subject,
        "subject_id": subject,
        "video_id": pa.repeat(name, count),
        "side": np.where(right, "right", "only"),
        **{split_column(task): split for task in TASKS},
        "frame_index": frame.astype(np.int32),
        **_labels(random, count, known=states != "unlabelled"),
        **no_details(count),
        "state": states,
        **_faces(random, frame, seen),
    }
    return pa.table({field.name: _column(columns[field.name], field.type) for field in FACE_ROWS})


def _column(values: Any, kind: pa.DataType) -> pa.Array:  # noqa: ANN401 - arrays, lists and Arrow's own
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _runs(values: NDArray[Any], count: int) -> NDArray[Any]:
    return np.repeat(values, _RUN)[:count]


def _labels(random: np.random.Generator, count: int, known: NDArray[np.bool_]) -> dict[str, pa.Array]:
    runs = count // _RUN + 1
    classes = _runs(random.choice(len(_SHARES), runs, p=_SHARES), count)
    middle = random.uniform(-0.6, 0.8, (2, runs))
    values = [np.clip(_runs(one, count) + random.normal(0, 0.1, count), -1, 1) for one in middle]
    strength = _runs(random.normal(0, 1, runs), count)
    units = [
        pa.array((strength + random.normal(0, 1.5, count) > 0.4 + index % 4).astype(np.int8), mask=~known)
        for index in range(len(ACTION_UNITS))
    ]
    return {
        "expression": pa.array(classes.astype(np.int8), mask=~known),
        "valence": pa.array(values[0].astype(np.float32), mask=~known),
        "arousal": pa.array(values[1].astype(np.float32), mask=~known),
        "action_units": pa.StructArray.from_arrays(units, list(ACTION_UNITS)),
    }


def _states(random: np.random.Generator, count: int, *, train: bool) -> NDArray[Any]:
    if random.random() < 0.03:
        return np.full(count, random.choice(["no_video", "quarantined"]))
    shares = [0.9, 0.04, 0.0, 0.0, 0.0, 0.04, 0.02]
    if not train:
        shares = [0.95, 0.0, 0.0, 0.0, 0.0, 0.05, 0.0]
    states = _runs(random.choice(_STATES, count // _RUN + 1, p=shares), count)
    states[count - int(random.integers(0, 3)) :] = "no_frame"
    return states


def _faces(random: np.random.Generator, frame: NDArray[Any], seen: NDArray[np.bool_]) -> dict[str, pa.Array]:
    """Return what is known of each face; of rows without one, nothing."""
    count, side = len(frame), random.uniform(40, 400)
    corner = np.cumsum(random.normal(0, 1, (count, 2)), axis=0) + 500
    box = np.concatenate([corner, corner + side], axis=1).astype(np.float32)
    points = (corner[:, None] + side * random.uniform(0.2, 0.8, (1, 5, 2))).astype(np.float32)
    blur = random.uniform(0.01, 0.05)
    return {
        "pts_seconds": pa.array(frame / 30, mask=~seen),
        "box": _masked(pa.FixedSizeListArray.from_arrays(pa.array(box.ravel()), 4), seen),
        "landmarks": _masked(
            pa.FixedSizeListArray.from_arrays(
                pa.FixedSizeListArray.from_arrays(pa.array(points.ravel()), 2), 5
            ),
            seen,
        ),
        "detector_score": _measure(random.beta(20, 2, count), seen),
        "track_id": pa.array(np.full(count, 1, np.int32), mask=~seen),
        "sharpness": _measure(random.gamma(2, 120, count), seen),
        "brightness": _measure(random.normal(110, 30, count).clip(0, 255), seen),
        "face_blur": _measure(random.gamma(8, blur / 8, count).clip(0, 1), seen),
        "face_brightness": _measure(random.normal(120, 35, count).clip(0, 255), seen),
        "face_contrast": _measure(random.normal(80, 25, count).clip(0, 255), seen),
        "outside_fraction": _measure(random.exponential(0.01, count).clip(0, 1), seen),
        "native_px": pa.array(np.full(count, int(side), np.int32), mask=~seen),
        "perceptual_hash": pa.array(random.integers(0, 2**62, count), mask=~seen),
    }


def _measure(values: NDArray[np.float64], seen: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values.astype(np.float32), mask=~seen)


def _masked(lists: pa.Array, seen: NDArray[np.bool_]) -> pa.Array:
    return pa.array(
        [one if keep else None for one, keep in zip(lists.to_pylist(), seen, strict=True)], lists.type
    )


def _measured_page(faces: Path, output: Path) -> None:
    """Write the page in this process and print what it took, as JSON."""
    from fer_data.view import opened, view_page

    began, own = time.perf_counter(), time.process_time()
    with opened([faces]) as material:
        output.write_text(view_page(material), encoding="utf-8")
    seconds, spent = time.perf_counter() - began, time.process_time() - own
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = output.stat().st_size
    print(json.dumps({"seconds": seconds, "cpu_seconds": spent, "most_mb": most, "bytes": size}))


_DRAWN = """() => document.readyState === "complete"
  && [...document.querySelectorAll("[data-chart]")].every((one) => one.querySelector("svg"))"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"


def _painted(path: Path) -> dict[str, float]:
    """Return after how many seconds a browser shows the page's first text, and has drawn every chart."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_function(_DRAWN, timeout=120_000)
        found = {
            "drawn_seconds": page.evaluate("performance.now() / 1000"),
            "first_paint_seconds": page.evaluate(_PAINT),
        }
        browser.close()
    return found


def main(
    folder: Path,
    rows: Annotated[int, typer.Option(min=1000)] = 1_000_000,
    videos: Annotated[int, typer.Option(min=1)] = 2000,
    json_file: FiguresFile = None,
    keep: Annotated[bool, typer.Option("--keep")] = False,
    only_page: Annotated[bool, typer.Option("--only-page", hidden=True)] = False,
) -> None:
    """Write faces below FOLDER, their page, and open it."""
    faces, output = folder / "faces", folder / "view.html"
    if only_page:
        _measured_page(faces, output)
        return
    folder.mkdir(parents=True)  # before `finally`: what was there is never removed
    try:
        write_faces(faces, rows, videos)
        command = [sys.executable, "-m", "benchmarks.view", str(folder), "--only-page"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - this very module
        found = {"rows": rows, "videos": videos, **json.loads(done.stdout), **_painted(output.resolve())}
        print(
            f"{rows:,} rows: {found['cpu_seconds']:.1f} s of the processor, {found['seconds']:.1f} s by the clock, "
            f"{found['most_mb']:.0f} MB at most; {found['bytes'] / 1e6:.1f} MB of page, first paint after "
            f"{found['first_paint_seconds']:.2f} s, all drawn after {found['drawn_seconds']:.2f} s."
        )
        if json_file is not None:
            write_json(json_file, found)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    typer.run(main)
