"""One network for expression, valence and arousal, and action units, trained on rows that lack some of the labels."""

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from fer_data.core.metrics.scores import concordance
from fer_data.errors import DatasetError, ParamsError
from fer_data.model.files import load_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.predictions.rows import read_rows, stated_classes
from fer_data.predictions.schemas import ACTION_UNIT_PREDICTIONS, VALENCE_AROUSAL_PREDICTIONS
from fer_data.published.dataset import open_published
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import PREDICTIONS, read_table
from tests.train.multi_task import (
    FRAMES,
    TRAIN_SUBJECTS,
    UNITS,
    VALIDATION_SUBJECTS,
    labels_of,
    write_dataset,
)
from tests.train.training.test_devices import TOLERANCE, losses_of
from train import finetune as finetune_module
from train.evaluate import evaluate
from train.evaluation.report import print_scores
from train.evaluation.tasks.targets import read_targets
from train.finetune import finetune
from train.training.selection import select_rows

TASKS = ["expression", "valence_arousal", "action_units"]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published dataset of all three tasks."""
    return write_dataset(tmp_path_factory.mktemp("multi") / "32")


@pytest.fixture(scope="module")
def recipe(params: TrainParams) -> TrainParams:
    """Return a recipe for all three tasks: some seconds on one core."""
    changes = {"tasks": TASKS, "epochs": 10, "learning_rate": 1.0e-2, "batch_norm_momentum": 0.3}
    return params.model_copy(update={**changes, "development_fraction": 0.25})


@dataclass
class Run:
    """What training and evaluation left behind."""

    model: Path
    history: Path
    report: Path
    train: dict[str, Any]
    scores: dict[str, Any]


@pytest.fixture(scope="module")
def run(
    dataset: Path, recipe: TrainParams, evaluation: EvaluateParams, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    """Return a finished run with its evaluation."""
    folder = tmp_path_factory.mktemp("run")
    train = finetune(dataset, folder / "model", folder / "train.csv", recipe)
    scores = evaluate(
        folder / "model", dataset.parent, folder / "report", evaluate=evaluation, resolutions=[32]
    )
    return Run(folder / "model", folder / "train.csv", folder / "report", train, scores)


def table(run: Run, task: str) -> list[dict[str, Any]]:
    """Return the predictions of a task beside expression."""
    schema = VALENCE_AROUSAL_PREDICTIONS if task == "valence_arousal" else ACTION_UNIT_PREDICTIONS
    return read_table(run.report / task / "predictions.parquet", schema).to_pylist()


def test_every_table_passes_the_checks_of_its_readers(run: Run) -> None:
    """What `evaluate` writes of each task is what `compare`, `ensemble` and `submit` accept."""
    for task in ("expression", "valence_arousal", "action_units"):
        assert len(read_rows(run.report, task))
    assert stated_classes(read_rows(run.report))


def test_every_task_beats_a_constant_answer_on_unseen_people(run: Run) -> None:
    """Concordance of any constant is 0; the largest class and every unit always present are what is at hand."""
    at = run.scores["resolutions"]["32"]
    assert at["covered"]["macro_f1"] > at["always_largest"]["macro_f1"] + 0.3
    assert min(at["valence_arousal"]["ccc_valence"], at["valence_arousal"]["ccc_arousal"]) > 0.3
    assert at["action_units"]["mean_f1"] > at["action_units"]["always_present"]["mean_f1"]
    assert at["multi_task"]["score"] == pytest.approx(
        at["macro_f1"] + at["valence_arousal"]["ccc"] + at["action_units"]["mean_f1"]
    )


def test_the_checkpoint_has_the_best_sum_of_the_tasks_scores(run: Run) -> None:
    """Macro F1, mean concordance and mean F1 of the units add up; every one is in the history and the summary."""
    with run.history.open(encoding="utf-8") as file:
        lines = [{name: float(value) for name, value in line.items()} for line in csv.DictReader(file)]
    for line in lines:
        ccc = (line["development_ccc_valence"] + line["development_ccc_arousal"]) / 2
        assert line["development_score"] == pytest.approx(
            line["development_macro_f1"] + ccc + line["development_unit_f1"]
        )
    best = max(lines, key=lambda line: line["development_score"])
    assert run.train["best_epoch"] == best["epoch"]
    assert {
        name: run.train[name] for name in best if name.startswith("development_") and "loss" not in name
    } == {name: best[name] for name in best if name.startswith("development_") and "loss" not in name}


def test_the_model_says_what_its_outputs_are(run: Run) -> None:
    """One head a task over one backbone; the head of expression has the release's name, units are those annotated."""
    model = load_model(run.model)
    assert model.tasks == tuple(TASKS)
    assert model.units == UNITS
    state = model.network.state_dict()
    assert state["fc.weight"].shape == (7, 512)
    assert state["heads.valence_arousal.weight"].shape == (2, 512)
    assert state["heads.action_units.weight"].shape == (2, 512)
    assert set(model.description) >= {"train_counts", "train_means", "train_unit_counts"}
    text = (run.model / "README.md").read_text(encoding="utf-8")
    assert "reads valence and arousal in [-1, 1] and says which of AU04, AU12 are present" in text
    assert f"concordance of valence {run.train['development_ccc_valence']:.3f}" in text


