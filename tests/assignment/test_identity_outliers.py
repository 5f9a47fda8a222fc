"""A face of a person's track that is clearly somebody else's is not taken for the person."""

import numpy as np
from numpy.typing import NDArray

from fer_data.assignment.identity_outliers import without_identity_outliers
from fer_data.core.vision.face_quality import CropMeasures
from fer_data.tracking.face_store import FaceTable

RED, BLUE = (200, 60, 60), (60, 60, 200)


def table(*people: tuple[int, int, tuple[int, int, int]]) -> FaceTable:
    """Return a table of plain thumbnails: frame, track and colour of each face."""
    count = len(people)
    pictures = np.stack([np.full((48, 48, 3), colour, np.uint8) for _, _, colour in people])
    pictures[:, 16:32, 12:36] = 170  # skin of one tone: people differ by what is around it
    return FaceTable(
        frames=np.array([frame for frame, _, _ in people], np.int32),
        track_ids=np.array([track for _, track, _ in people], np.int32),
        boxes=np.zeros((count, 4), np.float32),
        scores=np.ones(count, np.float32),
        landmarks=np.zeros((count, 5, 2), np.float32),
        **dict.fromkeys(CropMeasures._fields, np.ones(count, np.float32)),
        thumbnails=pictures,
        offsets=np.zeros(count, np.int64),
        lengths=np.ones(count, np.int64),
    )


def own_faces(faces: FaceTable) -> NDArray[np.intp]:
    """Return the places of track 0."""
    return np.flatnonzero(faces.track_ids == 0)


def test_a_face_of_the_neighbour_is_left_out() -> None:
    """Track 0 shows the red person in eight frames and the blue one, who was beside them, in its last."""
    beside = [(frame, track, colour) for frame in range(8) for track, colour in ((0, RED), (1, BLUE))]
    faces = table(*beside, (8, 0, BLUE))
    kept = without_identity_outliers(faces, own_faces(faces), [0])
    assert faces.frames[kept].tolist() == list(range(8))


def test_who_was_never_beside_the_person_says_nothing() -> None:
    """The same look in a track of another time may be the person in another light, and leaves nothing out."""
    faces = table(*[(f, 0, RED) for f in range(8)], (8, 0, BLUE), *[(f, 1, BLUE) for f in range(9, 17)])
    assert len(without_identity_outliers(faces, own_faces(faces), [0])) == 9


def test_a_passing_false_face_says_nothing() -> None:
    """A track of fewer than five faces is nobody to be mistaken for."""
    faces = table(*[(f, 0, RED) for f in range(8)], (8, 0, BLUE), *[(f, 1, BLUE) for f in range(4)])
    assert len(without_identity_outliers(faces, own_faces(faces), [0])) == 9


def test_no_faces_give_no_faces() -> None:
    """A person without tracks has no faces to look at."""
    faces = table((0, 1, RED))
    assert without_identity_outliers(faces, np.zeros(0, np.intp), []).size == 0
