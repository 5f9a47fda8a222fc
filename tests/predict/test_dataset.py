"""Predictions of the rows of a published dataset, on the way to a submission."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import PARAMS
from published_with import publish
from submission_files import HEADER
from typer.testing import CliRunner

from fer_data.commands.app import app
from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.core.metrics.smoothing import smooth
from fer_data.errors import DatasetError, ParamsError, WeightsError
from fer_data.model.files import Model, load_model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50, initialise
from fer_data.params.document import load_params
from fer_data.predict.dataset import DatasetOptions, predict_dataset
from fer_data.predictions.rows import read_rows, stated_classes
from fer_data.predictions.schemas import ACTION_UNIT_PREDICTIONS, VALENCE_AROUSAL_PREDICTIONS
from fer_data.publish import PublishInputs
from fer_data.published.dataset import Crops, column, open_published
from fer_data.submit.answers import read_predictions
from fer_data.tables.schemas import PREDICTIONS, read_table

pytestmark = pytest.mark.usefixtures("shallow")

UNITS = tuple(ACTION_UNITS[:3])
HEADS = {"valence_arousal": 2, "action_units": len(UNITS)}


def options(split: str = "train", *, smoothing_frames: int = 0, temperature: float = 1.0) -> DatasetOptions:
    """Return options for a few pictures on the CPU."""
    return DatasetOptions(split, "cpu", 5, temperature, smoothing_frames)


def write_model(folder: Path, contract: InputContract, *, seed: int = 3) -> Path:
    """Write a small network with random weights and a head for every task."""
    network = SENet50(7, base_width=16, heads=HEADS)
    initialise(network, seed)
    save_model(folder, Model(network.eval(), tuple(map(str, SEVEN_CLASSES)), contract, {}, UNITS))
    return folder


@pytest.fixture(scope="module")
def model(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model whose field of view is the published dataset's."""
    return write_model(tmp_path_factory.mktemp("predict") / "model", open_published(published).contract(32))


def test_every_original_has_the_networks_answer(published: Path, model: Path, tmp_path: Path) -> None:
    """Row by row the tables hold what the network says, with the dataset's labels; copies are left out."""
    summary = predict_dataset(published, model, tmp_path / "out", options=options())
    dataset, loaded = open_published(published), load_model(model)
    split = dataset.split("train")
    rows = np.array([index for index, parent in enumerate(column(split, "parent_id")) if not parent])
    assert summary["rows"] == len(rows) < len(split)
    crops = Crops(split, rows, loaded.contract)
    pictures = np.ascontiguousarray(loaded.contract.centre(crops.read(np.arange(len(rows)))))
    with torch.inference_mode():
        outputs = loaded.network(loaded.contract.to_input(torch.from_numpy(pictures))).numpy()
    table = read_table(tmp_path / "out" / "predictions.parquet", PREDICTIONS)
    assert table["row_id"].to_pylist() == column(split, "row_id")[rows].tolist()
    assert set(table["resolution"].to_pylist()) == {32}
    assert table["expression"].to_pylist() == column(split, "expression")[rows].tolist()
    np.testing.assert_allclose(np.array(table["logits"].to_pylist()), outputs[:, :7], rtol=1e-4, atol=1e-4)
    affect = read_table(
        tmp_path / "out" / "valence_arousal" / "predictions.parquet", VALENCE_AROUSAL_PREDICTIONS
    )
    np.testing.assert_allclose(
        affect["predicted_arousal"].to_numpy(), np.clip(outputs[:, 8], -1, 1), rtol=1e-4, atol=1e-4
    )
    units = read_table(tmp_path / "out" / "action_units" / "predictions.parquet", ACTION_UNIT_PREDICTIONS)
    said = units["probability"].to_pylist()
    np.testing.assert_allclose(
        [row[UNITS[1]] for row in said], 1 / (1 + np.exp(-outputs[:, 10])), rtol=1e-4, atol=1e-4
    )
    assert {row[ACTION_UNITS[-1]] for row in said} == {None}
    assert [len(read_rows(tmp_path / "out", task)) for task in loaded.tasks] == [len(rows)] * 3
    assert stated_classes(read_rows(tmp_path / "out")) == loaded.classes


