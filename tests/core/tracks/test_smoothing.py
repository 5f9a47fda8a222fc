"""Points over a track are steadied without lag."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.tracks.smoothing import steady


@given(st.integers(0, 8), st.floats(-50, 50), st.floats(-500, 500))
def test_motion_at_constant_speed_is_kept(at: int, speed: float, start: float) -> None:
    """A point on a straight line stays where it is in every frame, at the track's ends as well."""
    frames = np.arange(9)
    points = (start + speed * frames)[:, None, None] * np.ones((9, 7, 2))
    np.testing.assert_allclose(steady(frames, points.astype(np.float32), at), points[at], atol=1e-3)


def test_noise_is_averaged() -> None:
    """Five frames bring the spread of independent noise down by the root of five."""
    noise = np.random.default_rng(0).standard_normal((5, 1000, 2)).astype(np.float32)
    assert 0.40 < steady(np.arange(5), noise, 2).std() < 0.50


def test_a_frame_without_its_counterpart_does_not_count() -> None:
    """With frames 1, 2, 3 and 4, frame 2 is steadied by 1 and 3; frame 4 stands alone on its side."""
    points = np.array([0.0, 3.0, 6.0, 99.0], np.float32)[:, None, None] * np.ones((4, 1, 2), np.float32)
    assert steady(np.array([1, 2, 3, 4]), points, 2).tolist() == [[3.0, 3.0]]


def test_unknown_landmarks_stay_unknown() -> None:
    """NaN in, NaN out, and the other points are not touched by it."""
    points = np.stack([np.full((3, 2), np.nan), np.arange(6).reshape(3, 2)], 1).astype(np.float32)
    result = steady(np.arange(3), points, 1)
    assert np.isnan(result[0]).all()
    assert result[1].tolist() == [2.0, 3.0]
