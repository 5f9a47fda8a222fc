"""Numbers of people in new material."""

import numpy as np
from video_corpora import people as pictures

from fer_data.core.tracks.appearance import THUMBNAIL_PX
from fer_data.predict.people import person_ids
from fer_data.tracking.face_store import FaceStore, FaceTable


def table(faces: list[tuple[int, int, int, int]], folder: str = ".") -> FaceTable:
    """Return a table of faces: frame, track, person whose picture it is, left edge of the box."""
    import cv2

    log = FaceStore(folder)  # type: ignore[arg-type]
    marks = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
    for frame, track, person, left in faces:
        shown = cv2.resize(pictures()[person], (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
        box = np.array([left, 20, left + 100, 140], np.float32)
        log.add(
            (frame, track, 0.9),
            (box, marks + np.array([left, 0], np.float32)),
            np.asarray(shown, np.uint8),
            None,
        )
    found = log.table()
    log.close()
    return found


def test_a_person_keeps_the_number_after_a_cut() -> None:
    """Shots of one, the other, and the first again: three tracks, two people."""
    shots = [(0, 0, 50), (1, 1, 50), (2, 0, 60)]
    faces = [(10 * track + n, track, person, left) for track, person, left in shots for n in range(10)]
    assert person_ids(table(faces)).tolist() == [0] * 10 + [1] * 10 + [0] * 10


def test_people_of_a_picture_are_numbered_from_left_to_right() -> None:
    """However sure the detector is of each, and however alike they are."""
    assert person_ids(table([(0, 0, 0, 300), (0, 1, 0, 10), (0, 2, 1, 150)])).tolist() == [2, 0, 1]


def test_nobody_has_no_number() -> None:
    """An empty table gives an empty answer."""
    assert person_ids(table([])).shape == (0,)
