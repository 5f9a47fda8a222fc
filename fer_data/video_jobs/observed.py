"""Keep what one pass over a video gave, so that deciding who is who never decodes.

A folder of the resume store holds every face with its track, thumbnail and crop, the small pictures of frames, and how
far the video could be decoded. It does not follow from who is taken for whom, nor from quality rules.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.assignment.requests import VideoRequest
from fer_data.assignment.states import Decoded
from fer_data.core.arrays import Mask
from fer_data.core.frames.line_frames import Footage, Remark
from fer_data.detectors import Detector
from fer_data.errors import DatasetError
from fer_data.media.video import Damage
from fer_data.params.align import AlignParams
from fer_data.shell.files.atomic import write_json
from fer_data.tracking.face_finder import OpenFaceFinder, open_face_finder
from fer_data.tracking.face_store import FaceStore, FaceTable, KeptCrops
from fer_data.tracking.thumbnails import Snapshots
from fer_data.video_jobs.observe import Observation, observe

__all__ = ["CROPS_FILE", "covers", "keep_observed", "observe_into", "open_observed"]

CROPS_FILE = "crops.bin"
"""Every encoded crop, one behind the other; `FaceTable` has their places."""
_FACES = "faces.npz"
_SEEN = "seen.npz"
_ABOUT = "observation.json"
_SNAPSHOT = "frame-{:06d}.jpg"
_COLUMNS = [column.name for column in fields(FaceTable) if column.name != "embedded"]
"""Embeddings are never kept here: they follow from a decision to process biometric data."""


def observe_into(
    folder: Path,
    request: VideoRequest,
    params: AlignParams,
    detector: Detector,
    *,
    report: Callable[[int], None],
    open_finder: OpenFaceFinder = open_face_finder,
    remark: Remark | None = None,
) -> Observation:
    """Observe a video and keep all that it gave in an empty folder; `report`, `open_finder` as `observe` takes them.

    `remark` is kept beside those on the form of its frames.
    """
    with closing(FaceStore(folder, CROPS_FILE)) as log:
        seen = observe(request, params, detector, log, report=report, open_finder=open_finder)
        faces = log.table()
    if remark is not None and seen.decoded.damage is not None:
        seen.decoded.damage.remarks.append(remark)
    keep_observed(folder, seen, faces)
    return seen


def keep_observed(folder: Path, seen: Observation, faces: FaceTable) -> None:
    """Write what a pass over a video gave beside the crops that lie in the folder already."""
    np.savez_compressed(folder / _FACES, **{name: getattr(faces, name) for name in _COLUMNS})
    footage = seen.decoded.shows()
    arrays: dict[str, Any] = {"pts_seconds": seen.pts_seconds, "lost": footage.lost}
    if footage.ticks is not None:
        arrays["ticks"] = footage.ticks
    np.savez(folder / _SEEN, **arrays)
    for frame, (image, _) in seen.snapshots.images.items():
        (folder / _SNAPSHOT.format(frame)).write_bytes(image)
    write_json(folder / _ABOUT, _about(seen, footage))


def _about(seen: Observation, footage: Footage) -> dict[str, Any]:
    return {
        "frames": seen.decoded.frames,
        "error": seen.decoded.error,
        "width": seen.width,
        "faces": seen.faces,
        "damage": None if seen.decoded.damage is None else asdict(seen.decoded.damage),
        "footage": {
            "slots": footage.slots,
            "tick_seconds": footage.tick_seconds,
            "sure": footage.sure,
            "ended": footage.ended,
            "tail": footage.tail,
        },
        "scales": {str(frame): scale for frame, (_, scale) in seen.snapshots.images.items()},
    }


def covers(faces: FaceTable, wanted: Mask) -> bool:
    """Say whether every face in the `wanted` frames, given by their index, was cropped."""
    inside = faces.frames < len(wanted)
    return bool((faces.lengths[inside] > 0)[wanted[faces.frames[inside]]].all())


@contextmanager
def open_observed(folder: Path) -> Iterator[tuple[Observation, FaceTable, KeptCrops]]:
    """Yield what `observe_into` kept in a folder.

    Raises:
        DatasetError: the folder holds something else.
    """
    try:
        with np.load(folder / _FACES, allow_pickle=False) as kept:
            faces = FaceTable(**{name: kept[name] for name in _COLUMNS})
        with np.load(folder / _SEEN, allow_pickle=False) as kept:
            seen = _observation(folder, dict(kept.items()))
        crops = KeptCrops(folder / CROPS_FILE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{folder} is no observation of a video: {error}. Remove it and run align."
        ) from error
    with closing(crops):
        yield seen, faces, crops


def _observation(folder: Path, arrays: dict[str, Any]) -> Observation:
    about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
    footage = Footage(**about["footage"], lost=arrays["lost"], ticks=arrays.get("ticks"))
    damage = about["damage"]
    if damage is not None:
        damage = Damage(**{**damage, "remarks": [Remark(**remark) for remark in damage["remarks"]]})
    snapshots = Snapshots(0)
    for frame, scale in about["scales"].items():
        image = (folder / _SNAPSHOT.format(int(frame))).read_bytes()
        snapshots.images[int(frame)] = (image, scale)
    decoded = Decoded(about["frames"], about["error"], footage, damage)
    return Observation(decoded, arrays["pts_seconds"], about["width"], about["faces"], snapshots)
