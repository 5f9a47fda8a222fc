"""What a way of detecting costs in quality: against another way, and against the renderer's truth."""

from collections.abc import Sequence

import numpy as np

from fer_data.core.arrays import Float32
from fer_data.core.vision.geometry import apply_matrix, eye_distance, similarity_matrix
from fer_data.sample.truth import FaceTruth
from fer_data.tracking.face_store import FaceTable

__all__ = ["against", "by_person", "truth_scores"]

Person = tuple[int, int]
"""Frame index and number of the person."""

_CROP_PX = 112


def by_person(faces: FaceTable, truth: Sequence[Sequence[FaceTruth]]) -> dict[Person, Float32]:
    """Return the landmarks found of each person who is in view, by frame; nearest first, within the face's extent."""
    in_frame: dict[int, list[Float32]] = {}
    for index, marks in zip(faces.frames, faces.landmarks, strict=True):
        in_frame.setdefault(int(index), []).append(marks)
    found = {}
    for frame, people in enumerate(truth):
        for person in people:
            if person.landmarks is None or not in_frame.get(frame):
                continue
            apart = [float(np.hypot(*(m.mean(0) - person.landmarks.mean(0)))) for m in in_frame[frame]]
            best = int(np.argmin(apart))
            if apart[best] < max(10.0, float(np.ptp(person.landmarks, axis=0).max())):
                found[frame, person.person] = in_frame[frame][best]
    return found


def against(found: dict[Person, Float32], reference: dict[Person, Float32]) -> dict[str, float]:
    """Return how far landmarks lie from the reference's, in % of the eye distance, and the share of faces found."""
    apart = [
        100 * float(np.hypot(*(found[key] - reference[key]).T).mean()) / eye_distance(reference[key])
        for key in found.keys() & reference.keys()
    ]
    return {
        "median_percent": round(float(np.median(apart)), 3),
        "p99_percent": round(float(np.percentile(apart, 99)), 3),
        "faces_of_reference": round(len(found) / len(reference), 4),
    }


def truth_scores(
    found: dict[Person, Float32], truth: Sequence[Sequence[FaceTruth]], shot_frames: int
) -> dict[str, float]:
    """Return error and jitter in % of the eye distance, the crop's shift in px of 112, and the lag in frames."""
    known = {
        (frame, person.person): person.landmarks
        for frame, people in enumerate(truth)
        for person in people
        if person.visible and person.landmarks is not None
    }
    errors = {key: (found[key] - known[key]) / eye_distance(known[key]) for key in found if key in known}
    pairs = [((f - 1, p), (f, p)) for f, p in errors if f % shot_frames and (f - 1, p) in errors]
    jitter = [np.hypot(*(errors[now] - errors[before]).T).mean() for before, now in pairs]
    shift = [_shift(found[key], known[key]) for key in errors]
    return {
        "error_percent": round(100 * float(np.median([np.hypot(*e.T).mean() for e in errors.values()])), 2),
        "crop_shift_px": round(float(np.median(shift)), 2),
        "jitter_percent": round(100 * float(np.median(jitter)), 3),
        "lag_frames": round(_lag(errors, known, pairs), 3),
    }


def _shift(marks: Float32, true: Float32) -> float:
    """Return by how many px of a 112 px crop the face moves through the error."""
    moved = apply_matrix(similarity_matrix(marks, _CROP_PX, 0.0), true)
    return float(np.hypot(*(moved - apply_matrix(similarity_matrix(true, _CROP_PX, 0.0), true)).T).mean())


def _lag(
    errors: dict[Person, Float32],
    known: dict[Person, Float32],
    pairs: Sequence[tuple[Person, Person]],
) -> float:
    """Return how many frames late the faces' middles follow the truth: the least-squares fit of error to speed."""
    if not pairs:
        return float("nan")
    speed = np.array([(known[b].mean(0) - known[a].mean(0)) / eye_distance(known[b]) for a, b in pairs])
    error = np.array([errors[now].mean(0) for _, now in pairs])
    error -= error.mean(0)
    return float(-(speed * error).sum() / (speed * speed).sum())
