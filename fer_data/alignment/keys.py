"""What the result of one video follows from, as a key of the resume store; where it is computed is no part of it."""

import hashlib
import platform
from importlib import import_module
from typing import Any

import numpy as np

from fer_data.alignment.requests import SubjectRequest, VideoRequest
from fer_data.core.frame_policy import FrameRule
from fer_data.libraries import installed_versions
from fer_data.params.align import AlignParams
from fer_data.source_hash import source_hash
from fer_data.store import content_key

__all__ = ["CODE", "environment", "video_key"]

CODE = "fer_data.alignment.worker"
"""The module whose code, with all that it imports, makes the result of a video."""

_PACKAGES = ("av", "numpy", "opencv-python", "pyarrow")


def environment(engine: str, device: str = "cpu") -> dict[str, str]:
    """Return the versions, the processor types and the hash of the code that this process would compute with."""
    versions = installed_versions(_PACKAGES)
    versions[engine] = str(import_module(engine).__version__)
    if device == "cuda":
        versions["gpu"] = _gpu_name()
    return {**versions, "machine": platform.machine(), "code": source_hash(CODE)}


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
    size = request.path.stat().st_size if request.path is not None and request.path.is_file() else None
    parts: dict[str, Any] = {
        "video": [request.video_id, request.path.name if request.path else None, request.content_hash, size],
        "num_packets": request.num_packets,
        "subjects": [_subject(subject) for subject in request.subjects],
        "align": params.model_dump(mode="json"),
        "frame_rule": [rule.tolerance_frames, rule.holes],
        "weights": weights_sha256,
        "environment": environment,
    }
    return content_key(parts)


def _subject(subject: SubjectRequest) -> list[Any]:
    digest = hashlib.sha256()
    for array in (subject.frames, subject.needed, subject.train):
        digest.update(np.ascontiguousarray(array).tobytes())
    crops = [subject.crops.sha256, subject.crops.last] if subject.crops else None
    return [subject.subject_id, subject.side, digest.hexdigest(), subject.sparse, subject.trusted, crops]