def test_rows_of_any_trained_task_are_used(dataset: Path, recipe: TrainParams) -> None:
    """A row without an expression teaches its valence; one that carries nothing of the tasks is left out."""
    split = open_published(dataset).split("train")
    every = [labels_of(subject, frame) for subject in TRAIN_SUBJECTS for frame in range(FRAMES)]
    chosen = select_rows(split, recipe.model_copy(update={"tasks": ["valence_arousal"]}))
    rows = np.concatenate([chosen.originals, chosen.development])
    assert len(rows) == sum(labels["valence"] is not None for labels in every)
    whole = select_rows(split, recipe)
    assert len(whole.originals) + len(whole.development) == len(every)


def test_missing_labels_stay_missing(dataset: Path) -> None:
    """-1, NaN and -1 in the dataset are what `labelled` says has none; labels of other tasks are not read."""
    split = open_published(dataset).split("train")
    every = [labels_of(subject, frame) for subject in TRAIN_SUBJECTS for frame in range(FRAMES)]
    found = read_targets(split, TASKS)
    assert found.labelled("expression").tolist() == [one["expression"] is not None for one in every]
    assert found.labelled("valence_arousal").tolist() == [one["valence"] is not None for one in every]
    units = [[-1 if one is None else one for one in labels["action_units"].values()] for labels in every]
    assert found.labels["action_units"].tolist() == units
    assert not read_targets(split, ["expression"]).labelled("valence_arousal").any()


def test_scores_follow_from_the_predictions(run: Run) -> None:
    """Concordance and F1 of the stored rows are the metrics; each task has all rows that it annotates."""
    at = run.scores["resolutions"]["32"]
    affect, units = table(run, "valence_arousal"), table(run, "action_units")
    every = [labels_of(subject, frame) for subject in VALIDATION_SUBJECTS for frame in range(FRAMES)]
    assert len(affect) == sum(one["valence"] is not None for one in every)
    valence = concordance([one["valence"] for one in affect], [one["predicted_valence"] for one in affect])
    assert at["valence_arousal"]["ccc_valence"] == pytest.approx(valence)
    for unit in UNITS:
        known = [one for one in units if one["action_units"][unit] is not None]
        truth, guess = ([one[name][unit] for one in known] for name in ("action_units", "predicted"))
        assert at["action_units"]["f1"][unit] == pytest.approx(f1_score(truth, guess))
    assert set(at["action_units"]["f1"]) == set(UNITS)


def test_rows_without_a_crop_follow_the_stated_rule(run: Run) -> None:
    """The nearest frame, else the mean over the training rows, or each unit's most frequent value there."""
    description = load_model(run.model).description
    affect = {one["row_id"]: one for one in table(run, "valence_arousal")}
    assert affect["v4/00001"]["source"] == "training_mean"
    assert affect["v4/00001"]["predicted_valence"] == pytest.approx(description["train_means"]["valence"])
    units = {one["row_id"]: one for one in table(run, "action_units")}
    assert (units["v1/00001"]["source"], units["v1/00001"]["predicted"]) == (
        "nearest",
        units["v1/00002"]["predicted"],
    )
    usual = {
        unit: int(count["present"] > count["absent"])
        for unit, count in description["train_unit_counts"].items()
    }
    assert units["v4/00001"]["source"] == "most_frequent"
    assert {unit: units["v4/00001"]["predicted"][unit] for unit in UNITS} == usual
    assert units["v4/00001"]["predicted"]["AU01"] is None


def test_the_table_of_expressions_is_as_without_other_tasks(run: Run) -> None:
    """Same columns, logits of the classes alone."""
    rows = read_table(run.report / "predictions.parquet", PREDICTIONS)
    assert {len(one) for one in rows["logits"].to_pylist() if one is not None} == {7}
    assert set(pa.compute.unique(rows["subject_id"]).to_pylist()) == {"v1", "v2", "v3"}


def test_videos_and_smoothing_are_given_for_every_task(run: Run) -> None:
    """Three videos are too few for an interval; the window is the one that does best on development rows."""
    at = run.scores["resolutions"]["32"]
    for task, name in (("valence_arousal", "ccc"), ("action_units", "mean_f1")):
        assert (at[task]["intervals"]["videos"], at[task]["intervals"][name]) == (3, None)
        tried = at[task]["smoothing"][f"development_{name}"]
        assert tried[str(at[task]["smoothing"]["window_frames"])] == max(tried.values())
    assert set(at["action_units"]["intervals"]["videos_present"]) == set(at["action_units"]["f1"])


