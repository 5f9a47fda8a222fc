"""What the result of one video follows from, as a key of the resume store; where it is computed is no part of it."""

import hashlib
import platform
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.hand_lines import HandLine
from fer_data.assignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.execution.libraries import installed_versions
from fer_data.execution.source_hash import source_hash
from fer_data.execution.store import content_key
from fer_data.params.align import AlignParams
from fer_data.video_jobs.observe import frames_in_view, wanted_frames

__all__ = [
    "CODE",
    "OBSERVING",
    "PICTURES",
    "environment",
    "looked_key",
    "observed_key",
    "picture_environment",
    "video_key",
]

CODE = "fer_data.video_jobs.worker"
"""The module whose code, with all that it imports, makes the result of a video."""

OBSERVING = "fer_data.video_jobs.spans"
"""The same for what a pass over a video gives, before anybody is taken for anybody."""

PICTURES = "fer_data.align.pictures.worker"
"""The same for a shard of pictures."""

_DECIDING = frozenset({"rows", "quality", "doubtful", "identity"})
"""Parameters of `align` that say what becomes of faces; `rows` counts by the frames that it wants."""

_PACKAGES = ("av", "numpy", "opencv-python", "pyarrow")
_PICTURE_PACKAGES = ("numpy", "opencv-python", "pillow", "pyarrow")


def environment(engine: str, device: str = "cpu") -> dict[str, str]:
    """Return the versions, the processor types and the hash of the code that this process would compute with."""
    code = {"code": source_hash(CODE), "observing": source_hash(OBSERVING)}
    return {**installed_versions(_PACKAGES), **_machine(engine, device), **code}


def picture_environment(engine: str | None, device: str = "cpu") -> dict[str, str]:
    """Return the same for shards of pictures; no engine where crops are taken as they are."""
    code = {"code": source_hash(PICTURES)}
    return {**installed_versions(_PICTURE_PACKAGES), **_machine(engine, device), **code}


def _machine(engine: str | None, device: str) -> dict[str, str]:
    versions = {} if engine is None else {engine: str(import_module(engine).__version__)}
    gpu = {"gpu": _gpu_name()} if device == "cuda" and engine is not None else {}
    return {**versions, **gpu, "machine": platform.machine()}


def _gpu_name() -> str:
    """Return the type of GPU: two types round differently."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "unknown to torch"


def video_key(
    request: VideoRequest,
    params: AlignParams,
    *,
    rule: FrameRule,
    weights_sha256: str,
    environment: dict[str, str],
) -> str:
    """Return the key under which the result of a video is kept."""
    parts: dict[str, Any] = {
        "video": _video(request),
        "num_packets": request.num_packets,
        "unaltered": request.unaltered,
        "subjects": [_subject(subject) for subject in request.subjects],
        "by_hand": [_said(line, request) for line in request.by_hand],
        "align": params.model_dump(mode="json"),
        "frame_rule": [rule.tolerance_frames, rule.holes],
        "weights": weights_sha256,
        "environment": environment,
    }
    return content_key(parts)


def observed_key(
    request: VideoRequest, params: AlignParams, *, weights_sha256: str, environment: dict[str, str]
) -> str:
    """Return the key under which what a pass over a video gives is kept; who is who is no part of it."""
    parts = _observed(request, params, weights_sha256=weights_sha256, environment=environment)
    return content_key(
        {**parts, "frames": [frames_in_view(request), _digest(wanted_frames(request, params))]}
    )


def looked_key(
    request: VideoRequest, params: AlignParams, *, weights_sha256: str, environment: dict[str, str]
) -> str:
    """Return the same whichever frames were cropped: of two such passes the one that cropped more serves both."""
    parts = _observed(request, params, weights_sha256=weights_sha256, environment=environment)
    return content_key({**parts, "frames": frames_in_view(request)})


def _observed(
    request: VideoRequest, params: AlignParams, *, weights_sha256: str, environment: dict[str, str]
) -> dict[str, Any]:
    return {
        "kind": "observed",
        "video": _video(request),
        "num_packets": request.num_packets,
        "people": len(request.subjects),
        "align": params.model_dump(mode="json", exclude=set(_DECIDING)),
        "weights": weights_sha256,
        "environment": {name: value for name, value in environment.items() if name != "code"},
    }


def _video(request: VideoRequest) -> list[Any]:
    size = request.path.stat().st_size if request.path is not None and request.path.is_file() else None
    return [request.video_id, request.path.name if request.path else None, request.content_hash, size]


def _said(line: HandLine, request: VideoRequest) -> list[object]:
    """Return what a line says, people who withdrew by no name: their pseudonyms change when others withdraw."""
    withdrawn = line.subject_id in {subject.subject_id for subject in request.subjects if subject.withdrawn}
    return ["withdrawn", *line.says()[1:]] if withdrawn else line.says()


def _digest(*arrays: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _subject(subject: SubjectRequest) -> list[Any]:
    digest = _digest(subject.frames, subject.needed, subject.train)
    crops = [subject.crops.sha256, subject.crops.last] if subject.crops else None
    names = ["withdrawn"] if subject.withdrawn else [subject.subject_id, subject.series_id]
    labels = [] if subject.labels is None else [_digest(subject.labels.classes, subject.labels.values)]
    return [*names, subject.side, digest, subject.sparse, subject.trusted, crops, *labels]
