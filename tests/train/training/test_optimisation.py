"""The optimiser and its schedule."""

import pytest

from fer_data.model.senet import SENet50
from fer_data.params.train import TrainParams
from train.training.optimisation import build_optimiser, build_schedule, rate_factor, step_factor


def test_the_rate_rises_in_a_line_and_falls_to_zero() -> None:
    """Half-way up, at the top, and at the end of a run of 100 steps with a tenth of warm-up."""
    assert [rate_factor(step, 100, 0.1) for step in (4, 9, 100)] == [0.5, 1.0, 0.0]
    falling = [rate_factor(step, 100, 0.1) for step in range(10, 101)]
    assert falling == sorted(falling, reverse=True)


def test_without_warm_up_it_starts_at_the_top() -> None:
    """A fraction of 0 has no rise."""
    assert rate_factor(0, 10, 0.0) == 1.0


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_norms_and_biases_are_not_decayed(params: TrainParams, name: str) -> None:
    """Each optimiser has one group with decay for kernels and one without."""
    network = SENet50(3, base_width=16)
    optimiser = build_optimiser(network, params.model_copy(update={"optimizer": name, "weight_decay": 0.25}))
    kernels, rest = optimiser.param_groups
    assert (kernels["weight_decay"], rest["weight_decay"]) == (0.25, 0.0)
    assert {p.ndim for p in kernels["params"]} == {2, 4}
    assert {p.ndim for p in rest["params"]} == {1}
    assert type(optimiser).__name__.lower() == name


def test_a_frozen_backbone_optimises_the_classifier_alone(params: TrainParams) -> None:
    """Two tensors: weight and bias of the head."""
    network = SENet50(3, base_width=16)
    optimiser = build_optimiser(network, params.model_copy(update={"freeze_backbone": True}))
    assert sum(len(group["params"]) for group in optimiser.param_groups) == 2


def test_the_schedule_scales_the_learning_rate(params: TrainParams) -> None:
    """After its last step the rate is zero."""
    optimiser = build_optimiser(SENet50(3, base_width=16), params)
    schedule = build_schedule(optimiser, 4, params)
    for _ in range(4):
        optimiser.step()
        schedule.step()
    assert schedule.get_last_lr() == pytest.approx([0.0, 0.0])


def test_the_head_has_a_rate_of_its_own(params: TrainParams) -> None:
    """Backbone and classifier learn at their own rates, each tensor once, and both fall together."""
    network = SENet50(3, base_width=16)
    changes = {"learning_rate": 1.0e-4, "head_learning_rate": 1.0e-2, "decay_batches": 8, "accumulate": 4}
    changed = params.model_copy(update=changes)
    optimiser = build_optimiser(network, changed)
    rates = {id(p): group["lr"] for group in optimiser.param_groups for p in group["params"]}
    assert {rates[id(p)] for p in network.fc.parameters()} == {1.0e-2}
    assert {rates[id(p)] for p in network.layer1.parameters()} == {1.0e-4}
    assert len(rates) == len(list(network.parameters()))
    schedule = build_schedule(optimiser, 100, changed)
    for _ in range(2):
        optimiser.step()
        schedule.step()
    assert schedule.get_last_lr() == pytest.approx([1.0e-5, 1.0e-5, 1.0e-3, 1.0e-3])


def test_the_rate_falls_tenfold_by_batches() -> None:
    """With four batches a step, a hundred batches are 25 steps."""
    assert [round(step_factor(step, 4, 100), 4) for step in (0, 24, 25, 49, 50)] == [1, 1, 0.1, 0.1, 0.01]
