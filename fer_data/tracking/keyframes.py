"""Find the faces of a video's frames in order: in full where needed, else again in a region around each face.

A frame is searched in full at keyframes, at cuts, often while an annotated person is missing, and whenever a region's
answer is in doubt. In every other frame each face is detected again, in a region around its predicted box, and where it
turned or changed shape from the frame before as often as one that a search found. A face that a full search is the
first to find is followed back to where it appeared, so that a late search loses no rows. Landmarks always come from
such a region, also where the whole frame was searched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.boxes import box_iou
from fer_data.core.vision.consistency import changed
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.regions import (
    differs,
    join_faces,
    largest,
    pick,
    pick_by_iou,
    preview,
    shifted,
    velocity,
)
from fer_data.detectors import Detector
from fer_data.media.video import Frame, StoredFrame
from fer_data.params.align import DetectionParams
from fer_data.tracking.frame_batch import AnyFrame, HostFrameBatch
from fer_data.tracking.refinement import redetect, refine

__all__ = ["MAX_FACES", "KeyframeFaceFinder"]

MAX_FACES = 6
"""Faces of one frame that are followed, the largest; beyond them a crowd would cost more than it tells."""

_BATCH_FRAMES = 2
_WAITING_BYTES = 96_000_000
"""Of the pictures that wait for the next search: 30 of 720p take 83 MB, of 1080p 187 MB."""


@dataclass(slots=True, eq=False)
class _Seen:
    """A frame, some of its pixels, its faces, and by how many px a frame each of them moves."""

    frame: AnyFrame | StoredFrame
    preview: Image
    faces: Faces
    velocity: Float32

    def ahead(self) -> Faces:
        """Return the faces where they should be in the next frame."""
        return shifted(self.faces, self.velocity)


class KeyframeFaceFinder:
    """Give every frame its faces; a frame comes out once no later search can add to it.

    `expected` is the number of annotated people.
    """

    def __init__(self, detector: Detector, params: DetectionParams, expected: int) -> None:
        self._detector = detector
        self._params = params
        self._expected = expected
        self._pending: list[_Seen] = []
        self._most = 0
        self._preview: Image | None = None

    def add(self, frames: Sequence[AnyFrame]) -> Iterator[HostFrameBatch]:
        """Yield the frames that are settled after looking at some more; large ones come out a few at a time."""
        for frame in frames:
            yield from _batches(self._step(frame))

    def flush(self) -> Iterator[HostFrameBatch]:
        """Yield the frames that are left when no more follow."""
        self._track_back()
        settled, self._pending = self._pending, []
        yield from _batches(settled)

    def _step(self, frame: AnyFrame) -> list[_Seen]:
        """Find a frame's faces; return the frames before it if the whole frame was searched."""
        shown = preview(frame.image)
        cut = self._preview is None or differs(shown, self._preview, self._params.cut_difference)
        self._preview = shown
        last = self._pending[-1] if self._pending and not cut else None
        if cut:
            self._track_back()
        if last is None or self._due(last):
            return self._search(frame, shown, last)
        faces = self._follow(frame.image, last.ahead())
        if faces is None:
            return self._search(frame, shown, last)
        self._pending.append(_Seen(self._stored(frame), shown, faces, velocity(faces, last.faces)))
        return []

    def _stored(self, frame: AnyFrame) -> AnyFrame | StoredFrame:
        """Return a frame that is to wait: as it was decoded where all that wait would take much memory."""
        if not isinstance(frame, Frame):
            return frame
        return frame.stored(as_decoded=self._params.keyframe_frames * frame.image.nbytes > _WAITING_BYTES)

    def _due(self, last: _Seen) -> bool:
        missing = len(last.faces) < self._expected
        limit = self._params.search_frames if missing else self._params.keyframe_frames
        return len(self._pending) >= min(limit, self._params.keyframe_frames)

    def _track_back(self) -> None:
        """Search the last frame of a shot in full if a face was lost: it may have come back since the last search."""
        if len(self._pending) > 1 and len(self._pending[-1].faces) < self._most:
            last = self._pending[-1]
            found = largest(self._detector.detect([last.frame.image])[0], MAX_FACES)
            self._follow_back(found, last.faces)

    def _search(self, frame: AnyFrame, shown: Image, last: _Seen | None) -> list[_Seen]:
        """Search the whole frame, and follow what is new back through the frames since the last such search."""
        found = largest(self._detector.detect([frame.image])[0], MAX_FACES)
        faces = refine(self._detector, frame.image, found, self._params)
        self._most = max(len(faces), self._most if last else 0)
        if last is not None:
            self._follow_back(faces, last.ahead())
        moved = velocity(faces, last.faces) if last else np.zeros((len(faces), 2), np.float32)
        settled, self._pending = self._pending, [_Seen(self._stored(frame), shown, faces, moved)]
        return settled

    def _follow(self, image: Image, expected: Faces) -> Faces | None:
        """Return the expected faces as detected in their regions; None where one is lost or another appears."""
        if not len(expected):
            return expected
        parts: list[Faces] = []
        for index, view in enumerate(redetect(self._detector, image, expected, self._params)):
            shared = box_iou(view.boxes, expected.boxes)
            again = pick_by_iou(view, shared[:, index], self._params.min_iou)
            if not len(again) or again.scores[0] < expected.scores[index] - self._params.max_score_drop:
                return None
            if len(expected) < MAX_FACES and (shared.max(1) <= self._params.max_overlap).any():
                return None  # the region shows a face that is none of those known
            parts.append(again)
        faces = join_faces(*parts)
        if changed(faces, expected):
            faces = refine(self._detector, image, faces, self._params)
        if len(faces) == 1:
            return faces
        shared = box_iou(faces.boxes, faces.boxes) - np.eye(len(faces), dtype=np.float32)
        return None if float(shared.max()) > self._params.max_overlap else faces

    def _follow_back(self, faces: Faces, expected: Faces) -> None:
        """Add the faces that are new in a search to the frames before, as far back as each is found there."""
        new = box_iou(faces.boxes, expected.boxes).max(1, initial=0) <= self._params.max_overlap
        for index in np.flatnonzero(new):
            face, step = faces.take(np.array([index])), np.zeros((1, 2), np.float32)
            for seen in reversed(self._pending[1:]):
                near = shifted(face, -step)
                (view,) = redetect(self._detector, seen.frame.image, near, self._params)
                again = pick(view, near.boxes[0], self._params.min_iou)
                if not len(again) or _touches(again, seen.faces, self._params.max_overlap):
                    break
                step = velocity(face, again)
                seen.faces, face = join_faces(seen.faces, again), again
                seen.velocity = np.zeros((len(seen.faces), 2), np.float32)


def _touches(face: Faces, others: Faces, max_overlap: float) -> bool:
    return float(box_iou(face.boxes, others.boxes).max(initial=0)) > max_overlap


def _batches(settled: list[_Seen]) -> Iterator[HostFrameBatch]:
    """Yield frames, and let go of each batch as the next one is asked for.

    Those that waited as they were decoded come in small batches, since a picture of 1080p is 6 MB. The others have
    their pictures and come together: where they go a few at a time, the allocator gives their memory back to the
    system and faults it in again, 0.4 to 0.8 ms a frame of 720p.
    """
    while settled:
        count = _BATCH_FRAMES if isinstance(settled[0].frame, StoredFrame) else len(settled)
        some = settled[:count]
        del settled[:count]
        faces, previews = [one.faces for one in some], [one.preview for one in some]
        yield HostFrameBatch(faces, [_restored(one.frame) for one in some], previews)


def _restored(frame: AnyFrame | StoredFrame) -> AnyFrame:
    return frame.restored() if isinstance(frame, StoredFrame) else frame
