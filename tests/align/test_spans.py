"""A long video in spans: the same bytes whoever does them, rows as of the whole, and a finding that says so."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from align_runs import crops_of
from in_this_process import InThisProcess
from keyed_videos import CLOSED, OPEN, write_keyed_video
from video_corpora import (
    FixedDetector,
    Subject,
    align_params,
    compute_params,
    people,
    scene,
    source_params,
    write_catalog,
)

from fer_data.align import align
from fer_data.execution.store import Store
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import FACE_ROWS, read_table
from fer_data.video_jobs.tasks import AlignTask, PlanTask, SpanTask

FRAMES, SPAN, GAP = 36, 10, 7
"""Of each video, of a span, and of a track that may be lost; the longer that is, the more frames do two spans share."""


def two(index: int) -> tuple[tuple[int, int], tuple[int, int] | None]:
    """Return the places of two people: one sways, one is away about the seam at 24 and back at another place."""
    away = 20 <= index < 26
    return (10 + index % 20, 40), None if away else (170 - (20 if index > 25 else 0), 60 + index % 9)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of a video of two people, one of one person with open groups of pictures, and their catalog."""
    folder = tmp_path_factory.mktemp("corpus")
    first, second, third = people()
    pair = scene([(first, lambda i: two(i)[0]), (second, lambda i: two(i)[1])])
    write_keyed_video(folder / "root" / "batch1" / "pair.mp4", pair, FRAMES, CLOSED)
    sways = scene([(third, lambda i: (60 + i, 50))])
    write_keyed_video(folder / "root" / "batch1" / "open.mp4", sways, FRAMES, OPEN)
    labels = [index % 2 for index in range(FRAMES)]
    subjects = {
        "pair_left": Subject("pair", labels, "left"),
        "pair_right": Subject("pair", labels, "right"),
        "open": Subject("open", labels),
    }
    write_catalog(folder / "catalog", subjects, {"pair": FRAMES, "open": FRAMES})
    return folder


def kinds(engine: InThisProcess) -> list[str]:
    """Return what an engine did, in short."""
    names = {PlanTask: "plan", SpanTask: "span", AlignTask: "align"}
    return [f"{names[type(task)]} {task.job.request.video_id}" for task in engine.done]


Start = Callable[..., dict[str, str]]


def starter(corpus: Path, folder: Path, patch: pytest.MonkeyPatch) -> Start:
    """Return a function that aligns a corpus, and gives the hash of each output file and of the summary."""

    def start(
        name: str, span: int | None = SPAN, runner: Any = None, root: Path = corpus, **compute: Any
    ) -> Any:
        if runner is not None:
            patch.setattr("fer_data.align.stage.open_engine", lambda *_, **__: runner)
        output = folder / name
        store = compute.pop("store", f"{name}-store")
        tracking = align_params().tracking.model_copy(update={"max_gap_frames": GAP})
        patch.setenv("FER_DATA_STORE", str(folder / store))
        summary = align(
            root / "catalog",
            root / "root",
            output / "faces",
            output / "reports",
            source=source_params(),
            align=align_params(span_frames=span, tracking=tracking),
            compute=compute_params(1).model_copy(update=compute),
        )
        found = {str(p.relative_to(output)): file_sha256(p) for p in sorted(output.rglob("*")) if p.is_file()}
        return {**found, "summary": json.dumps(summary, sort_keys=True)}

    return start


@pytest.fixture
def run(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return that function for the corpus, with outputs and stores in the folder of the test."""
    return starter(corpus, tmp_path, monkeypatch)


@dataclass(frozen=True)
class Once:
    """One run in spans that several tests look at: what it did, its hashes, its outputs, and the store behind it."""

    engine: InThisProcess
    hashes: dict[str, str]
    output: Path
    store: Path


def once(corpus: Path, folder: Path, patch: pytest.MonkeyPatch) -> Once:
    """Align the corpus in spans."""
    engine = InThisProcess()
    return Once(
        engine,
        starter(corpus, folder, patch)("spans", SPAN, engine),
        folder / "spans",
        folder / "spans-store",
    )


@pytest.fixture(scope="module")
def spanned(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a run with the detector; tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        return once(corpus, tmp_path_factory.mktemp("spanned"), patch)


@pytest.fixture(scope="module")
def spanned_quick(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a run with two faces at once in every frame; tests must not write to it."""
    with pytest.MonkeyPatch.context() as patch:
        find_at_once(patch)
        return once(corpus, tmp_path_factory.mktemp("spanned quick"), patch)


def findings(folder: Path) -> dict[str, str]:
    """Return what is said of spans, by rule."""
    lines = (folder / "faces" / "problems.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return {f"{row['rule']} {row['video_id']}": row["message"] for row in rows if "span" in row["rule"]}


def test_spans_give_the_rows_and_crops_of_the_whole(run: Start, spanned: Once, tmp_path: Path) -> None:
    """Three spans of a video of two people, with somebody away at a seam, keep every row with nearly its crop."""
    run("whole", None, InThisProcess())
    outputs = (spanned.output / "faces", tmp_path / "whole" / "faces")
    spans, whole = (read_table(faces / "rows.parquet", FACE_ROWS) for faces in outputs)
    assert spans["state"].to_pylist() == whole["state"].to_pylist()
    assert spans["pts_seconds"].equals(whole["pts_seconds"])
    assert spans["state"].to_pylist().count("kept") > 3 * FRAMES - 10
    for name in ("pair_left", "pair_right", "open"):
        ours, theirs = (crops_of(faces / f"{name}.arrow") for faces in outputs)
        assert np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(ours, theirs, strict=True)]) < 1.5
    assert kinds(spanned.engine) == [
        "plan open",
        "plan pair",
        "align open",
        *["span pair"] * 3,
        "align pair",
    ]
    assert spanned.engine.reported == 2 * FRAMES


