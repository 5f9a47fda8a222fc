"""Find the faces of new frames and run a model on them, with the pixels that training saw."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.core.metrics.smoothing import smooth
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.reduction import reduce_by_area
from fer_data.detectors import Detector
from fer_data.media.frame_findings import damage_text
from fer_data.model.files import Model
from fer_data.params.align import AlignParams
from fer_data.pictures.images import decode
from fer_data.predict.answers import TaskAnswers, answers_of
from fer_data.predict.people import person_ids
from fer_data.predict.sources import Source, open_frames, promised_frames
from fer_data.shell.progress import progress
from fer_data.tracking.face_finder import find_faces
from fer_data.tracking.face_store import FaceStore, FaceTable
from fer_data.tracking.keyframes import MAX_FACES
from fer_data.tracking.recorder import FaceRecorder

__all__ = ["Recogniser", "SourceFaces", "smoothed"]

_BATCH_FACES = 32
_EVERY_FRAME = np.broadcast_to(np.True_, (1 << 40,))
"""Says of every frame that its faces are wanted; it takes no memory."""


@dataclass(frozen=True, slots=True, eq=False)
class SourceFaces:
    """The faces of one source, by frame, best detector score first.

    Attributes:
        name: of the source.
        pts_seconds: presentation time of each frame, by its index; NaN where a damaged one has none.
        frame_index: (n,) 0-based frame of each face.
        track_id: (n,) faces of consecutive frames that are one person share it.
        person_id: (n,) tracks of one person share it, over cuts and gaps, as far as `align` can join them.
        faces: boxes, scores and landmarks, in source pixels.
        answers: what the model says of them, by task, in the order of its outputs.
        decoded_frames: frames that have a picture.
        error: which frames are damaged, or why decoding stopped early; None where all is well.
        remarks: on the form of the frames, such as oblong pixels that were made square.
    """

    name: str
    pts_seconds: NDArray[np.float64]
    frame_index: NDArray[np.int64]
    track_id: NDArray[np.int64]
    person_id: NDArray[np.int64]
    faces: Faces
    answers: Mapping[str, TaskAnswers]
    decoded_frames: int
    error: str | None
    remarks: tuple[str, ...] = ()


class Recogniser:
    """Detector, alignment and network behind one call; faces are found, steadied and cropped by the code of `align`."""

    def __init__(self, model: Model, detector: Detector, align: AlignParams, device: torch.device) -> None:
        self._model, self._detector, self._align, self._device = model, detector, align, device
        self._trained_px = int(model.description.get("data", {}).get("resolution", align.size))
        model.network.to(device).eval()

    def run(self, source: Source, temperature: float) -> SourceFaces:
        """Return every face of a source; a source that cannot be decoded to its end says so."""
        with TemporaryDirectory() as folder, closing(FaceStore(Path(folder))) as log:
            times, decoded, error, remarks = self._record(source, log)
            table = log.table()
            remarks += _crowd(source.name, table.frames)
            outputs = self._outputs(table, log)
        return SourceFaces(
            name=source.name,
            pts_seconds=times,
            frame_index=table.frames.astype(np.int64),
            track_id=table.track_ids.astype(np.int64),
            person_id=person_ids(table),
            faces=Faces(table.boxes, table.scores, table.landmarks),
            answers={
                task: answers_of(task, self._model.outputs_of(task), outputs[:, columns], temperature)
                for task, columns in self._model.network.columns.items()
            },
            decoded_frames=decoded,
            error=error,
            remarks=remarks,
        )

    def _record(
        self, source: Source, log: FaceStore
    ) -> tuple[NDArray[np.float64], int, str | None, tuple[str, ...]]:
        """Add every face to the log; return the frames' times, how many have a picture, their damage, and remarks."""
        recorder = FaceRecorder(self._align, log, _EVERY_FRAME)
        times: dict[int, float] = {}
        frames = open_frames(source)
        with progress(f"faces of {source.name}", promised_frames(source), "frames") as work:
            for seen in find_faces(frames.frames(), self._align, self._detector, people=1):
                times.update((frame.index, frame.pts_seconds) for frame in seen.frames)
                recorder.add(seen)
                work.advance(len(seen.frames))
        recorder.finish()
        footage = frames.footage()
        lost = [f"{source.name}: {damage_text(footage, frames.damage)}"] if len(footage.lost) else []
        said = [*lost, *([frames.error] if frames.error is not None else [])]
        if not times and not said:
            said = [f"{source.name}: it gives no frame, though nothing in it is refused. Get the file again."]
        remarks = tuple(f"{source.name}: {remark.message}" for remark in frames.damage.remarks)
        return footage.times(times), len(times), " ".join(said) or None, remarks

    @torch.inference_mode()
    def _outputs(self, table: FaceTable, log: FaceStore) -> Float32:
        contract = self._model.contract
        width = sum(head.out_features for head in self._model.network.classifiers())
        parts = [np.zeros((0, width), np.float32)]
        for start in _told(range(0, len(table.offsets), _BATCH_FACES), len(table.offsets)):
            spans = zip(table.offsets[start:], table.lengths[start:], strict=True)
            crops = [log.crop(int(offset), int(length)) for offset, length in islice(spans, _BATCH_FACES)]
            images = contract.centre(np.stack([contract.resize(self._as_trained(crop)) for crop in crops]))
            inputs = contract.to_input(torch.from_numpy(np.ascontiguousarray(images)).to(self._device))
            parts.append(self._model.network(inputs).float().cpu().numpy())
        return np.concatenate(parts)

    def _as_trained(self, crop: bytes) -> NDArray[np.uint8]:
        """Return a base crop reduced to the resolution that training read."""
        return reduce_by_area(decode(crop), min(self._trained_px, self._align.size))


def _told(starts: range, faces: int) -> Iterator[int]:
    """Yield where each batch of faces starts, and tell how many are done."""
    with progress("expressions", faces, "faces") as work:
        for start in starts:
            yield start
            work.advance(min(_BATCH_FACES, faces - start))


def _crowd(name: str, frames: NDArray[np.int32]) -> tuple[str, ...]:
    """Return a remark on frames that show as many faces as are taken of one."""
    full = int((np.unique(frames, return_counts=True)[1] >= MAX_FACES).sum())
    if not full:
        return ()
    said = (
        f"{full:,} frame{'' if full == 1 else 's'} with {MAX_FACES} faces, the most that are taken of a frame"
    )
    return (f"{name}: {said}: smaller ones, if any, are left out.",)


def smoothed(faces: SourceFaces, window: int) -> SourceFaces:
    """Return the faces with what is said of them averaged over up to `window` frames to either side in a track."""
    if window == 0 or not len(faces.track_id):
        return faces
    mean = partial(smooth, clips=faces.track_id, frames=faces.frame_index, window=window)
    answers = {task: replace(found, values=mean(found.values)) for task, found in faces.answers.items()}
    return replace(faces, answers=answers)
