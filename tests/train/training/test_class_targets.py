"""Votes and missing classes in the loss of expression."""

from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from fer_data.core.arrays import Float32, Int64, Mask
from fer_data.published.dataset import Published
from train.evaluation.tasks.expression.learning import ExpressionLoss
from train.evaluation.tasks.targets import Targets, read_targets
from train.training.class_targets import class_shares, hard_labels, voted_rows, with_shares

CLASSES = ("Neutral", "Anger", "Happiness", "Contempt")
WEIGHTS = torch.tensor([0.5, 1.0, 2.0, 0.25])
LACKING = {"small": ["Neutral", "Anger", "Happiness"]}


def drawn(rows: int, seed: int) -> tuple[torch.Tensor, Int64, Mask]:
    """Return logits, labels of which some are missing, and classes that corpora can give, the labels among them."""
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 4, rows)
    possible = random.random((rows, 4)) < 0.6
    possible[np.arange(rows), labels] = True
    return torch.from_numpy(random.normal(0, 1, (rows, 4)).astype(np.float32)), labels, possible


def split_of(**columns: Any) -> datasets.Dataset:
    """Return a training split with these columns, in the Arrow format."""
    rows = len(next(iter(columns.values())))
    names = [f"r{number}" for number in range(rows)]
    return datasets.Dataset.from_dict({"subject_id": names, **columns}).with_format("arrow")


def published_of(split: datasets.Dataset, corpus_classes: dict[str, list[str]] | None) -> Published:
    """Return a dataset of that split, as if it lay on disk."""
    stated = {} if corpus_classes is None else {"corpus_classes": corpus_classes}
    return Published(Path("32"), {"train": split}, CLASSES, {"strategy": "none", **stated}, {})


def expression_of(published: Published, *, soft: bool = False) -> Float32 | Int64:
    """Return what training aims at in every row."""
    split = published.split("train")
    targets = read_targets(split, ["expression"])
    return with_shares(published, np.arange(len(split)), targets, soft=soft).labels["expression"]


@given(st.integers(0, 1000))
def test_the_hard_label_is_that_of_the_shares(seed: int) -> None:
    """Whatever classes a corpus lacks."""
    _, labels, possible = drawn(12, seed)
    known = labels >= 0
    found = hard_labels(class_shares(labels, possible, None, 4))
    assert found[known].tolist() == labels[known].tolist()


def test_shares_of_a_hard_label_cost_what_the_label_costs() -> None:
    """With weights of classes and label smoothing, as PyTorch computes it, and weigh as much."""
    outputs, labels, _ = drawn(20, 1)
    loss = ExpressionLoss(0.1, WEIGHTS)
    shares = class_shares(labels, None, None, 4)
    assert float(loss.sum(outputs, shares)) == pytest.approx(float(loss.sum(outputs, labels)), rel=1e-6)
    assert loss.total(shares) == pytest.approx(loss.total(labels))
    assert ExpressionLoss(0.0, None).total(shares) == (labels >= 0).sum()


def test_a_corpus_that_lacks_a_class_is_learnt_as_if_there_were_no_such_class() -> None:
    """Its rows are those of a network with the other classes alone, smoothing included; the class has no gradient."""
    outputs, _, _ = drawn(9, 2)
    labels = np.arange(9) % 3
    possible = np.tile([True, True, True, False], (9, 1))
    shares = class_shares(labels, possible, None, 4)
    outputs.requires_grad_()
    found = ExpressionLoss(0.1, WEIGHTS).sum(outputs, shares)
    expected = cross_entropy(
        outputs[:, :3], torch.from_numpy(labels), weight=WEIGHTS[:3], label_smoothing=0.1, reduction="sum"
    )
    found.backward()
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    assert (outputs.grad[:, 3] == 0).all()
    assert (outputs.grad[:, :3] != 0).all()


@given(st.integers(0, 1000), st.integers(0, 12))
def test_parts_of_a_step_add_up(seed: int, index: int) -> None:
    """However rows of several corpora are dealt to devices and batches."""
    outputs, labels, possible = drawn(12, seed)
    loss, shares = ExpressionLoss(0.1, WEIGHTS), class_shares(labels, possible, None, 4)
    parts = [loss.sum(outputs[part], shares[part]) for part in (slice(0, index), slice(index, 12))]
    assert float(sum(parts)) == pytest.approx(float(loss.sum(outputs, shares)), rel=1e-5, abs=1e-5)
    totals = [loss.total(shares[part]) for part in (slice(0, index), slice(index, 12))]
    assert sum(totals) == pytest.approx(loss.total(shares))


