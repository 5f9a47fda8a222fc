"""Which track of one span is which of the next, by the faces that both have seen."""

import numpy as np
import pytest

from fer_data.core.tracks.seams import SeenFaces, carried_tracks

LEFT, RIGHT, NEAR_LEFT = (0, 0, 20, 20), (60, 0, 80, 20), (3, 0, 23, 20)
Face = tuple[int, int, tuple[int, ...]]


def seen(*faces: Face) -> SeenFaces:
    """Return faces given by frame, track and box."""
    frames, tracks, boxes = zip(*faces, strict=True) if faces else ((), (), ())
    return SeenFaces(
        np.array(frames, np.int32), np.array(tracks, np.int32), np.array(boxes, np.float32).reshape(-1, 4)
    )


@pytest.mark.parametrize(
    ("before", "behind", "carried"),
    [
        ([(5, 7, LEFT), (5, 8, RIGHT)], [(5, 0, RIGHT), (5, 1, NEAR_LEFT)], {0: 8, 1: 7}),
        ([(5, 7, LEFT)], [(5, 0, RIGHT)], {}),
        ([(5, 7, LEFT)], [(6, 0, LEFT)], {}),
        ([], [(5, 0, LEFT)], {}),
        ([(5, 7, LEFT)], [], {}),
        ([(5, 7, LEFT), (6, 9, LEFT)], [(5, 0, LEFT), (6, 0, LEFT)], {0: 9}),
        ([(5, 7, LEFT), (6, 7, LEFT)], [(5, 0, LEFT), (6, 1, LEFT)], {1: 7}),
        ([(5, 7, LEFT), (5, 8, NEAR_LEFT)], [(5, 0, NEAR_LEFT)], {0: 8}),
    ],
    ids=["crosswise", "elsewhere", "another-frame", "nobody", "alone", "last-counts", "one-to-one", "closest"],
)  # fmt: skip
def test_tracks_are_carried_by_the_face_that_they_show_last(
    before: list[Face], behind: list[Face], carried: dict[int, int]
) -> None:
    """The same face is the closest box of the same frame, the last frame counts, and no track is carried twice."""
    assert carried_tracks(seen(*before), seen(*behind)) == carried
