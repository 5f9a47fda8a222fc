"""Scores by what a picture is like."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from fer_data.core.metrics.slices import (
    eye_distance,
    name_slices,
    quantile_slices,
    slice_scores,
    threshold_slices,
    yaw_degrees,
)
from fer_data.errors import DatasetError
from fer_data.sample.marks import face_marks
from fer_data.sample.rig import load_rig


def head(yaw: float, roll: float = 0.0, scale: float = 40.0) -> np.ndarray:
    """Return the landmarks of the sample's head, turned to the picture's right by `yaw`, then rolled, in px."""
    turn, tilt = np.radians(yaw), np.radians(roll)
    points = load_rig().vertices @ np.array(
        [[np.cos(turn), 0, -np.sin(turn)], [0, 1, 0], [np.sin(turn), 0, np.cos(turn)]]
    )
    picture = points[:, :2] * [scale, -scale]
    spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return face_marks().landmarks((picture @ spin).astype(np.float32))


@pytest.mark.parametrize("roll", [0.0, 25.0, -40.0])
@pytest.mark.parametrize("yaw", [-60.0, -30.0, -10.0, 0.0, 20.0, 45.0])
def test_yaw_of_a_turned_head_is_found(yaw: float, roll: float) -> None:
    """Five landmarks of a head in parallel projection give its yaw, whatever its roll and size."""
    found = yaw_degrees(np.stack([head(yaw, roll), head(yaw, roll, scale=3.0)]))
    np.testing.assert_allclose(found, yaw, atol=1.0)


def test_eye_distance_is_measured_in_the_pictures_pixels() -> None:
    """A 3-4-5 triangle between the eyes is 5 px."""
    landmarks = np.zeros((1, 5, 2), np.float32)
    landmarks[0, 1] = (3, 4)
    assert eye_distance(landmarks).tolist() == [5.0]


def test_missing_landmarks_have_no_pose() -> None:
    """NaN landmarks and coinciding eyes give NaN, without a warning."""
    landmarks = np.stack([np.full((5, 2), np.nan), np.zeros((5, 2))]).astype(np.float32)
    assert np.isnan(yaw_degrees(landmarks)).all()
    assert np.isnan(eye_distance(landmarks)).tolist() == [True, False]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=60),
    st.integers(1, 6),
)
def test_every_row_is_in_exactly_one_slice(values: list[float], count: int) -> None:
    """Slices are disjoint and whole, missing values included."""
    slices = quantile_slices(values, count)
    assert np.sum(list(slices.values()), axis=0).tolist() == [1] * len(values)
    assert ("unknown" in slices) == any(np.isnan(values))


def test_quantiles_hold_about_as_many_rows_each() -> None:
    """A thousand values in four slices are 250 each, give or take the rounded edge."""
    slices = quantile_slices(np.random.default_rng(1).normal(40, 10, 1000), 4)
    assert len(slices) == 4
    assert all(240 <= rows.sum() <= 260 for rows in slices.values())


def test_equal_values_are_one_slice() -> None:
    """Nothing is split that cannot be."""
    assert [rows.sum() for rows in quantile_slices([5.0] * 9, 3).values()] == [9]


def test_edges_belong_to_the_slice_above() -> None:
    """-30 and 30 degrees: the edge itself is in the upper slice."""
    slices = threshold_slices([-31, -30, 0, 30], [-30, 30])
    assert {name: rows.tolist() for name, rows in slices.items()} == {
        "< -30": [True, False, False, False],
        "-30 to 30": [False, True, True, False],
        ">= 30": [False, False, False, True],
    }


def test_edges_must_ascend() -> None:
    """Edges out of order are refused."""
    with pytest.raises(DatasetError, match="must ascend strictly"):
        threshold_slices([1.0], [3, 2])


def test_scores_of_slices_agree_with_scikit_learn() -> None:
    """Macro F1 stands beside the mean over the classes that the slice holds, and counts say how far to trust it."""
    rng = np.random.default_rng(2)
    actual, predicted = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    sides = rng.choice(["left", "only", "right"], 300)
    videos = [f"v{index // 30}" for index in range(300)]
    found = slice_scores(actual, predicted, name_slices(sides), videos=videos, classes=8)
    assert list(found) == ["left", "only", "right"]
    for side, score in found.items():
        rows = sides == side
        assert score.macro_f1_present == pytest.approx(
            f1_score(actual[rows], predicted[rows], average="macro")
        )
        assert score.macro_f1 == pytest.approx(score.macro_f1_present * 5 / 8)
        assert (score.rows, score.classes) == (rows.sum(), 5)
        assert score.videos == len({videos[row] for row in np.flatnonzero(rows)})


def test_an_empty_slice_has_no_score() -> None:
    """No rows: counts of zero, and nothing is claimed."""
    score = slice_scores([], [], {"none": np.zeros(0, bool)}, videos=[], classes=2)["none"]
    assert (score.rows, score.macro_f1, score.macro_f1_present, score.accuracy) == (0, None, None, None)