def test_pictures_and_their_data_are_written(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Slices by side hold all rows; the plots are pictures; the table names every score."""
    for task, picture in (("valence_arousal", "agreement.png"), ("action_units", "f1_by_unit.png")):
        with (run.report / task / "slices.csv").open(encoding="utf-8") as file:
            slices = list(csv.DictReader(file))
        assert sum(int(row["rows"]) for row in slices if row["property"] == "side") == len(table(run, task))
        assert [name for name in slices[0] if name.endswith(("_low", "_high"))] != []
        assert (run.report / task / picture).read_bytes().startswith(b"\x89PNG")
    print_scores(run.scores)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("CCC valence", "F1 AU12", "always present", "multi-task sum"))


@pytest.mark.parametrize(
    "tasks", [["valence_arousal"], ["action_units", "valence_arousal"]], ids=["one", "two"]
)
def test_any_set_of_tasks_trains_and_is_evaluated(
    tasks: list[str], dataset: Path, recipe: TrainParams, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """Without expression there is no head, score or table of it."""
    short = recipe.model_copy(update={"tasks": tasks, "epochs": 1, "batch_size": 32})
    summary = finetune(dataset, tmp_path / "model", tmp_path / "train.csv", short)
    assert "development_macro_f1" not in summary
    model = load_model(tmp_path / "model")
    assert set(model.tasks) == set(tasks)
    assert (model.classes, hasattr(model.network, "fc")) == ((), False)
    found = evaluate(
        tmp_path / "model", dataset.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32]
    )
    assert set(found["resolutions"]["32"]) == set(tasks)
    assert not (tmp_path / "out" / "predictions.parquet").exists()
    assert json.loads((tmp_path / "model" / "model.json").read_text())["classes"] == []


def test_an_interrupted_run_ends_with_the_same_bytes(
    dataset: Path, recipe: TrainParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the second epoch, it goes on at the same batch."""
    short = recipe.model_copy(update={"epochs": 2, "batch_size": 32})
    finetune(dataset, tmp_path / "whole", tmp_path / "whole.csv", short)
    fit = finetune_module.fit

    def stopped(*args: object, report: object, **named: object) -> object:
        def stop(done: int, total: int, loss: float) -> None:
            if done == total - 1:  # of three steps an epoch; what follows the one before was kept
                raise KeyboardInterrupt

        return fit(*args, report=stop, **named)

    keep = {"store": tmp_path / "store", "checkpoint_seconds": 0.0}
    with monkeypatch.context() as patch:
        patch.setattr(finetune_module, "fit", stopped)
        with pytest.raises(KeyboardInterrupt):
            finetune(dataset, tmp_path / "model", tmp_path / "train.csv", short, **keep)
    finetune(dataset, tmp_path / "model", tmp_path / "train.csv", short, **keep)
    assert (tmp_path / "train.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    for name in ("model.safetensors", "model.json", "README.md"):
        assert file_sha256(tmp_path / "model" / name) == file_sha256(tmp_path / "whole" / name)


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one(dataset: Path, recipe: TrainParams, tmp_path: Path) -> None:
    """Missing labels fall on the devices as they may: each task is divided by its labels behind the whole step."""
    changes = {
        "batch_size": 4,
        "accumulate": 2,
        "freeze_batch_norm": True,
        "epochs": 4,
        "learning_rate": 1.0e-4,
    }
    alone_recipe = recipe.model_copy(update=changes)
    alone = losses_of(dataset, tmp_path / "one", alone_recipe, [])
    shared = losses_of(dataset, tmp_path / "two", alone_recipe.model_copy(update={"devices": 2}), [])
    assert len(alone) == len(shared) >= 50
    assert max(abs(a - b) for a, b in zip(alone, shared, strict=True)) < TOLERANCE


@pytest.mark.parametrize("strategy", ["sampler", "weights"])
def test_class_weights_leave_rows_without_a_class_alone(
    strategy: str, dataset: Path, recipe: TrainParams, tmp_path: Path
) -> None:
    """A row that lacks an expression is drawn and counted at the mean weight."""
    folder = Path(shutil.copytree(dataset, tmp_path / "32"))
    stated = {"strategy": strategy, "class_weights": [0.5, *[1.0] * 6]}
    (folder / "balance.json").write_text(json.dumps(stated))
    summary = finetune(
        folder,
        tmp_path / "model",
        tmp_path / "train.csv",
        recipe.model_copy(update={"epochs": 1, "batch_size": 32}),
    )
    assert np.isfinite(summary["development_score"])


def test_splits_of_another_task_are_refused(dataset: Path, recipe: TrainParams, tmp_path: Path) -> None:
    """A dataset split for expression may train on a validation video of valence."""
    folder = Path(shutil.copytree(dataset, tmp_path / "32"))
    stated = json.loads((folder / "provenance.json").read_text())
    stated["params"]["dataset"]["task"] = "expression"
    (folder / "provenance.json").write_text(json.dumps(stated))
    with pytest.raises(
        ParamsError, match=r"train\.tasks has valence_arousal, but .* dataset\.task expression"
    ):
        finetune(folder, tmp_path / "model", tmp_path / "train.csv", recipe)


def test_a_task_without_labels_on_either_side_is_refused(dataset: Path, recipe: TrainParams) -> None:
    """With one person to choose the checkpoint, some task has nothing to choose by: each leaves some people out."""
    split = open_published(dataset).split("train")
    with pytest.raises(DatasetError, match=r"Task \w+ has \d+ labelled rows to learn from and 0 to choose"):
        select_rows(split, recipe.model_copy(update={"development_fraction": 0.01}))
