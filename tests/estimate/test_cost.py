"""The cost of a corpus follows from slices of a few of its videos."""

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from corpus_trees import EIGHT, source, source_of_kind, videos_source, write_text
from video_corpora import align_params, compute_params, people, scene, write_video

from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.errors import CorpusError, MediaError
from fer_data.estimate import choose_probes, estimate, extrapolate
from fer_data.estimate.probing import Probe, cut_slice
from fer_data.media.video import decode_frames
from fer_data.pictures.images import encode_jpeg

LABELS = "annotations/EXPR_Recognition_Challenge/Train_Set"
PROBE = Probe(
    frames=100, seconds_per_frame=0.02, fixed_seconds=1.0, decode_seconds=0.005, detect_seconds=0.01,
    wanted=100, crops=90, crop_bytes=900_000, observed_bytes=1_200_000,
)  # fmt: skip


def request(name: str, frames: int, labelled: int | None = None) -> VideoRequest:
    """Return the request for a video of one subject with so many labelled frames, all by default."""
    needed = np.arange(frames) < (frames if labelled is None else labelled)
    subject = SubjectRequest(
        name, name, "only", np.arange(frames, dtype=np.int32), needed, needed, sparse=False, trusted=False
    )
    return VideoRequest(name, Path(f"{name}.mp4"), frames, (subject,))


def test_cost_grows_with_frames_and_shrinks_with_workers() -> None:
    """Two videos of 1000 frames at 20 ms and one second each, on two workers that took three seconds to start."""
    requests = [request("a", 1000), request("b", 1000, labelled=500)]
    found = extrapolate(
        requests, {"a": 100, "b": 100}, {"a": PROBE}, align=align_params(), workers=2, elapsed=6.0
    )
    assert found.hours * 3600 == pytest.approx(3.0 + 2 * (1.0 + 20.0) / 2)
    assert found.wanted_rows == 1500
    assert found.crops == 1350
    assert found.gigabytes == pytest.approx(1350 * 10_000 / 1e9)
    assert found.observed_gigabytes == pytest.approx(2000 * 12_000 / 1e9)
    assert (found.decode_share, found.detect_share) == (pytest.approx(0.25), pytest.approx(0.5))
    assert found.other_share == pytest.approx(0.25)


def test_the_longest_task_bounds_the_hours_and_spans_shorten_it() -> None:
    """Of many workers most wait for a video of 10,000 frames, less for its ten spans, which see 40 frames twice."""
    requests = [request("a", 10_000), request("b", 900)]
    for span, tasks, longest in (
        (None, 2, 1.0 + 200.0),
        (1000, 11, 1.0 + 0.02 * 1040),
        (20_000, 2, 1.0 + 200.0),
    ):
        params = align_params(span_frames=span)
        found = extrapolate(requests, {"a": 9, "b": 9}, {"a": PROBE}, align=params, workers=64, elapsed=0.0)
        assert found.tasks == tasks
        assert found.longest_task_hours * 3600 == pytest.approx(longest)
        assert found.hours * 3600 == pytest.approx(longest)
    one = extrapolate(
        requests, {"a": 9, "b": 9}, {"a": PROBE}, align=align_params(span_frames=1000), workers=1, elapsed=0.0
    )
    assert one.hours * 3600 == pytest.approx(2 * 1.0 + 0.02 * (10_900 + 9 * 40))


def test_embedding_costs_by_track() -> None:
    """One face throughout is one track however long; two more that begin in the slice do so again and again."""
    calm = replace(PROBE, faces=100, tracks=1, identity_seconds=0.5)
    lively = replace(PROBE, faces=100, tracks=3, identity_seconds=1.5)
    requests, areas = [request("a", 1000)], {"a": 100}
    for probe, tracks in ((calm, 1), (lively, 1 + 2 * 10), (replace(PROBE, faces=100, tracks=1), 0)):
        found = extrapolate(requests, areas, {"a": probe}, align=align_params(), workers=1, elapsed=0.0)
        assert found.identity_hours * 3600 == pytest.approx(0.5 * tracks)
        assert found.hours * 3600 == pytest.approx(1.0 + 20.0 + 0.5 * tracks)


def test_a_video_costs_what_the_probe_of_its_picture_size_costs() -> None:
    """Large pictures are not taken for small ones."""
    requests = [request("small", 1000), request("large", 1000), request("medium", 1000)]
    areas = {"small": 100, "medium": 5_000, "large": 10_000}
    probes = {"small": PROBE, "large": replace(PROBE, seconds_per_frame=0.2)}
    found = extrapolate(requests, areas, probes, align=align_params(), workers=1, elapsed=0.0)
    assert found.hours * 3600 == pytest.approx(3 * 1.0 + 20 + 200 + 200)