def test_a_row_without_a_label_moves_nothing() -> None:
    """Nothing is NaN, in the loss or in its gradient."""
    outputs = torch.zeros(2, 4, requires_grad=True)
    possible = np.tile([True, True, True, False], (2, 1))
    loss = ExpressionLoss(0.1, None).sum(outputs, class_shares(np.array([-1, 1]), possible, None, 4))
    loss.backward()
    assert (outputs.grad[0] == 0).all()
    assert float(loss.detach()) == pytest.approx(np.log(3))


def test_votes_are_the_target_and_smoothing_and_weights_are_over_them() -> None:
    """As PyTorch computes it for class probabilities; a row without votes keeps its hard label."""
    outputs, _, _ = drawn(2, 3)
    shares = class_shares(np.array([1, 2]), None, np.array([[2, 6, 2, 0], [0, 0, 0, 0]]), 4)
    assert shares.tolist() == [pytest.approx([0.2, 0.6, 0.2, 0.0]), [0.0, 0.0, 1.0, 0.0]]
    expected = cross_entropy(
        outputs, torch.from_numpy(shares), weight=WEIGHTS, label_smoothing=0.1, reduction="sum"
    )
    loss = ExpressionLoss(0.1, WEIGHTS)
    assert float(loss.sum(outputs, shares)) == pytest.approx(float(expected), rel=1e-6)
    assert loss.total(shares) == pytest.approx(0.2 * 0.5 + 0.6 * 1.0 + 0.2 * 2.0 + 2.0)


def test_a_label_outside_its_corpus_still_counts() -> None:
    """What `balance.json` says of a corpus never drops a label that a row has."""
    shares = class_shares(np.array([3]), np.array([[True, True, True, False]]), None, 4)
    assert shares.tolist() == [[0.0, 0.0, 0.0, 1.0]]


def test_development_rows_are_judged_openly_and_their_loss_leaves_missing_classes_out() -> None:
    """An answer that the corpus could not give is wrong; the loss is that of training."""
    outputs = np.array([[0.0, 0.0, 0.0, 5.0], [3.0, 0.0, 0.0, 0.0]], np.float32)
    labels = np.array([0, 0])
    possible = np.tile([True, True, True, False], (2, 1))
    found = ExpressionLoss(0.1, WEIGHTS).development(outputs, class_shares(labels, possible, None, 4))
    expected = cross_entropy(torch.from_numpy(outputs[:, :3]), torch.from_numpy(labels))
    assert found.named["accuracy"] == 0.5
    assert found.loss == pytest.approx(float(expected))


@pytest.mark.parametrize(
    "corpus_classes",
    [None, {}, {"other": ["Neutral"]}, {"small": list(CLASSES)}],
    ids=["no word of it", "no corpus", "a corpus without rows", "every class"],
)
def test_without_a_missing_class_the_targets_are_class_indices(
    corpus_classes: dict[str, list[str]] | None,
) -> None:
    """So the loss is that of one corpus, bit for bit; a dataset of before has no column of corpora either."""
    split = split_of(expression=[0, -1, 2], corpus=["small"] * 3)
    assert expression_of(published_of(split, corpus_classes)).tolist() == [0, -1, 2]
    bare = published_of(split_of(expression=[0, 1]), corpus_classes)
    assert expression_of(bare, soft=True).tolist() == [0, 1]


def test_each_row_has_the_classes_of_its_corpus() -> None:
    """A corpus that is not named has all."""
    split = split_of(expression=[0, 3], corpus=["small", "large"])
    found = expression_of(published_of(split, LACKING))
    assert np.isnan(found).tolist() == [[False, False, False, True], [False] * 4]


def test_machine_made_labels_have_no_votes() -> None:
    """Soft labels of a program are never aimed at; raters' are, and only where they are asked for."""
    split = split_of(
        expression=[1, 1], expression_votes=[[1, 3, 0, 0], [1, 3, 0, 0]], label_source=["voted", "machine"]
    )
    published = published_of(split, None)
    assert expression_of(published, soft=True).tolist() == [[0.25, 0.75, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    assert expression_of(published, soft=False).tolist() == [1, 1]
    assert voted_rows(split, np.arange(2), 4).sum(axis=1).tolist() == [4, 0]


def test_targets_of_other_tasks_stay() -> None:
    """Only expression has shares."""
    split = split_of(expression=[0, 3], corpus=["small", "large"], valence=[0.5, 0.1], arousal=[0.5, 0.1])
    targets = read_targets(split, ["expression", "valence_arousal"])
    found = with_shares(published_of(split, LACKING), np.arange(2), targets, soft=False)
    assert isinstance(found, Targets)
    assert found.labels["valence_arousal"] is targets.labels["valence_arousal"]