@pytest.mark.usefixtures("quick")
def test_it_is_said_how_many_spans_a_video_had_and_why_one(
    run: Start, spanned_quick: Once, tmp_path: Path
) -> None:
    """A finding each, and none where nothing is to be cut."""
    assert findings(spanned_quick.output) == {
        "one-span open": "The video is longer than align.span_frames (10) and was observed as one span: pictures "
        "behind its 2 keyframes from frame 10 on may rest on earlier ones (open GOPs).",
        "spans pair": "The video was observed in 3 spans of about 10 frames (align.span_frames).",
    }
    run("long", 1000, InThisProcess())
    assert findings(tmp_path / "long") == {}


@pytest.mark.parametrize(
    "compute",
    [{"workers": 2}, pytest.param({"workers": 2, "engine": "ray"}, marks=pytest.mark.slow)],
    ids=["two-workers", "ray"],
)
def test_any_engine_and_number_of_workers_gives_the_same_bytes(
    run: Start, spanned: Once, compute: dict[str, Any]
) -> None:
    """Where spans are cut follows from the video, so neither workers nor Ray change anything."""
    assert run("others", **compute) == spanned.hashes


def find_at_once(patch: pytest.MonkeyPatch) -> None:
    """Let two faces be found at once in every frame."""
    for module in ("fer_data.detectors", "fer_data.align.stage"):
        patch.setattr(f"{module}.open_detector", lambda _: FixedDetector((20, 40), (180, 60)))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two faces be found at once in every frame."""
    find_at_once(monkeypatch)


@pytest.mark.usefixtures("quick")
def test_a_run_goes_on_at_the_spans_that_are_left(run: Start, spanned_quick: Once, tmp_path: Path) -> None:
    """Interrupted at any place it does what is left, leaves no span behind, and gives the same bytes.

    After a plan alone nothing is kept, so the first place here has a whole video and a span of the other behind it.
    """
    whole, expected = spanned_quick.engine, spanned_quick.hashes
    for limit in (4, len(whole.done) - 1):
        first, then = InThisProcess(limit), InThisProcess()
        with pytest.raises(KeyboardInterrupt):
            run(f"{limit}", SPAN, first, store=f"{limit}-store")
        assert run(f"{limit}", SPAN, then, store=f"{limit}-store") == expected
        done = [kind for kind in kinds(first) + kinds(then) if not kind.startswith("plan")]
        assert sorted(done) == sorted(kind for kind in kinds(whole) if not kind.startswith("plan"))
        entries = Store(tmp_path / f"{limit}-store").entries()
        assert (
            sorted(entry.about.get("kind", "result") for entry in entries)
            == ["observed"] * 2 + ["result"] * 2
        )
        assert first.reported + then.reported <= 2 * FRAMES


@pytest.mark.usefixtures("quick")
def test_a_damaged_entry_of_a_cut_video_is_made_of_spans_again(
    run: Start, spanned_quick: Once, tmp_path: Path
) -> None:
    """Whatever the store lost, the bytes are those of the spans, and never of the whole."""
    shutil.copytree(spanned_quick.store, tmp_path / "store")
    store = Store(tmp_path / "store")
    for entry in store.entries():
        folder = store.root / "entries" / entry.key[:2] / entry.key
        name = "faces.npz" if entry.about.get("kind") == "observed" else "summary.json"
        with (folder / name).open("r+b") as file:
            file.truncate(10)
    assert run("first", SPAN, InThisProcess(), store="store") == spanned_quick.hashes


@pytest.mark.usefixtures("quick")
def test_a_damaged_video_is_observed_as_a_whole(corpus: Path, run: Start, tmp_path: Path) -> None:
    """Its rows are those that it has without spans, and the finding says why it was not cut."""
    root = tmp_path / "damaged"
    (root / "root" / "batch1").mkdir(parents=True)
    for path in sorted((corpus / "root" / "batch1").iterdir()):
        (root / "root" / "batch1" / path.name).write_bytes(path.read_bytes())
    video = root / "root" / "batch1" / "pair.mp4"
    with av.open(str(video)) as container:
        place = [packet.pos for packet in container.demux(video=0) if packet.size][26]
    with video.open("r+b") as file:
        file.seek((place or 0) + 8)
        file.write(bytes(200))
    labels = [0] * FRAMES
    subjects = {"pair_left": Subject("pair", labels, "left"), "pair_right": Subject("pair", labels, "right")}
    write_catalog(root / "catalog", subjects, {"pair": FRAMES})
    run("whole", None, InThisProcess(), root=root)
    engine = InThisProcess()
    run("spans", SPAN, engine, root=root)
    whole, spans = (
        read_table(tmp_path / name / "faces" / "rows.parquet", FACE_ROWS) for name in ("whole", "spans")
    )
    assert spans.equals(whole)
    assert "decode_error" in spans["state"].to_pylist()
    said = findings(tmp_path / "spans")["one-span pair"]
    assert re.search(r"was observed as one span: span [12]: frames are damaged or missing\.$", said)
    assert engine.reported == FRAMES - spans["state"].to_pylist().count("decode_error") // 2
