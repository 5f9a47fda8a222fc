"""Training on a small published dataset."""

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError, WeightsError
from fer_data.model.files import load_model
from fer_data.model.senet import SENet50, initialise
from fer_data.params.train import TrainParams
from fer_data.shell.files.atomic import file_sha256
from tests.train.conftest import CLASSES, TRAIN_SUBJECTS, Publish
from train.finetune import finetune, headlines
from train.training.inputs import one_minus_share
from train.training.model_card import model_card


@dataclass
class Run:
    """What one run left behind."""

    model: Path
    history: Path
    metrics: dict[str, Any]


def lines_of(history: Path) -> list[dict[str, str]]:
    """Return a history's lines."""
    with history.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def run(published: Path, params: TrainParams, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a finished run of strategy `augment`."""
    folder = tmp_path_factory.mktemp("run")
    metrics = finetune(published, folder / "model", folder / "train.csv", params)
    return Run(folder / "model", folder / "train.csv", metrics)


def test_it_learns_patterns_on_subjects_it_has_not_seen(run: Run) -> None:
    """The best checkpoint tells the seven patterns of the development subjects apart."""
    assert run.metrics["development_macro_f1"] > 0.8


def test_two_runs_give_the_same_bytes(run: Run, published: Path, params: TrainParams, tmp_path: Path) -> None:
    """Same data and params: the same weights, history and metrics, to the last digit."""
    again = finetune(published, tmp_path / "model", tmp_path / "train.csv", params)
    assert again == run.metrics
    assert (tmp_path / "train.csv").read_bytes() == run.history.read_bytes()
    for name in ("model.safetensors", "model.json"):
        assert file_sha256(tmp_path / "model" / name) == file_sha256(run.model / name)


def test_the_seed_changes_the_run(run: Run, published: Path, params: TrainParams, tmp_path: Path) -> None:
    """Another seed draws other weights, orders and crops."""
    other = params.model_copy(update={"seed": 8, "epochs": 1})
    finetune(published, tmp_path / "model", tmp_path / "train.csv", other)
    first, second = (lines_of(path)[0]["train_loss"] for path in (run.history, tmp_path / "train.csv"))
    assert first != second


def test_the_history_has_a_line_an_epoch_and_its_best_is_the_checkpoint(
    run: Run, params: TrainParams
) -> None:
    """The stored epoch is the first with the highest macro F1 on the development subjects."""
    lines = lines_of(run.history)
    f1 = [float(line["development_macro_f1"]) for line in lines]
    assert [int(line["epoch"]) for line in lines] == list(range(1, params.epochs + 1))
    assert run.metrics["best_epoch"] == f1.index(max(f1)) + 1
    assert run.metrics["development_macro_f1"] == max(f1)
    assert float(lines[-1]["learning_rate"]) == pytest.approx(0.0, abs=1e-9)


def test_the_summary_counts_rows_copies_and_subjects(run: Run) -> None:
    """Copies of development subjects are neither learnt from nor scored."""
    assert run.metrics["subjects"] == {"train": 8, "development": 2}
    assert run.metrics["rows"] == {"train": 8 * 14, "copies": 8, "development": 2 * 14}


def test_the_model_says_what_it_is(run: Run) -> None:
    """The description holds classes, contract, recipe, data and that it started from scratch."""
    model = load_model(run.model)
    assert model.classes == tuple(CLASSES)
    assert (model.contract.input_px, model.contract.geometry, model.contract.margin) == (
        32,
        "similarity",
        0.2,
    )
    assert model.description["started_from"] == "scratch"
    assert model.description["train"]["seed"] == 7
    assert sum(model.description["train_counts"]) == 10 * 14
    assert model.description["data"]["dataset_sha256"] == "c" * 64
    assert "provenance_sha256" not in model.description["data"]


def test_weights_and_sampler_and_none_differ(publish: Publish, params: TrainParams, tmp_path: Path) -> None:
    """No two strategies are one and the same run."""
    one = params.model_copy(update={"epochs": 1, "batch_size": 32})
    losses = set()
    for strategy in ("weights", "sampler", "none"):
        finetune(publish(strategy), tmp_path / strategy, tmp_path / f"{strategy}.csv", one)
        losses.add(lines_of(tmp_path / f"{strategy}.csv")[0]["train_loss"])
    assert len(losses) == 3


def test_a_frozen_backbone_keeps_its_weights(published: Path, params: TrainParams, tmp_path: Path) -> None:
    """Only the classifier learns, and no batch statistics move."""
    frozen = params.model_copy(update={"epochs": 1, "batch_size": 32, "freeze_backbone": True})
    finetune(published, tmp_path / "model", tmp_path / "train.csv", frozen)
    learnt = load_model(tmp_path / "model").network.state_dict()
    drawn = SENet50(len(CLASSES), base_width=frozen.base_width)
    initialise(drawn, seed_from("weights", frozen.seed))
    moved = {name for name, value in drawn.state_dict().items() if not learnt[name].equal(value)}
    assert moved == {"fc.weight", "fc.bias"}


def test_weights_that_do_not_exist_are_refused(published: Path, params: TrainParams, tmp_path: Path) -> None:
    """A missing weight file is named, with what makes it."""
    wrong = params.model_copy(
        update={"weights": str(tmp_path / "none.safetensors"), "weights_sha256": "0" * 64}
    )
    with pytest.raises(WeightsError, match=r"none\.safetensors\) does not exist.*weights import"):
        finetune(published, tmp_path / "model", tmp_path / "train.csv", wrong)
    assert not (tmp_path / "model").exists()


def test_a_folder_without_a_dataset_is_refused(params: TrainParams, tmp_path: Path) -> None:
    """A missing dataset is named, with what builds it."""
    with pytest.raises(DatasetError, match=r"must be a published dataset.*dvc repro"):
        finetune(tmp_path / "128", tmp_path / "model", tmp_path / "train.csv", params)


def test_class_weights_must_fit_the_classes(publish: Publish, params: TrainParams, tmp_path: Path) -> None:
    """A strategy that needs weights is refused without one a class."""
    folder = publish("weights")
    (folder / "balance.json").write_text(json.dumps({"strategy": "weights", "class_weights": [1.0]}))
    with pytest.raises(DatasetError, match="must give one weight a class"):
        finetune(folder, tmp_path / "model", tmp_path / "train.csv", params)


def test_accumulated_batches_are_one_batch(published: Path, params: TrainParams, tmp_path: Path) -> None:
    """Two batches of 4 behind a step learn as one of 8 does, with class weights and without batch statistics."""
    losses = []
    for size, accumulate in ((8, 1), (4, 2)):
        changes = {"batch_size": size, "accumulate": accumulate, "epochs": 1, "freeze_batch_norm": True}
        one = params.model_copy(update={**changes, "class_weights": "one_minus_share"})
        finetune(published, tmp_path / "model", tmp_path / f"{size}.csv", one)
        losses.append(float(lines_of(tmp_path / f"{size}.csv")[0]["train_loss"]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_rare_classes_weigh_more() -> None:
    """One minus each class' share of the rows."""
    np.testing.assert_allclose(one_minus_share(np.array([6, 3, 1])), [0.4, 0.7, 0.9])


def test_the_model_card_states_data_recipe_figures_and_limits(run: Run) -> None:
    """The front matter is YAML; the card names what the model was made of and what it must not be used for."""
    text = (run.model / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front)["pipeline_tag"] == "image-classification"
    model = json.loads((run.model / "model.json").read_text(encoding="utf-8"))
    for stated in (
        model["data"]["dataset_sha256"],
        model["input_contract_sha256"],
        f"{run.metrics['development_macro_f1']:.3f}",
        "Licence class: research",
        "Not for decisions about people",
    ):
        assert stated in body


def test_a_model_states_the_copies_that_it_learnt_from(run: Run) -> None:
    """Those of its own training subjects; of a dataset without their records nobody knows what was done to them."""
    stated = load_model(run.model).description["augmented_copies"]
    assert 0 < stated["count"] == run.metrics["rows"]["copies"] < len(TRAIN_SUBJECTS)
    assert stated["operations"] is None


@pytest.mark.parametrize(
    ("licence", "kind"), [("cc0-1.0", "open"), ("cc-by-nc-4.0", "research"), (None, "research")]
)
def test_weights_that_state_an_open_licence_leave_the_model_open(
    run: Run, licence: str | None, kind: str
) -> None:
    """Those of the demo are CC0; others carry terms of their own, as VGGFace2's do."""
    model = json.loads((run.model / "model.json").read_text(encoding="utf-8"))
    started = {"file": "w.safetensors", "sha256": "ab" * 32} | ({"licence": licence} if licence else {})
    stated = {"origin": {"corpus": "affwild2", "rendered": True}, "detector": {"name": "centerface"}}
    card = model_card(model | {"started_from": started}, stated, run.metrics)
    assert f"Licence class: {kind}" in card
    assert ("What training started from is" in card) == (kind == "research")


def test_the_card_names_the_classes_that_no_development_row_has(run: Run) -> None:
    """Macro F1 counts them 0; over the classes present it stands beside."""
    model = json.loads((run.model / "model.json").read_text(encoding="utf-8"))
    absent = {
        "development_macro_f1": 0.6,
        "development_macro_f1_present": 0.7,
        "development_absent": ["Fear"],
    }
    card = model_card(model, {}, {**run.metrics, **absent})
    assert "Macro F1 0.600, macro F1 over the classes present 0.700" in card
    assert "No scored row is Fear: macro F1 counts it 0" in card
    full = model_card(model, {}, {**run.metrics, **absent, "development_absent": []})
    assert "classes present" not in full


def test_a_model_states_that_its_data_were_rendered(
    published: Path, params: TrainParams, tmp_path: Path
) -> None:
    """In `model.json` and on the first line of its card; the metrics name corpus and dataset."""
    shutil.copytree(published, tmp_path / "32")
    document = json.loads((published / "provenance.json").read_text(encoding="utf-8"))
    document |= {
        "origin": {"corpus": "affwild2", "rendered": True},
        "name": "made",
        "dataset_sha256": "ab" * 32,
    }
    (tmp_path / "32/provenance.json").write_text(json.dumps(document))
    once = params.model_copy(update={"epochs": 1, "batch_size": 32})
    summary = finetune(tmp_path / "32", tmp_path / "model", tmp_path / "train.csv", once)
    model = load_model(tmp_path / "model")
    assert model.trained_on == "made (rendered faces)"
    assert model.note is not None
    assert "**Trained on rendered faces**" in (tmp_path / "model/README.md").read_text(encoding="utf-8")
    found = headlines(summary)
    assert (found["corpus"], found["dataset"]) == ("rendered sample", "ab" * 6)
    assert len(found) <= 10


def test_a_model_never_says_where_its_weights_lay(
    run: Run, published: Path, params: TrainParams, tmp_path: Path
) -> None:
    """Description and card name the weights' file and hash, and no folder, which may name a person."""
    weights = tmp_path / "alice-private" / "start.safetensors"
    weights.parent.mkdir()
    weights.write_bytes((run.model / "model.safetensors").read_bytes())
    changed = {"weights": str(weights), "weights_sha256": file_sha256(weights), "epochs": 1, "batch_size": 32}
    finetune(published, tmp_path / "model", tmp_path / "train.csv", params.model_copy(update=changed))
    model = load_model(tmp_path / "model")
    assert model.stated("started_from") == {"file": "start.safetensors", "sha256": file_sha256(weights)}
    assert model.stated("train")["weights"] == "start.safetensors"
    for path in (tmp_path / "model").iterdir():
        assert b"alice-private" not in path.read_bytes(), path.name


def test_training_that_diverges_leaves_no_model(published: Path, params: TrainParams, tmp_path: Path) -> None:
    """A network of NaN is never written, whatever its scores were; the message says what to change."""
    wild = params.model_copy(update={"learning_rate": 1.0e30, "epochs": 1, "warmup_fraction": 0.0})
    with pytest.raises(WeightsError, match=r"not finite\. Training diverged: lower train\.learning_rate"):
        finetune(published, tmp_path / "model", tmp_path / "train.csv", wild)
    assert not (tmp_path / "model").exists()
