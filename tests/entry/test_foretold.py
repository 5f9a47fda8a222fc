"""What `ingest` and `check --decode` say of frames and lines is what `align` does, video by video."""

from collections import Counter
from pathlib import Path

import pytest
from corpus_trees import EIGHT, MTL, source, write_text
from numbered_videos import FRAMES, damaged, free_frames, remux, without, write_numbered

from fer_data.assignment.requests import video_requests
from fer_data.assignment.states import Decoded, states_without_faces
from fer_data.check import check_corpus
from fer_data.ingest import ingest
from fer_data.media.frame_findings import damage_findings
from fer_data.media.frame_rules import frame_rule
from fer_data.media.video import scan_video
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, read_findings
from fer_data.tables.schemas import ROWS, VIDEOS, read_table

TRAIN = "Third ABAW Annotations/EXPR_Classification_Challenge/Train_Set"
FRAME_RULES = {
    "decode-error", "frame-holes", "frames-differ", "frames-quarantined", "frames-unsure", "labels-of-damaged-video",
}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus with one video of each trouble, and a test list of two of them."""
    folder = tmp_path_factory.mktemp("troubles")
    root = folder / "corpus"
    videos = root / "batch1"
    videos.mkdir(parents=True)
    whole = {kind: write_numbered(folder / f"{kind}.mkv", kind) for kind in ("mjpeg", "h264-b", "hevc")}
    avi = write_numbered(folder / "b.avi", "mpeg4-b")
    clip = write_numbered(folder / "clip.mp4", "h264-p")
    without(whole["mjpeg"], videos / "hole.mkv", [20])
    without(whole["mjpeg"], videos / "holes.mkv", [9, 20, 21])
    without(whole["h264-b"], videos / "after.mkv", [free_frames(whole["h264-b"])[5]])
    damaged(whole["mjpeg"], videos / "broken.mkv", [20])
    damaged(whole["mjpeg"], videos / "short.mkv", [20])
    damaged(whole["hevc"], videos / "hevc.mkv", [free_frames(whole["hevc"])[5]])
    damaged(avi, videos / "stops.avi", [20])
    remux(whole["mjpeg"], videos / "cut.mkv", lambda index, packet: packet if index < 30 else None)

    def earlier(_: int, packet: object) -> object:
        ticks = int(0.4 / packet.time_base)  # type: ignore[attr-defined]
        packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks  # type: ignore[attr-defined]
        return packet

    remux(clip, videos / "edited.mp4", earlier)  # type: ignore[arg-type]
    without(whole["mjpeg"], videos / "asked.mkv", [20])
    lines = {"after": FRAMES - 1, "short": 80}
    for name in ("hole", "holes", "after", "broken", "short", "hevc", "stops", "cut"):
        write_text(root / TRAIN / f"{name}.txt", EIGHT, [0] * lines.get(name, FRAMES))
    write_text(root / "Third ABAW Annotations/expression_test_set.txt", "edited", ["asked"])
    return root


@pytest.fixture(scope="module", params=["end", "place", "quarantine", None], ids=str)
def params(root: Path, request: pytest.FixtureRequest) -> SourceParams:
    """Return the corpus' parameters with each value of `holes`."""
    return source(root, frame_policy={"tolerance_frames": 2, "holes": request.param})


def said(findings: list[Finding]) -> Counter[tuple[str, str, str | None, str | None, str]]:
    """Return rule, severity, subject, video and message of the findings on frames."""
    return Counter(
        (f.rule, str(f.severity), f.subject_id, f.video_id, f.message)
        for f in findings
        if f.rule in FRAME_RULES
    )


def done(root: Path, params: SourceParams, folder: Path) -> tuple[list[Finding], dict[str, Counter[str]]]:
    """Return the findings and the states of `align` as far as they follow from frames."""
    ingest(root, folder / "catalog", params)
    rows = read_table(folder / "catalog/rows.parquet", ROWS)
    videos = read_table(folder / "catalog/videos.parquet", VIDEOS)
    findings: list[Finding] = []
    states: dict[str, Counter[str]] = {}
    for request in video_requests(rows, videos, root, params.task):
        assert request.path is not None
        reader = scan_video(request.path)
        footage = reader.footage()
        findings += damage_findings(footage, reader.damage, request.video_id)
        decoded = Decoded(footage.decoded, reader.error, footage, reader.damage)
        for subject in request.subjects:
            found = states_without_faces(request, subject, decoded, frame_rule(params))
            findings += found.findings
            states[subject.subject_id] = Counter(found.states.tolist())
    return findings, states


