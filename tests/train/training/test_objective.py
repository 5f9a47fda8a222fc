"""The losses of all tasks: sums over labelled rows that any share of rows adds up to."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from fer_data.core.metrics.scores import concordance
from train.evaluation.tasks.action_units.learning import MOST_UNIT_WEIGHT, ActionUnitLoss, unit_weights
from train.evaluation.tasks.expression.learning import ExpressionLoss
from train.evaluation.tasks.targets import Targets
from train.evaluation.tasks.valence_arousal.learning import ValenceArousalLoss, valence_arousal_spread
from train.training.objective import Objective

COLUMNS = {"expression": slice(0, 4), "valence_arousal": slice(4, 6), "action_units": slice(6, 8)}
UNITS = ("AU01", "AU12")
NAN = float("nan")


def objective(
    columns: dict[str, slice] = COLUMNS,
    *,
    task_weights: dict[str, float] | None = None,
    label_smoothing: float = 0.0,
    class_weights: torch.Tensor | None = None,
    spread: torch.Tensor | None = None,
    unit_weights: torch.Tensor | None = None,
) -> Objective:
    """Return an objective of every task, all weights 1, unless stated otherwise."""
    losses = {
        "expression": ExpressionLoss(label_smoothing, class_weights),
        "valence_arousal": ValenceArousalLoss(torch.tensor([0.5, 0.25]) if spread is None else spread),
        "action_units": ActionUnitLoss(torch.ones(2) if unit_weights is None else unit_weights),
    }
    return Objective(columns, task_weights or dict.fromkeys(COLUMNS, 1.0), losses)


def labels_of(expression: Any, affect: Any, units: Any) -> Targets:
    """Return labels of a few rows."""
    labels = {
        "expression": np.asarray(expression, np.int64),
        "valence_arousal": np.asarray(affect, np.float32).reshape(-1, 2),
        "action_units": np.asarray(units, np.int64).reshape(-1, 2),
    }
    return Targets(labels, {"action_units": UNITS})


def drawn(rows: int, seed: int) -> tuple[torch.Tensor, Targets]:
    """Return outputs and labels of which about half are missing."""
    random = np.random.default_rng(seed)
    affect = random.uniform(-1, 1, (rows, 2)).astype(np.float32)
    affect[random.random(rows) < 0.5] = np.nan
    labels = labels_of(random.integers(-1, 4, rows), affect, random.integers(-1, 2, (rows, 2)))
    return torch.from_numpy(random.normal(0, 1, (rows, 8)).astype(np.float32)), labels


def test_every_loss_by_hand() -> None:
    """Even logits cost log 4; errors of 0.5 and 0 cost (0.25 / 0.5 + 0) / 2; a logit of 0 costs log 2 a unit."""
    labels = labels_of([2, -1], [[NAN, NAN], [0.5, 0.0]], [[1, -1], [0, 1]])
    whole = objective()
    totals = whole.totals(labels)
    assert totals == {"expression": 1.0, "valence_arousal": 1.0, "action_units": 3.0}
    expected = np.log(4) + 0.25 + np.log(2)
    assert float(whole.loss(torch.zeros(2, 8), labels, totals)) == pytest.approx(expected)


def test_expression_alone_is_pytorchs_cross_entropy() -> None:
    """Bit for bit, with class weights and smoothing: a network of one task learns as it always did."""
    outputs, _ = drawn(20, 1)
    labels = np.random.default_rng(2).integers(0, 4, 20)
    weights = torch.tensor([0.5, 1.0, 2.0, 0.25])
    alone = objective({"expression": slice(0, 4)}, class_weights=weights, label_smoothing=0.1)
    rows = labels_of(labels, [[NAN, NAN]] * 20, [[-1, -1]] * 20)
    total = float(weights.double().numpy()[labels].sum())
    expected = cross_entropy(
        outputs[:, :4], torch.from_numpy(labels), weight=weights, label_smoothing=0.1, reduction="sum"
    )
    assert alone.totals(rows) == {"expression": total}
    assert alone.loss(outputs[:, :4], rows, {"expression": total}).equal(expected / total)


@given(st.integers(0, 1000), st.integers(1, 11))
def test_shares_of_a_step_add_up(seed: int, index: int) -> None:
    """However rows are dealt to devices and batches, their parts sum to the loss of all of them."""
    outputs, labels = drawn(12, seed)
    whole = objective(
        class_weights=torch.tensor([0.5, 1.0, 2.0, 0.25]), unit_weights=torch.tensor([3.0, 1.0])
    )
    totals = whole.totals(labels)
    parts = [
        whole.loss(outputs[part], labels.take(np.arange(12)[part]), totals)
        for part in (slice(0, index), slice(index, 12))
    ]
    assert float(sum(parts)) == pytest.approx(float(whole.loss(outputs, labels, totals)), rel=1e-5)


def test_a_missing_label_has_no_gradient() -> None:
    """Rows without a label of a task do not move its outputs, and nothing is NaN; a unit counts for itself."""
    labels = labels_of([-1, 3], [[0.1, 0.2], [NAN, NAN]], [[-1, -1], [1, -1]])
    outputs = torch.randn(2, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
    whole = objective(label_smoothing=0.1)
    whole.loss(outputs, labels, whole.totals(labels)).backward()
    moved = outputs.grad != 0
    assert moved.tolist() == [
        [False] * 4 + [True] * 2 + [False] * 2,
        [True] * 4 + [False] * 2 + [True, False],
    ]


def test_a_task_without_any_label_costs_nothing() -> None:
    """A step may lack a task altogether: its loss is 0, not NaN."""
    labels = labels_of([1], [[NAN, NAN]], [[-1, -1]])
    whole = objective()
    totals = whole.totals(labels)
    outputs = torch.zeros(1, 8, requires_grad=True)
    loss = whole.loss(outputs, labels, totals)
    loss.backward()
    assert totals == {"expression": 1.0, "valence_arousal": 0.0, "action_units": 0.0}
    assert float(loss.detach()) == pytest.approx(np.log(4))
    assert bool(outputs.grad.isfinite().all())


def test_task_weights_multiply_the_losses() -> None:
    """Twice the weight of valence and arousal adds its loss once more."""
    outputs, labels = drawn(12, 5)
    plain, heavier = (
        objective(),
        objective(task_weights={**dict.fromkeys(COLUMNS, 1.0), "valence_arousal": 2.0}),
    )
    alone = objective({"valence_arousal": COLUMNS["valence_arousal"]})
    totals = plain.totals(labels)
    added = alone.loss(outputs, labels, totals)
    assert float(heavier.loss(outputs, labels, totals)) == pytest.approx(
        float(plain.loss(outputs, labels, totals) + added), rel=1e-5
    )


def test_the_loss_of_valence_is_one_minus_the_concordance_of_well_scaled_predictions() -> None:
    """Shuffled labels have the mean and variance of the labels: there the two are the same number."""
    random = np.random.default_rng(4)
    affect = random.uniform(-1, 1, (50, 2)).astype(np.float32)
    shuffled = random.permutation(affect)
    spread = torch.tensor(valence_arousal_spread(affect), dtype=torch.float32)
    alone = objective({"valence_arousal": slice(0, 2)}, spread=spread)
    rows = labels_of(np.full(50, -1), affect, np.full((50, 2), -1))
    loss = alone.loss(torch.from_numpy(shuffled), rows, alone.totals(rows))
    expected = np.mean([1 - concordance(affect[:, index], shuffled[:, index]) for index in (0, 1)])
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_the_spread_is_twice_the_population_variance_of_annotated_rows() -> None:
    """Valence 0 and 1 has variance 1/4; a constant arousal is held above zero; no label at all gives 1."""
    labels = np.array([[0.0, 0.3], [1.0, 0.3], [NAN, NAN]], np.float32)
    np.testing.assert_allclose(valence_arousal_spread(labels), [0.5, 1e-4])
    assert valence_arousal_spread(labels[2:]).tolist() == [1.0, 1.0]


def test_present_units_weigh_as_absent_ones_together() -> None:
    """Three absent rows for one present one; a unit that never occurs stays at the limit."""
    labels = np.array([[1, 0], [0, 0], [0, -1], [0, 0]])
    assert unit_weights(labels).tolist() == [3.0, 3.0]
    assert unit_weights(np.zeros((100, 1), np.int64)).tolist() == [MOST_UNIT_WEIGHT]
