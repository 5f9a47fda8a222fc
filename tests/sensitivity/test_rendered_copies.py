"""Renders of one face whose label is known."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from experiments.rendered_copies import NAMES, RENDERED, Face, crop_of, faces, moved_scores, rendered
from fer_data.core.labels.tasks import SEVEN_CLASSES


@pytest.fixture(scope="module")
def happy() -> Face:
    """Return the happy face of the first person."""
    return next(islice(faces(1, 3), 4, None))


def test_every_person_shows_every_expression(monkeypatch: pytest.MonkeyPatch, happy: Face) -> None:
    """In the order of the classes."""
    monkeypatch.setattr("experiments.rendered_copies.stage_scene", lambda *_args, **_options: happy.scene)
    assert [(face.person, face.label) for face in faces(2, 3)] == [(p, c) for p in range(2) for c in range(7)]
    assert str(SEVEN_CLASSES[happy.label]) == "Happiness"


@pytest.mark.parametrize("kind", RENDERED)
def test_one_respect_is_changed_and_the_label_with_the_expression_alone(kind: str, happy: Face) -> None:
    """The face units, and so the label, stay in another light and pose; person and backdrop always do."""
    scene, label = rendered(happy, kind, 1, 7)
    before, after = happy.scene.roles[0], scene.roles[0]
    other = kind == "another expression"
    assert (label != happy.label) == other
    assert after.performance.expression.tolist() == [label]
    assert np.array_equal(before.performance.weights, after.performance.weights) != other
    assert np.array_equal(before.performance.angles, after.performance.angles) != (kind == "another pose")
    assert (scene.lights is happy.scene.lights) != (kind == "another light")
    assert (scene.seed == happy.scene.seed) != (kind == "noise of the camera")
    assert after.person is before.person
    assert scene.backdrop is happy.scene.backdrop


def test_a_crop_is_one_of_128_px_that_shows_the_change(happy: Face) -> None:
    """Another light changes the picture, and nothing but the picture's grey values: the eyes stay where they are."""
    first = crop_of(happy.scene)
    scene, _ = rendered(happy, "another light", 1, 7)
    assert (first.shape, first.dtype) == ((128, 128, 3), np.uint8)
    assert np.array_equal(first, crop_of(replace(happy.scene)))
    assert np.abs(first.astype(int) - crop_of(scene)).mean() > 1


def test_answers_are_held_against_the_truth() -> None:
    """One picture is right and stays so, one turns wrong in a copy, and one that is wrong turns right."""
    before = np.array([0, 1, 2])
    copies = np.array([[0, 0], [1, 3], [4, 4]])
    labels = np.array([[0, 0, 0], [1, 1, 1], [4, 4, 4]])
    found = dict(zip(NAMES, moved_scores(before, copies, labels).T.tolist(), strict=True))
    assert found == {
        "moved": [0.0, 0.5, 1.0],
        "two_seeds": [0.0, 1.0, 0.0],
        "right_before": [1.0, 1.0, 0.0],
        "right_after": [1.0, 0.5, 1.0],
        "right_to_wrong": [0.0, 0.5, 0.0],
        "wrong_to_right": [0.0, 0.0, 1.0],
    }
