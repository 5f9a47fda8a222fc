"""A few good faces of each track are embedded while deciding, in memory alone unless they are to be kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from face_tables import table
from in_this_process import InThisProcess
from onnx_graphs import recognition_graph
from video_corpora import FixedDetector, align_params
from video_jobs.test_worker import FRAMES, request

from fer_data.assignment.embedding import EMBEDDED_FILE, embed_tracks
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.execution.store import Store
from fer_data.identity.network import open_identity
from fer_data.params.align import AlignParams, IdentityParams
from fer_data.pictures.images import encode_jpeg
from fer_data.shell.files.atomic import file_sha256
from fer_data.tracking.face_store import FaceTable
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.tasks import AlignJob, Recipe
from fer_data.video_jobs.videos import align_videos
from fer_data.video_jobs.worker import align_video

PATTERNS = np.random.default_rng(4).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8).repeat(16, 1).repeat(16, 2)
THUMBNAIL = np.random.default_rng(5).integers(60, 120, (48, 48, 3), dtype=np.uint8)


def with_identity(folder: Path, *, keep: bool) -> AlignParams:
    """Return parameters with a small network."""
    path = folder / "net.onnx"
    onnx.save(recognition_graph(), str(path))
    values = IdentityParams(name="sface", weights=str(path), sha256=file_sha256(path), keep=keep)
    return align_params(identity=values)


def aligned(folder: Path, params: AlignParams) -> Path:
    """Align a video of two into a new folder and return that."""
    result = folder / ("kept" if params.identity.keep else "not-kept")
    result.mkdir()
    align_video(
        request(folder, "left", "right"),
        result,
        params,
        FixedDetector((20, 60), (220, 60)),
        rule=FrameRule(2, "end"),
        report=lambda _: None,
        identity=open_identity(params.identity),
    )
    return result


def test_a_few_faces_of_each_track_are_embedded(tmp_path: Path) -> None:
    """With `keep` their vectors lie beside the result, and nowhere without it; the rows are the same."""
    kept, other = (aligned(tmp_path, with_identity(tmp_path, keep=keep)) for keep in (True, False))
    with np.load(kept / EMBEDDED_FILE) as found:
        assert set(found["track_ids"]) == {0, 1}
        assert found["vectors"].shape == (2 * min(8, FRAMES), 16)
        assert found["seconds"].max() < 1
    names = {path.name for path in other.iterdir()}
    assert names == {path.name for path in kept.iterdir()} - {EMBEDDED_FILE}
    assert all((kept / name).read_bytes() == (other / name).read_bytes() for name in names)


def run(folder: Path, params: AlignParams, key: str) -> Path:
    """Align the video into a store and return the folder of the result."""
    recipe = Recipe(params, FrameRule(2, "end"), environment("onnxruntime"), folder / "store")
    job = AlignJob(request(folder, "left", "right"), key * 64, "b" * 64)
    return align_videos([job], recipe, InThisProcess())["v"]


def test_kept_embeddings_end_with_the_first_run_that_keeps_none(tmp_path: Path) -> None:
    """They lie in the resume store alone, and their entry goes whole."""
    kept = run(tmp_path, with_identity(tmp_path, keep=True), "1")
    assert (kept / EMBEDDED_FILE).is_file()
    run(tmp_path, with_identity(tmp_path, keep=False), "2")
    assert not list((tmp_path / "store").rglob(EMBEDDED_FILE))
    assert Store(tmp_path / "store").get("1" * 64) is None


def test_a_track_of_small_or_unsure_faces_has_no_embedding(tmp_path: Path) -> None:
    """Such faces look alike to every network; a table without them stays as it is."""
    faces = table([(0, (10, 10, 60, 90), range(9))])
    params = with_identity(tmp_path, keep=False)
    times = np.arange(9) / 25
    found = embed_tracks(faces, _NoCrops(), params, open_identity(params.identity), pts_seconds=times)
    assert not found.embedded
    assert embed_tracks(faces, _NoCrops(), params, None, pts_seconds=times) is faces


def test_a_track_that_goes_on_with_another_face_is_two(tmp_path: Path) -> None:
    """Where looks step a little, embedded faces before and after say whether it is still the same person."""
    faces, crops = _painted(), _Painted()
    params = with_identity(tmp_path, keep=False)
    times = np.arange(18) / 25
    found = embed_tracks(faces, crops, params, open_identity(params.identity), pts_seconds=times)
    assert found.track_ids.tolist() == [0] * 9 + [1] * 9
    assert set(found.embedded) == {0, 1}
    crops.same = True
    found = embed_tracks(faces, crops, params, open_identity(params.identity), pts_seconds=times)
    assert found.track_ids.tolist() == [0] * 18


def _painted() -> FaceTable:
    """Return a track of 18 faces whose thumbnails become a little brighter in the middle."""
    faces = table([(0, (10, 10, 60, 90), range(18))])
    points = np.array([[18, 30], [42, 30], [30, 45], [20, 60], [40, 60]], np.float32)
    thumbnails = np.repeat(THUMBNAIL[None], 18, axis=0)
    thumbnails[9:, 36:] += 60
    return replace(faces, landmarks=np.repeat(points[None], 18, axis=0), thumbnails=thumbnails)


class _Painted:
    """Crops of two patterns, the second one from the tenth face on unless all are the same."""

    same = False

    def crop(self, offset: int, length: int) -> bytes:
        """Return the crop of a face."""
        assert length
        return encode_jpeg(PATTERNS[0 if self.same or offset < 9 else 1], 95)


class _NoCrops:
    """Holds no crop."""

    def crop(self, offset: int, length: int) -> bytes:
        """Fail: nothing is to be read."""
        raise AssertionError((offset, length))
