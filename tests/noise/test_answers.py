"""Answers out of fold, and the suspects that they make."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from fer_data.core.arrays import Float64, Int64, Mask
from fer_data.core.metrics.units import VIDEOS, Drawn
from fer_data.errors import DatasetError
from fer_data.noise.answers import FOLDS, STRENGTHS, Projection, answer
from fer_data.noise.scores import validation_scores
from fer_data.noise.units import Units

CLASSES = 4


def units_of(labels: Int64, people: Int64, split: str = "train") -> Units:
    """Return labels of one row each."""
    count, names = len(labels), np.char.add(split[0], people.astype(np.str_))
    places = np.arange(count)
    texts = np.full(count, "")
    return Units(
        split, labels, places, places, np.ones(count, np.int64), places, places, names, names,
        np.ones((count, CLASSES), np.bool_), texts, np.full(count, "annotated"), names, VIDEOS,
    )  # fmt: skip


def drawn(seed: int, people: int = 30, each: int = 10) -> tuple[Int64, Int64, np.ndarray]:
    """Return classes, people and features that say the class, noisily, and the person."""
    random = np.random.default_rng(seed)
    truth, person = random.integers(0, CLASSES, people * each), np.repeat(np.arange(people), each)
    centres, looks = random.normal(0, 1.4, (CLASSES, 24)), random.normal(0, 1, (people, 24))
    features = centres[truth] + looks[person] + random.normal(0, 1, (len(truth), 24))
    return truth, person, features.astype(np.float32)


def planted(truth: Int64, share: float, seed: int) -> tuple[Int64, Mask]:
    """Return labels of which a share is another class, and which."""
    random = np.random.default_rng(100 + seed)
    wrong = random.random(len(truth)) < share
    return np.where(wrong, (truth + random.integers(1, CLASSES, len(truth))) % CLASSES, truth), wrong


def nobody(values: Float64) -> tuple[Units, Float64]:
    """Return a validation split without labels."""
    none = np.zeros(0, np.int64)
    return units_of(none, none, "validation"), values[:0]


def quiet() -> None:
    """Show no progress."""


@pytest.fixture
def two_strengths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try two penalties instead of five; those of the planted labels try them all."""
    monkeypatch.setattr("fer_data.noise.answers.STRENGTHS", STRENGTHS[:2])


@pytest.mark.parametrize(("seed", "share"), [(0, 0.05), (1, 0.05), (2, 0.2)])
def test_planted_labels_are_found_and_few_others(seed: int, share: float) -> None:
    """Where features say the class, most suspects are planted, and most planted labels are suspects."""
    truth, people, features = drawn(seed)
    labels, wrong = planted(truth, share, seed)
    values = Projection.of(features)(features)
    found = answer((units_of(labels, people), values), nobody(values), 7, quiet)
    assert found.folds == FOLDS
    assert (found.wrong & wrong).sum() / wrong.sum() > 0.6
    assert (found.wrong & wrong).sum() / found.wrong.sum() > 0.9


@pytest.mark.usefixtures("two_strengths")
def test_nobody_is_answered_by_a_fit_that_saw_them() -> None:
    """Features that say who it is, where each person has one label: in fold all are right, out of it few."""
    people = np.repeat(np.arange(24), 6)
    labels = people % CLASSES
    values = np.eye(24)[people] * 9
    found = answer((units_of(labels, people), values), nobody(values), 7, quiet)
    assert (found.train.argmax(axis=1) == labels).mean() < 0.5


@pytest.mark.usefixtures("two_strengths")
def test_nothing_of_validation_enters_what_is_said_of_train() -> None:
    """Neither its labels nor its pictures; and it is answered by people of train alone."""
    truth, people, features = drawn(5)
    labels, _ = planted(truth, 0.1, 5)
    values = Projection.of(features)(features)
    train, held = people < 20, people >= 20
    first = (units_of(labels[train], people[train]), values[train])
    sides = [
        answer(first, (units_of(some, people[held], "validation"), seen), 7, quiet)
        for some, seen in ((labels[held], values[held]), ((labels[held] + 1) % CLASSES, values[held] * -1))
    ]
    assert np.array_equal(sides[0].train, sides[1].train)
    assert np.array_equal(sides[0].wrong, sides[1].wrong)
    assert sides[1].validation_wrong.sum() > sides[0].validation_wrong.sum()


@pytest.mark.usefixtures("two_strengths")
def test_a_class_that_a_corpus_cannot_give_is_not_answered() -> None:
    """Its annotators had no such choice, so their label is not wrong for it."""
    truth, people, features = drawn(6)
    values = Projection.of(features)(features)
    units = units_of(np.where((people % 2 == 0) & (truth == 3), 0, truth), people)
    possible = units.possible.copy()
    possible[people % 2 == 0, 3] = False
    found = answer((replace(units, possible=possible), values), nobody(values), 7, quiet)
    assert (found.train[~possible] == 0).all()
    assert found.train.sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels, people: (labels * 0, people), "fewer than two classes"),
        (lambda labels, people: (labels, people * 0), "one person or group"),
    ],
    ids=["one class", "one person"],
)
def test_what_cannot_be_told_apart_is_refused(
    change: Callable[[Int64, Int64], tuple[Int64, Int64]], message: str
) -> None:
    """Labels of one class, or of one person, say nothing of wrong ones."""
    labels, people, features = drawn(7)
    values = Projection.of(features)(features)
    with pytest.raises(DatasetError, match=message):
        answer((units_of(*change(labels, people)), values), nobody(values), 7, quiet)


@pytest.mark.usefixtures("two_strengths")
def test_both_scores_of_validation_are_of_the_same_labels() -> None:
    """With and without the suspects in training, every label of validation counts as it stands; machines never do."""
    truth, people, features = drawn(8)
    labels, _ = planted(truth, 0.2, 8)
    values = Projection.of(features)(features)
    train, held = people < 18, people >= 18
    units = units_of(labels[held], people[held], "validation")
    found = answer((units_of(labels[train], people[train]), values[train]), (units, values[held]), 7, quiet)
    scores = validation_scores(units, found, 7)
    assert scores is not None
    assert scores["labels"] == held.sum()
    assert scores["suspects"] == found.validation_wrong.sum() > 0
    every = scores["trained"]["without_suspects"]
    assert every["without_suspects"]["accuracy"] > every["all_labels"]["accuracy"]
    sides = [
        scores["trained"][name]["all_labels"]["macro_f1"] for name in ("with_suspects", "without_suspects")
    ]
    assert scores["gain"]["macro_f1"] == pytest.approx(sides[1] - sides[0])
    pictures = validation_scores(replace(units, draws=Drawn(("pictures",))), found, 7)
    assert pictures is not None
    assert pictures["gain"]["p_value"] is None
    assert "lower bound" in pictures["gain"]["note"]
    machine = replace(units, sources=np.full(len(units), "machine"))
    assert validation_scores(machine, found, 7) is None


def test_principal_components_keep_what_there_is() -> None:
    """Of few features all distances stay; a feature that never changes says nothing; no rows give none."""
    features = np.random.default_rng(1).normal(0, 3, (40, 6)).astype(np.float32)
    features[:, 2] = 5
    project = Projection.of(features)
    found, plain = project(features), (features - features.mean(0)) / np.maximum(features.std(0), 1e-3)
    assert np.linalg.norm(found[3] - found[9]) == pytest.approx(np.linalg.norm(plain[3] - plain[9]), rel=1e-4)
    assert project(features[:0]).shape == (0, 6)
    assert list(STRENGTHS) == sorted(STRENGTHS)
