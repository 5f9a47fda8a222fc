"""Experiments: many runs, paired, and nothing trained twice or kept for too long."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from warm_python import run_warm
from warm_workers import ENGINE_CONTEXT

from experiments import training
from experiments.balancing import epochs_of_equal_length
from experiments.multires import SIDES
from experiments.outcome import _staggered, draw_by_side, draw_by_variant, print_result
from experiments.redundancy import mean_seconds
from experiments.runs import Setting, Variant, run_variants
from experiments.training import Run, load_changed, predictions_of
from fer_data.compare import PREDICTIONS_FILE, read_evaluation
from fer_data.errors import ParamsError
from fer_data.params.document import Params, load_params
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(published: Path, params: TrainParams, evaluation: EvaluateParams, tmp_path: Path) -> Run:
    """Return a run of one epoch on the patterns."""
    recipe = params.model_copy(update={"epochs": 1, "batch_size": 32})
    return Run("a run", published.parent, tmp_path / "run", recipe, evaluation, tmp_path / "store")


@pytest.fixture
def document(params: TrainParams, evaluation: EvaluateParams) -> Params:
    """Return whole params whose recipe is one epoch on the patterns, scored at two sides."""
    shipped = load_params(ROOT / "params.yaml")
    recipe = params.model_copy(update={"epochs": 1, "batch_size": 32})
    two = evaluation.model_copy(update={"extra_sides": [16]})
    return shipped.model_copy(update={"train": recipe, "evaluate": two})


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the runs that were trained, as they are."""
    made: list[str] = []
    real = training._make

    def make(run: Run) -> float:
        made.append(f"{run.name} {run.recipe.epochs}")
        return real(run)

    monkeypatch.setattr(training, "_make", make)
    return made


def test_a_run_is_trained_once_and_again_when_its_recipe_changes(run: Run, trainings: list[str]) -> None:
    """What lies there is kept only as long as it follows from the same data, parameters and code."""
    (first,) = predictions_of([run], jobs=1)
    (again,) = predictions_of([run], jobs=1)
    assert trainings == ["a run 1"]
    assert first.equals(again)
    longer = replace(run, recipe=run.recipe.model_copy(update={"epochs": 2}))
    predictions_of([longer], jobs=1)
    assert trainings == ["a run 1", "a run 2"]


TWO_JOBS = f"""
import multiprocessing, pickle, sys
from pathlib import Path
from unittest.mock import patch
import train.evaluate, train.finetune
from experiments.training import predictions_of
from tests.support.shallow import shallow_networks
with shallow_networks(), patch("{ENGINE_CONTEXT}", lambda _: multiprocessing.get_context("fork")):
    predictions_of(pickle.loads(Path(sys.argv[1]).read_bytes()), jobs=2)
"""
"""Processes that are forked: to import what trains takes longer than to train, and networks stay shallow in them."""


def test_the_number_of_jobs_changes_no_prediction(run: Run, tmp_path: Path) -> None:
    """Two processes at a time make what one after another makes."""
    runs = [
        replace(run, folder=run.folder / str(n), recipe=run.recipe.model_copy(update={"seed": n}))
        for n in (1, 2)
    ]
    maker = training._maker
    assert pickle.loads(pickle.dumps(maker)) is maker  # as a process that is spawned gets it
    alone = predictions_of(runs, jobs=1)
    elsewhere = [replace(one, folder=tmp_path / "two" / one.folder.name) for one in runs]
    (tmp_path / "runs").write_bytes(pickle.dumps(elsewhere))
    done = run_warm("-c", TWO_JOBS, str(tmp_path / "runs"))
    assert done.returncode == 0, done.stderr
    for one, two in zip(alone, elsewhere, strict=True):
        assert one.equals(read_evaluation(two.folder / "report" / PREDICTIONS_FILE))


def test_a_result_has_means_intervals_and_paired_gains(
    published: Path, document: Params, tmp_path: Path
) -> None:
    """Two variants, two seeds, two sides; the same variant twice gains nothing; tables and plots are drawn."""
    variants = [
        Variant("a", published.parent, {}),
        Variant("a again", published.parent, {}),
        Variant("grey", published.parent, {"grayscale": 1.0}),
    ]
    setting = Setting("A title", document, tmp_path, seeds=2, jobs=1)
    result = run_variants(variants, setting)
    assert json.loads((tmp_path / "result.json").read_text()) == result
    assert result["seeds"] == [7, 8]
    assert list(result["scores"]["a"]) == ["32", "16"]
    score = result["scores"]["grey"]["32"]["macro_f1"]
    assert score["mean"] == pytest.approx(sum(score["runs"]) / 2)
    gain: dict[str, Any] = result["gains"]["a again"]["16"]["macro_f1"]
    assert (gain["difference"], gain["runs"]) == (0.0, [0.0, 0.0])
    print_result(result)
    assert mean_seconds("a again", setting) > 0
    for name, draw in (("side.png", draw_by_side), ("variant.png", draw_by_variant)):
        draw(result, tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_small_sides_reach_down_to_seven_pixels() -> None:
    """Those of the paper, 7, 14, 28 and 56, and the halvings."""
    assert {7, 14, 28, 56} <= set(SIDES)
    assert {128, 64, 32, 16, 8} <= set(SIDES)


def test_strategies_are_trained_equally_long() -> None:
    """The strategy with the most rows gets the stated epochs; one with half as many gets twice as many."""
    assert epochs_of_equal_length({"augment": 2000, "none": 1000, "odd": 1300}, 4) == {
        "augment": 4,
        "none": 8,
        "odd": 6,
    }
    assert epochs_of_equal_length({"a": 1, "b": 0}, 1) == {"a": 1, "b": 1}


def test_labels_of_close_sides_stand_on_two_lines() -> None:
    """7 and 8, 14 and 16 would run into each other on a logarithmic axis."""
    assert _staggered([128, 64, 56, 8, 7]) == ["128", "\n64", "56", "\n8", "7"]


def test_changes_are_checked_like_the_file() -> None:
    """A changed value is taken; a bad one is refused with the key's full name, as are unknown sections and forms."""
    path = ROOT / "params.yaml"
    changed = load_changed(path, ["train.epochs=3", "resolutions=[256]", "train.resolution=256"])
    assert (changed.train.epochs, changed.train.resolution, changed.resolutions) == (3, 256, [256])
    for text, message in (
        ("train.epochs=0", r"train\.epochs \(0\)"),
        ("train.epoch=1", r"train\.epoch is an unknown key"),
        ("training.epochs=1", "no section 'training'"),
        ("epochs", "must be KEY=VALUE"),
    ):
        with pytest.raises(ParamsError, match=message):
            load_changed(path, [text])
