"""Find the faces of new frames and tell their expressions, with the pixels that training saw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray

from fer_data.alignment.observe import crop_matrix
from fer_data.alignment.sighting import sight
from fer_data.core.appearance import THUMBNAIL_PX, looks, thumbnail_matrix
from fer_data.core.calibration import probabilities
from fer_data.core.faces import Faces, Float32
from fer_data.core.reduction import reduce_by_area
from fer_data.core.smoothing import smooth
from fer_data.core.tracking import Tracker
from fer_data.detectors import Detector
from fer_data.errors import MediaError
from fer_data.images import decode, encode_jpeg
from fer_data.model_files import Model
from fer_data.params.align import AlignParams
from fer_data.prediction.sources import Source, read_frames
from fer_data.video import Frame

__all__ = ["Recogniser", "SourceFaces", "smoothed"]

_BATCH_FRAMES = 8


@dataclass(frozen=True, slots=True, eq=False)
class SourceFaces:
    """The faces of one source, by frame, best detector score first.

    Attributes:
        name: of the source.
        pts_seconds: presentation time of each decoded frame.
        frame_index: (n,) 0-based frame of each face.
        track_id: (n,) faces of consecutive frames that are one person share it.
        faces: boxes, scores and landmarks, in source pixels.
        logits: (n, classes) float32, as the network gives them.
        probability: (n, classes) after temperature and smoothing.
        error: why decoding stopped early, or None.
    """

    name: str
    pts_seconds: NDArray[np.float64]
    frame_index: NDArray[np.int64]
    track_id: NDArray[np.int64]
    faces: Faces
    logits: NDArray[np.float32]
    probability: NDArray[np.float64]
    error: str | None


class Recogniser:
    """Detector, alignment and network behind one call."""

    def __init__(self, model: Model, detector: Detector, align: AlignParams, device: torch.device) -> None:
        self._model, self._detector, self._align, self._device = model, detector, align, device
        self._trained_px = int(model.description.get("data", {}).get("resolution", align.size))
        model.network.to(device).eval()

    def run(self, source: Source, temperature: float) -> SourceFaces:
        """Return every face of a source; a source that cannot be decoded to its end says so."""
        tracker = Tracker(self._align.tracking.min_iou, self._align.tracking.max_gap_frames)
        times: list[float] = []
        frames, tracks, found, logits = (
            [],
            [],
            [Faces.none()],
            [self._logits(np.zeros((0, 1, 1, 3), np.uint8))],
        )
        error = None
        for batch, failure in _batches(read_frames(source)):
            error = failure
            times.extend(frame.pts_seconds for frame in batch)
            for place, faces, ids, crops in self._faces(batch, tracker):
                frames.append(np.full(len(faces), batch[place].index, np.int64))
                tracks.append(ids)
                found.append(faces)
                logits.append(self._logits(crops))
        values = np.concatenate(logits)
        return SourceFaces(
            name=source.name,
            pts_seconds=np.array(times),
            frame_index=np.concatenate([np.zeros(0, np.int64), *frames]),
            track_id=np.concatenate([np.zeros(0, np.int64), *tracks]),
            faces=_joined(found),
            logits=values,
            probability=probabilities(values, temperature) if len(values) else values.astype(np.float64),
            error=error,
        )

    def _faces(
        self, batch: Sequence[Frame], tracker: Tracker
    ) -> Iterator[tuple[int, Faces, NDArray[np.int64], NDArray[np.uint8]]]:
        """Yield each frame's place in the batch, its faces, their tracks and their base crops."""
        seen = sight(self._detector, batch)
        for place, (frame, faces) in enumerate(zip(batch, seen.faces, strict=True)):
            owners = [place] * len(faces)
            shown = seen.warp(owners, [thumbnail_matrix(box) for box in faces.boxes], THUMBNAIL_PX)
            ids = tracker.update(frame.index, faces.boxes, looks(shown))
            maps = [
                crop_matrix(*pair, self._align) for pair in zip(faces.boxes, faces.landmarks, strict=True)
            ]
            yield place, faces, ids.astype(np.int64), seen.warp(owners, maps, self._align.size)

    @torch.inference_mode()
    def _logits(self, crops: NDArray[np.uint8]) -> Float32:
        if not len(crops):
            return np.zeros((0, len(self._model.classes)), np.float32)
        contract = self._model.contract
        pictures = contract.centre(np.stack([contract.resize(self._as_trained(crop)) for crop in crops]))
        inputs = contract.to_input(torch.from_numpy(np.ascontiguousarray(pictures)).to(self._device))
        return np.asarray(self._model.network(inputs).float().cpu().numpy(), np.float32)

    def _as_trained(self, crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a base crop coded as `align` codes it and reduced to the resolution that training read."""
        coded = decode(encode_jpeg(crop, self._align.jpeg_quality))
        return reduce_by_area(coded, min(self._trained_px, self._align.size))


def smoothed(faces: SourceFaces, window: int) -> SourceFaces:
    """Return the faces with probabilities averaged over at most `window` frames to either side in their track."""
    if window == 0 or not len(faces.probability):
        return faces
    tracks = [str(track) for track in faces.track_id]
    return replace(faces, probability=smooth(faces.probability, tracks, faces.frame_index, window=window))


def _batches(frames: Iterator[Frame]) -> Iterator[tuple[list[Frame], str | None]]:
    """Yield frames in batches, the last one with the reason if decoding failed."""
    while True:
        batch: list[Frame] = []
        error = None
        try:
            batch.extend(islice(frames, _BATCH_FRAMES))
        except MediaError as failure:
            error = str(failure)
        yield batch, error
        if error is not None or len(batch) < _BATCH_FRAMES:
            return


def _joined(parts: Sequence[Faces]) -> Faces:
    return Faces(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.landmarks for part in parts]),
    )
