"""Expressions, action units, valence and arousal, and their timelines."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.labels.tasks import SEVEN_CLASSES, Expression
from fer_data.sample.expressions import (
    ACTION_UNITS_12,
    RECIPES,
    action_units,
    draw_expression,
    unit_weights,
    valence_arousal,
)
from fer_data.sample.motion import draw_timeline, perform


def shown(expression):
    """Return the face units of every variant of an expression."""
    return np.stack([unit_weights(recipe) for recipe in RECIPES[expression]])


def units_of(expression):
    """Return the action units that every variant of an expression shows."""
    return {
        name
        for name, seen in zip(ACTION_UNITS_12, action_units(shown(expression)).all(0), strict=True)
        if seen
    }


def test_every_class_has_a_recipe():
    """The recipes cover the seven classes in their order."""
    assert tuple(RECIPES) == SEVEN_CLASSES


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param(Expression.NEUTRAL, set(), id="neutral"),
        pytest.param(Expression.HAPPINESS, {"AU6", "AU12"}, id="happiness"),
        pytest.param(Expression.SURPRISE, {"AU1", "AU2", "AU25", "AU26"}, id="surprise"),
        pytest.param(Expression.SADNESS, {"AU1", "AU15"}, id="sadness"),
        pytest.param(Expression.ANGER, {"AU4"}, id="anger"),
        pytest.param(Expression.FEAR, {"AU1", "AU4", "AU25"}, id="fear"),
        pytest.param(Expression.DISGUST, {"AU10"}, id="disgust"),
    ],
)
def test_expressions_show_their_action_units(expression, expected):
    """Each prototype shows the units that EMFACS names, and a neutral face none."""
    assert expected <= units_of(expression)
    assert expression is not Expression.NEUTRAL or not units_of(expression)


def test_valence_and_arousal_follow_the_face():
    """Only happiness is clearly pleasant; surprise and fear are more active than sadness."""
    means = {expression: valence_arousal(shown(expression)).mean(0) for expression in RECIPES}
    assert means[Expression.HAPPINESS][0] > 0.5
    for expression in (Expression.ANGER, Expression.DISGUST, Expression.FEAR, Expression.SADNESS):
        assert means[expression][0] < -0.2
    assert (
        means[Expression.SADNESS][1] < 0 < 0.4 < min(means[Expression.SURPRISE][1], means[Expression.FEAR][1])
    )
    np.testing.assert_array_equal(means[Expression.NEUTRAL], 0)


@settings(deadline=None)  # the first example loads the rig
@given(st.integers(0, 10**6), st.sampled_from(SEVEN_CLASSES))
def test_values_stay_in_their_ranges(seed, expression):
    """Whatever is drawn, valence and arousal are in [-1, 1] and units are 0 or 1."""
    weights = draw_expression(np.random.default_rng(seed), expression)[None]
    assert np.abs(valence_arousal(weights)).max() <= 1
    assert set(action_units(weights).ravel()) <= {0, 1}


@given(st.integers(0, 10**6), st.integers(1, 60))
def test_timelines_fill_the_frames(seed, n_frames):
    """A timeline's segments add up to the frames, show a class once, and last three frames where there is room."""
    timeline = draw_timeline(np.random.default_rng(seed), n_frames)
    assert sum(frames for _, frames in timeline) == n_frames
    assert len({expression for expression, _ in timeline}) == len(timeline)
    assert min(frames for _, frames in timeline) >= min(3, n_frames)


def test_classes_are_four_to_one():
    """Over many people the largest class has about four times the frames of the smallest; videos show most classes."""
    counts: Counter[str] = Counter()
    shown_classes = []
    for seed in range(600):
        timeline = draw_timeline(np.random.default_rng(seed), 24)
        shown_classes.append(len(timeline))
        counts.update(dict(timeline))
    assert max(counts.values()) / min(counts.values()) == pytest.approx(4.2, abs=0.6)
    assert np.mean(shown_classes) > 5


def test_a_change_of_expression_takes_two_frames():
    """The frame before a segment leans towards it, and from its second frame on the new expression holds."""
    timeline = [(Expression.NEUTRAL, 6), (Expression.SURPRISE, 6)]
    performance = perform(np.random.default_rng(5), timeline, centre=(0, 0), head_px=100)
    jaw = performance.weights.sum(1)
    assert performance.expression.tolist() == [0] * 6 + [6] * 6
    assert jaw[3] < jaw[5] < jaw[6] < jaw[7]