def test_probes_stand_for_equal_shares_of_the_pixels() -> None:
    """A video with most of the pixels is probed for them once, and every size has its chance."""
    requests = [request(f"v{number}", 100) for number in range(8)]
    areas = {r.video_id: 10 * (index + 1) for index, r in enumerate(requests)}
    chosen = choose_probes(requests, areas, 4)
    assert len(chosen) == 4
    assert areas[chosen[0].video_id] <= 40
    assert areas[chosen[-1].video_id] >= 70
    long = request("long", 100_000)
    assert choose_probes([*requests, long], {**areas, "long": 1000}, 3) == [long]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of three one-person videos of different lengths, all labelled."""
    root = tmp_path_factory.mktemp("corpus")
    for number, (name, frames) in enumerate({"a": 40, "b": 60, "c": 20}.items()):
        draw = scene([(people()[number], lambda i: (20 + i, 40))])
        write_video(root / "batch1" / f"{name}.mp4", draw, frames)
        write_text(root / LABELS / f"{name}.txt", EIGHT, [0] * frames)
    return root


def test_a_slice_is_what_the_video_shows_there(corpus: Path, tmp_path: Path) -> None:
    """A slice starts at a keyframe, and its frames are the video's own."""
    video = corpus / "batch1" / "b.mp4"
    first = cut_slice(video, tmp_path / "slice.mkv", 16, 60)
    whole = [frame.image for frame in decode_frames(video)]
    part = [frame.image for frame in decode_frames(tmp_path / "slice.mkv")]
    assert 12 <= len(part) <= 16
    assert np.array_equal(part[0], whole[first])


def test_no_slice_of_what_is_no_video(tmp_path: Path) -> None:
    """A text file is refused by its name."""
    (tmp_path / "x.mp4").write_text("no video")
    with pytest.raises(MediaError, match=r"x\.mp4: no slice can be cut"):
        cut_slice(tmp_path / "x.mp4", tmp_path / "slice.mkv", 16, 60)


def test_a_small_corpus_is_counted_right(corpus: Path) -> None:
    """Frames, rows and crops of a corpus that is probed whole are those that aligning gives."""
    params = align_params()
    found = estimate(
        corpus, source=source(corpus), align=params, compute=compute_params(1), probes=3, frames=64
    )
    assert (found.videos, found.frames, found.wanted_rows, found.crops) == (3, 120, 120, 120)
    assert 0 < found.hours < 1
    assert found.gigabytes > 0
    assert found.decode_share + found.detect_share + found.other_share == pytest.approx(1)
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_corpus_without_readable_videos_says_so(tmp_path: Path) -> None:
    """There is nothing to measure, and the message names the folder and the task."""
    (tmp_path / "batch1").mkdir()
    (tmp_path / "batch1" / "a.mp4").write_text("no video")
    write_text(tmp_path / LABELS / "a.txt", EIGHT, [0] * 5)
    with pytest.raises(CorpusError, match=r"no video with rows to align for dataset\.task \(expression\)"):
        estimate(tmp_path, source=source(tmp_path), align=align_params(), compute=compute_params(1))


def test_any_corpus_of_videos_is_measured(tmp_path: Path) -> None:
    """By the rows of its adapter; a codec that Matroska does not take is no obstacle."""
    moving = scene([(people()[0], lambda index: (60 + index, 40))])
    write_video(tmp_path / "a.mp4", moving, 30)
    with av.open(str(tmp_path / "b.flv"), "w") as container:
        stream = container.add_stream("flv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index in range(30):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(moving(index), format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "b.flv").rename(tmp_path / "b.mp4")
    (tmp_path / "labels.csv").write_text("video,label\na,x\nb,y\n")
    read_as = videos_source(tmp_path)
    found = estimate(tmp_path, source=read_as, align=align_params(), compute=compute_params(1), frames=16)
    assert (found.videos, found.frames, found.wanted_rows, found.probed_videos) == (2, 60, 60, 2)


@pytest.mark.parametrize("aligned", [False, True], ids=["searched", "given"])
def test_pictures_are_counted_and_measured(tmp_path: Path, *, aligned: bool) -> None:
    """Those without a label, and those of a class that the dataset lacks, want no crop; what is damaged gives none."""
    for name, person in (("train/Happiness/a", 0), ("train/Neutral/b", 1), ("test/c", 2)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.jpg").write_bytes(encode_jpeg(people()[person], 95))
    (tmp_path / "train/Neutral/d.jpg").write_bytes(b"no picture")
    pictures = source_of_kind(tmp_path, "pictures", aligned=aligned, table=None)
    found = estimate(tmp_path, source=pictures, align=align_params(), compute=compute_params(1), frames=16)

    assert (found.videos, found.frames, found.wanted_rows, found.crops) == (0, 4, 4, 3)
    assert (found.tasks, found.probed_frames, found.observed_gigabytes) == (2, 4, 0.0)
    assert found.decode_share + found.detect_share + found.other_share == pytest.approx(1)
    assert (found.detect_share == 0) == aligned
    json.dumps(found.as_dict(), allow_nan=False)
