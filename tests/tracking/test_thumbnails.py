"""Small pictures of frames are of one width, whatever the video's."""

import numpy as np
import pytest

from fer_data.pictures.images import decode
from fer_data.tracking.thumbnails import Snapshots


@pytest.mark.parametrize("size_wh", [(320, 240), (800, 450), (1281, 721), (3840, 2160), (900, 1)])
def test_a_snapshot_is_400_px_wide_and_as_bright_as_its_frame(size_wh: tuple[int, int]) -> None:
    """Large frames are halved before they are brought to that width; the mean grey level stays within one."""
    width, height = size_wh
    ramp = np.linspace(0, 255, width, dtype=np.uint8)[None, :, None]
    frame = np.ascontiguousarray(np.broadcast_to(ramp, (height, width, 3)))
    snapshots = Snapshots(1)
    snapshots.keep(0, frame)
    data, scale = snapshots.images[0]
    shown = decode(data)
    assert shown.shape[:2] == (max(1, round(height * 400 / width)), 400)
    assert scale == 400 / width
    assert abs(float(shown.mean()) - float(frame.mean())) < 1
