"""Which labels are probably wrong, by answers that did not see them."""

import numpy as np
import pytest

from fer_data.core.metrics.label_noise import (
    answered_instead,
    class_thresholds,
    confident_joint,
    probably_wrong,
    suspicion,
)


def sure_answers(truth: list[int], classes: int = 3, share: float = 0.9) -> np.ndarray:
    """Return answers that give `share` to the truth and the rest evenly to the other classes."""
    found = np.full((len(truth), classes), (1 - share) / (classes - 1))
    found[np.arange(len(truth)), truth] = share
    return found


def test_labels_that_sure_answers_contradict_are_suspects() -> None:
    """Two of ten labels say another class than the answers; those two are found, and no other."""
    truth = [0] * 5 + [1] * 5
    labels = np.array([0, 0, 1, 0, 0, 1, 1, 1, 2, 1])
    said = sure_answers(truth)
    wrong = probably_wrong(said, labels, class_thresholds(said, labels))
    assert np.flatnonzero(wrong).tolist() == [2, 8]
    assert answered_instead(said, labels)[[2, 8]].tolist() == [0, 1]


def test_no_label_is_suspected_where_every_answer_agrees() -> None:
    """However unsure the answers are."""
    labels = np.array([0, 1, 2, 0])
    said = sure_answers(labels.tolist(), share=0.4)
    assert not probably_wrong(said, labels, class_thresholds(said, labels)).any()


def test_a_class_that_is_answered_unsurely_has_a_lower_threshold() -> None:
    """A rare class that never gets half of the probability can still be told from another."""
    labels = np.array([0, 0, 0, 0, 1, 1, 1])
    said = np.array([[0.9, 0.1]] * 3 + [[0.5, 0.5]] + [[0.55, 0.45]] * 3)
    thresholds = class_thresholds(said, labels)
    assert thresholds.tolist() == pytest.approx([0.8, 0.45])
    assert confident_joint(said, labels, thresholds).tolist() == [[3.0, 1.0], [0.0, 3.0]]


def test_a_class_without_labels_and_no_labels_at_all_are_met() -> None:
    """Its threshold is out of reach, so nothing is called it by the joint; no rows give no suspects."""
    labels = np.array([0, 0, 1])
    said = sure_answers([0, 1, 1], classes=4)
    thresholds = class_thresholds(said, labels)
    assert thresholds[2:].tolist() == [1.0, 1.0]
    assert confident_joint(said, labels, thresholds).sum() == pytest.approx(3.0)
    nothing = np.zeros((0, 4))
    assert probably_wrong(nothing, labels[:0], thresholds).tolist() == []
    assert suspicion(nothing, labels[:0]).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_the_joint_adds_up_to_the_labels(seed: int) -> None:
    """Each row of it is the number of labels of that class, whatever the answers."""
    random = np.random.default_rng(seed)
    said = random.dirichlet(np.ones(5), 60)
    labels = random.integers(0, 4, 60)
    joint = confident_joint(said, labels, class_thresholds(said, labels))
    assert joint.sum(axis=1) == pytest.approx(np.bincount(labels, minlength=5))
    wrong = probably_wrong(said, labels, class_thresholds(said, labels))
    assert not (wrong & (said.argmax(axis=1) == labels)).any()
    assert wrong.sum() <= round(joint.sum() - np.trace(joint)) + 5
    assert (suspicion(said, labels)[wrong] > 0).all()
