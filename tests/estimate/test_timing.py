"""The time that finding faces takes is told apart, whichever engine finds them."""

from itertools import count

import numpy as np
import pytest
from align_runs import torch_params
from video_corpora import align_params, people, scene

from fer_data.detectors import open_detector
from fer_data.estimate.timing import FaceFinderTimer
from fer_data.media.video import Frame
from fer_data.params.align import AlignParams
from fer_data.tracking.face_finder import find_faces

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.mark.parametrize(
    ("params", "calls"), [(align_params(), 11), (torch_params(), 3)], ids=["onnxruntime", "torch"]
)
def test_every_call_of_the_face_finder_is_timed(params: AlignParams, calls: int) -> None:
    """Ten frames come one by one or in two batches, then a flush: a tick for all that a call gives, one for its end."""
    draw = scene([(people()[0], lambda index: (40 + 3 * index, 60))])
    frames = [Frame(index, index / 25, np.ascontiguousarray(draw(index))) for index in range(10)]
    timer = FaceFinderTimer(clock=map(float, count()).__next__)
    detector = open_detector(params)
    found = list(find_faces(iter(frames), params, detector, people=1, open_finder=timer))
    plain = find_faces(iter(frames), params, detector, people=1)
    assert timer.seconds == len(found) + calls
    boxes, expected = (
        np.concatenate([faces.boxes for batch in way for faces in batch.faces]) for way in (found, plain)
    )
    np.testing.assert_array_equal(boxes, expected)