def test_answers_are_smoothed_over_a_subject_and_logits_are_not(
    published: Path, model: Path, tmp_path: Path
) -> None:
    """With a window the class is that of the mean probability around; the logits stay each picture's own."""
    for name, frames in (("raw", 0), ("smooth", 5)):
        predict_dataset(
            published, model, tmp_path / name, options=options(smoothing_frames=frames, temperature=2)
        )
    raw, after = (
        read_table(tmp_path / name / "predictions.parquet", PREDICTIONS) for name in ("raw", "smooth")
    )
    assert raw["logits"].equals(after["logits"])
    logits = np.array(raw["logits"].to_pylist(), np.float64) / 2
    chances = np.exp(logits - logits.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    means = smooth(chances, raw["subject_id"].to_pylist(), raw["frame_index"].to_numpy(), window=5)
    assert after["predicted"].to_pylist() == means.argmax(1).tolist()


def test_a_test_set_becomes_a_submission(published: Path, model: Path, tmp_path: Path) -> None:
    """Unlabelled rows go from the dataset through two models and their ensemble into a checked file."""
    runner, other = CliRunner(), write_model(tmp_path / "other", load_model(model).contract, seed=4)
    for name, one in (("a", model), ("b", other)):
        command = ["predict", published, "--model", one, "--split", "test", "--output", tmp_path / name]
        result = runner.invoke(app, list(map(str, command)))
        assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "a" / "summary.json").read_text())["split"] == "test"
    assert set(read_table(tmp_path / "a" / "predictions.parquet", PREDICTIONS)["expression"].to_pylist()) == {
        -1
    }
    joint = tmp_path / "joint.parquet"
    result = runner.invoke(
        app, ["ensemble", str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(joint)]
    )
    assert result.exit_code == 0, result.output
    assert "without labels" in result.output
    known = read_predictions(joint, None)
    assert known.prefixes == {}
    subject = next(iter(known.frames))
    sample = tmp_path / "sample.txt"
    lines = [f"{subject}/{frame + 1:05d}.jpg," for frame in range(3)]
    sample.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    result = runner.invoke(
        app, ["submit", str(joint), "--sample", str(sample), "--output", str(tmp_path / "out.txt")]
    )
    assert result.exit_code == 0, result.output
    result = runner.invoke(app, ["submit", "--check", str(tmp_path / "out.txt"), "--sample", str(sample)])
    assert result.exit_code == 0, result.output


def test_what_cannot_be_predicted_is_refused(published: Path, model: Path, tmp_path: Path) -> None:
    """Another split, another geometry, no split named, nothing to compare: one clear message each."""
    with pytest.raises(DatasetError, match="has no split 'holdout'"):
        predict_dataset(published, model, tmp_path / "out", options=options("holdout"))
    for temperature in (0.0, math.nan, math.inf, 1e-320):
        with pytest.raises(ParamsError, match=r"--temperature \(.*\) must be in \[0.001, 1000.0\]"):
            predict_dataset(published, model, tmp_path / "out", options=options(temperature=temperature))
    box = write_model(tmp_path / "box", InputContract(32, "box", 0.3))
    with pytest.raises(WeightsError, match="geometry"):
        predict_dataset(published, box, tmp_path / "out", options=options())
    result = CliRunner().invoke(app, ["predict", str(published), "--model", str(model)])
    assert isinstance(result.exception, ParamsError)
    assert "Say whose rows with --split" in str(result.exception)
    assert not (tmp_path / "out").exists()
    predict_dataset(published, model, tmp_path / "test", options=options("test"))
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "test"), str(tmp_path / "test")])
    assert isinstance(result.exception, DatasetError)
    assert "no annotated row" in str(result.exception)


def test_predictions_and_their_ensemble_state_the_prefixes_of_sources(
    publish_inputs: PublishInputs, model: Path, tmp_path: Path
) -> None:
    """Of every task, so that a submission has the names of the corpus itself."""
    params = load_params(PARAMS)
    sources = {"lab": next(iter(params.sources.values())).model_copy(update={"prefix": "b-"})}
    publish(
        publish_inputs, tmp_path / "32", resolution=32, params=params.model_copy(update={"sources": sources})
    )
    for name in "ab":
        predict_dataset(tmp_path / "32", model, tmp_path / name, options=options("test"))
    command = [
        "ensemble",
        *(str(tmp_path / name) for name in "ab"),
        "--output",
        str(tmp_path / "joint.parquet"),
    ]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert read_predictions(tmp_path / "joint.parquet", None).prefixes == {"lab": "b-"}
    for task in HEADS:
        assert read_predictions(tmp_path / "a", None, task).prefixes == {"lab": "b-"}
