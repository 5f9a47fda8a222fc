"""A video is aligned again when what its result follows from has changed, and only then."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from video_corpora import align_params

from fer_data.assignment.hand_lines import HandLine
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.core.vision.redundancy import FrameLabels
from fer_data.params.align import IdentityParams
from fer_data.video_jobs.keys import environment, observed_key, video_key

FRAMES = np.arange(4, dtype=np.int32)
TRUE = np.ones(4, bool)
SUBJECT = SubjectRequest("a", "a", "only", FRAMES, TRUE, TRUE, sparse=False, trusted=False)
REQUEST = VideoRequest("a", Path("a.mp4"), 4, (SUBJECT,), "c" * 64)
ENVIRONMENT = {"av": "18.1.0", "code": "d" * 64}
IDENTITY = IdentityParams(name="sface", weights="sface.onnx", sha256="a" * 64, keep=False)


LINE = HandLine("decisions.csv, line 2", "a", "a", 0, 3, 1, (5.0, 5.0))


def key(request: VideoRequest = REQUEST, **changes: Any) -> str:
    """Return the key of a request with other circumstances."""
    known: dict[str, Any] = {
        "params": align_params(),
        "rule": FrameRule(2, "end"),
        "weights_sha256": "e" * 64,
        "environment": ENVIRONMENT,
        **changes,
    }
    return video_key(request, known.pop("params"), **known)


def other_subject(**changes: Any) -> VideoRequest:
    """Return the request with its subject changed."""
    return replace(REQUEST, subjects=(replace(SUBJECT, **changes),))


@pytest.mark.parametrize(
    "changed",
    [
        key(replace(REQUEST, content_hash="f" * 64)),
        key(replace(REQUEST, subjects=(SUBJECT, SUBJECT))),
        key(other_subject(side="left")),
        key(other_subject(frames=FRAMES + 1)),
        key(other_subject(needed=~TRUE)),
        key(other_subject(train=~TRUE)),
        key(other_subject(labels=FrameLabels(np.zeros((4, 1), np.int16), np.zeros((4, 2), np.float32)))),
        key(params=align_params(margin=0.25)),
        key(params=align_params(device="cuda")),
        key(params=align_params(precision="fp16")),
        key(rule=FrameRule(3, "end")),
        key(rule=FrameRule(2, "place")),
        key(weights_sha256="0" * 64),
        key(environment={**ENVIRONMENT, "av": "18.1.1"}),
        key(environment={**ENVIRONMENT, "code": "0" * 64}),
        key(replace(REQUEST, by_hand=(LINE,))),
        key(params=align_params(doubtful="exclude")),
        key(params=align_params(identity=IDENTITY)),
        key(params=align_params(span_frames=2000)),
    ],
    ids=["bytes", "subjects", "side", "frames", "needed", "train", "labels", "params", "device", "precision",
         "tolerance", "holes", "weights", "version", "code", "by-hand", "doubtful", "identity", "spans"],
)  # fmt: skip
def test_whatever_changes_bytes_changes_the_key(changed: str) -> None:
    """Each circumstance counts by itself."""
    assert changed != key()


def test_equal_circumstances_have_equal_keys(tmp_path: Path) -> None:
    """Where the corpus lies is no part of the key, nor are the arrays' identities."""
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.mp4").write_bytes(b"1234")
    here, there = (
        replace(other_subject(frames=FRAMES.copy()), path=tmp_path / f / "a.mp4") for f in ("here", "there")
    )
    assert key(here) == key(there)


def test_a_file_of_another_size_than_the_catalogs_is_not_taken_for_it(tmp_path: Path) -> None:
    """A replaced video whose catalog was not rebuilt never gets the old one's result by its size."""
    path = tmp_path / "a.mp4"
    path.write_bytes(b"1234")
    before = key(replace(REQUEST, path=path))
    path.write_bytes(b"12345")
    assert key(replace(REQUEST, path=path)) != before


@pytest.mark.parametrize("engine", ["onnxruntime", "torch"])
def test_the_environment_names_what_computes(engine: str) -> None:
    """Versions of decoder, warp and inference, the processor type and the code's hash are in it."""
    found = environment(engine)
    assert {"av", "numpy", "opencv-python", engine, "machine", "code"} <= set(found)
    assert ("torch" in found) is (engine == "torch")


def seen(request: VideoRequest = REQUEST, **changes: Any) -> str:
    """Return the key of what a video shows."""
    known: dict[str, Any] = {
        "params": align_params(), "weights_sha256": "e" * 64, "environment": ENVIRONMENT, **changes,
    }  # fmt: skip
    return observed_key(request, known.pop("params"), **known)


@pytest.mark.parametrize(
    ("same", "changed"),
    [
        (True, seen(replace(REQUEST, by_hand=(LINE,)))),
        (True, seen(other_subject(side="left", train=~TRUE, trusted=True))),
        (True, seen(params=align_params(doubtful="exclude"))),
        (True, seen(params=align_params(quality=align_params().quality.model_copy(update={"max_face_blur": 0.5})))),
        (True, seen(params=align_params(identity=IDENTITY))),
        (True, seen(params=align_params(rows="all"))),  # every row is needed here
        (True, seen(environment={**ENVIRONMENT, "code": "0" * 64})),
        (False, seen(environment={**ENVIRONMENT, "observing": "0" * 64})),
        (False, seen(environment={**ENVIRONMENT, "av": "18.1.1"})),
        (False, seen(other_subject(needed=~TRUE))),
        (False, seen(other_subject(frames=FRAMES + 1))),
        (False, seen(replace(REQUEST, subjects=(SUBJECT, SUBJECT)))),
        (False, seen(replace(REQUEST, content_hash="f" * 64))),
        (False, seen(params=align_params(margin=0.25))),
        (False, seen(params=align_params(span_frames=2000))),
        (False, seen(weights_sha256="0" * 64)),
    ],
    ids=["by-hand", "roles", "doubtful", "quality", "identity", "rows", "code", "observing", "version", "needed",
         "frames", "people", "bytes", "margin", "spans", "weights"],
)  # fmt: skip
def test_what_a_video_shows_does_not_follow_from_who_is_who(same: bool, changed: str) -> None:
    """Another decision or quality rule finds it in the store; whatever changes a face or a crop does not."""
    assert (changed == seen()) is same