def test_check_foretells_what_align_finds(root: Path, params: SourceParams, tmp_path: Path) -> None:
    """The same rules, severities, subjects, videos and words."""
    findings, _ = done(root, params, tmp_path)
    foretold = check_corpus(root, params, decode=True).findings
    assert said(list(foretold)) == said(findings)
    assert {f.rule for f in findings} >= {"decode-error", "frame-holes", "frames-quarantined"}


def test_ingest_foretells_the_holes(root: Path, params: SourceParams, tmp_path: Path) -> None:
    """What packets alone can show is said before anything is decoded."""
    findings, _ = done(root, params, tmp_path)
    early = read_findings(tmp_path / "catalog/problems.jsonl")
    holes = [f for f in early if f.rule == "frame-holes"]
    assert {f.subject_id for f in holes} == {"hole", "holes"}
    late = {f.subject_id: f.message for f in findings if f.rule == "frame-holes"}
    assert all(late[f.subject_id] == f.message for f in holes)


def test_states_follow_the_rule(root: Path, params: SourceParams, tmp_path: Path) -> None:
    """Each trouble costs its own rows and no others."""
    _, states = done(root, params, tmp_path)
    holes = frame_rule(params).holes
    quarantined = Counter({"quarantined": FRAMES})
    assert states["hole"] == (quarantined if holes == "quarantine" else Counter({"": 47, "no_frame": 1}))
    placed = holes in ("place", "evidence")
    assert states["holes"] == (Counter({"": 45, "no_frame": 3}) if placed else quarantined)
    assert states["after"] == Counter({"": FRAMES - 1})
    assert states["broken"] == Counter({"": 47, "decode_error": 1})
    assert states["short"] == Counter({"": 20, "decode_error": 60})
    assert states["cut"] == quarantined
    assert states["stops"]["decode_error"] >= 28
    assert states["stops"][""] + states["stops"]["decode_error"] == FRAMES
    assert states["edited"] == Counter({"": FRAMES - 10})
    assert states["asked"] == Counter({"": FRAMES - 1})
    assert states["hevc"][""] >= 45


@pytest.mark.parametrize(("last", "placed"), [(FRAMES, True), (30, False)], ids=["to the end", "some"])
def test_lists_of_some_frames_are_placed_by_their_last(last: int, placed: bool, tmp_path: Path) -> None:
    """A multi-task list that goes on to the last filmed frame shows that it was made before the loss."""
    root = tmp_path / "corpus"
    (root / "batch1").mkdir(parents=True)
    whole = write_numbered(tmp_path / "whole.mkv", "mjpeg")
    without(whole, root / "batch1/v.mkv", [20])
    rows = [f"v/{frame + 1:05d}.jpg,0.1,0.2,{frame % 7},{','.join('0' * 12)}" for frame in range(5, last, 3)]
    rows.append(f"v/{last:05d}.jpg,0.1,0.2,0,{','.join('0' * 12)}")
    write_text(root / "MTL_Challenge/train_set.txt", MTL, rows)
    params = source(root, task="multi_task", frame_policy={"tolerance_frames": 2, "holes": "place"})
    ingest(root, tmp_path / "catalog", params)
    catalog = read_table(tmp_path / "catalog/rows.parquet", ROWS)
    videos = read_table(tmp_path / "catalog/videos.parquet", VIDEOS)
    (request,) = video_requests(catalog, videos, root, params.task)
    reader = scan_video(root / "batch1/v.mkv")
    decoded = Decoded(47, None, reader.footage(), reader.damage)
    found = states_without_faces(request, request.subjects[0], decoded, frame_rule(params))
    frames = request.subjects[0].frames
    expected = [-1 if f == 20 else f - (f > 20) for f in frames] if placed else frames
    assert (found.placed, found.slots.tolist()) == (placed, list(expected))
