"""Scoring a model on every annotated validation row."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch
from sklearn.metrics import f1_score

from fer_data.errors import DatasetError, ParamsError, WeightsError
from fer_data.model.files import Model, load_model, save_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.pictures.images import decode
from fer_data.predictions.schemas import TABLES
from fer_data.published.inference import MirrorAveraged
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import FACE_ROWS, PREDICTIONS, read_table, write_table
from fer_data.terminal.show import show
from tests.train.conftest import CLASSES, FRAMES, NO_CROP, TRAIN_SUBJECTS, Publish
from train.evaluate import evaluate
from train.evaluation.report import print_scores
from train.evaluation.tasks.expression.report import score_table, summarise
from train.finetune import finetune

ROWS = 3 * FRAMES


@pytest.fixture(scope="module", autouse=True)
def reliability() -> None:
    """Have evaluations draw it, as those of a user do."""


@pytest.fixture(scope="module")
def model(published: Path, params: TrainParams, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model that has learnt a little."""
    folder = tmp_path_factory.mktemp("evaluated")
    finetune(published, folder / "model", folder / "train.csv", params.model_copy(update={"epochs": 3}))
    return folder / "model"


@pytest.fixture(scope="module")
def report(
    model: Path, published: Path, evaluation: EvaluateParams, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return the folder of a finished evaluation, with its metrics beside the rest."""
    folder = tmp_path_factory.mktemp("report") / "evaluation"
    metrics = evaluate(model, published.parent, folder, evaluate=evaluation, resolutions=[32])
    (folder / "metrics.json").write_text(json.dumps(metrics))
    return folder


@pytest.fixture(scope="module")
def metrics(report: Path) -> dict[str, Any]:
    """Return the metrics of that evaluation."""
    return json.loads((report / "metrics.json").read_text())


@pytest.fixture(scope="module")
def predictions(report: Path) -> list[dict[str, Any]]:
    """Return its predictions as rows."""
    return read_table(report / "predictions.parquet", PREDICTIONS).to_pylist()


def test_every_annotated_row_is_predicted_once(predictions: list[dict[str, Any]]) -> None:
    """Rows without a crop are answered as well."""
    assert len({row["row_id"] for row in predictions}) == len(predictions) == ROWS


def test_a_row_without_a_crop_takes_the_nearest_frame(predictions: list[dict[str, Any]]) -> None:
    """The first frame takes the second's answer; between two neighbours the earlier one decides."""
    row = {one["row_id"]: one for one in predictions}
    for missing, nearest in (("v1/00001", "v1/00002"), ("v1/00008", "v1/00007")):
        assert (row[missing]["source"], row[missing]["logits"]) == ("nearest", None)
        assert row[missing]["predicted"] == row[nearest]["predicted"]


def test_a_subject_without_any_crop_takes_the_most_frequent_class(predictions: list[dict[str, Any]]) -> None:
    """Nothing is known of it, so the training class that occurs most is the answer."""
    answers = {(row["source"], row["predicted"]) for row in predictions if row["subject_id"] == "v3"}
    assert answers == {("most_frequent", 0)}


def test_own_predictions_are_the_largest_logit(predictions: list[dict[str, Any]]) -> None:
    """The stored logits explain the stored class."""
    own = [row for row in predictions if row["source"] == "model"]
    assert len(own) == ROWS - len(NO_CROP)
    assert all(row["logits"].index(max(row["logits"])) == row["predicted"] for row in own)


def test_metrics_follow_from_the_predictions(
    metrics: dict[str, Any], predictions: list[dict[str, Any]]
) -> None:
    """Macro F1 over all rows is scikit-learn's, and coverage counts the rows with a crop."""
    scores = metrics["resolutions"]["32"]
    actual, predicted = ([row[name] for row in predictions] for name in ("expression", "predicted"))
    expected = f1_score(actual, predicted, labels=range(7), average="macro", zero_division=0)
    assert scores["macro_f1"] == pytest.approx(expected)
    assert scores["coverage"] == pytest.approx(1 - len(NO_CROP) / ROWS)
    assert scores["rows"] == {"model": ROWS - len(NO_CROP), "nearest": 2, "most_frequent": FRAMES}
    assert scores["combined"] == pytest.approx(0.67 * scores["macro_f1"] + 0.33 * scores["accuracy"])


def test_the_score_of_the_largest_class_stands_beside(metrics: dict[str, Any]) -> None:
    """Guessing one class of seven scores F1 on that class alone; the model does better."""
    scores = metrics["resolutions"]["32"]
    share = scores["per_class"]["Neutral"]["rows"] / ROWS
    assert metrics["largest_class"] == "Neutral"
    assert scores["always_largest"]["accuracy"] == pytest.approx(share)
    assert scores["always_largest"]["macro_f1"] == pytest.approx(2 * share / (1 + share) / 7)
    assert scores["covered"]["macro_f1"] > scores["macro_f1"] > scores["always_largest"]["macro_f1"]


@pytest.mark.parametrize(
    ("name", "header", "lines"),
    [
        ("confusion.csv", ["actual", "predicted"], ROWS),
        ("f1_by_class.csv", ["class", "f1", "low", "high", "precision", "recall", "rows", "videos"], 7),
        (
            "f1_by_resolution.csv",
            ["resolution_px", "macro_f1", "macro_f1_present", "accuracy", "coverage"],
            1,
        ),
    ],
)
def test_the_data_of_every_plot_is_written(report: Path, name: str, header: list[str], lines: int) -> None:
    """DVC draws each plot from a CSV file with these columns."""
    with (report / name).open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == header
    assert len(rows) == lines + 1


def test_the_development_subjects_are_training_subjects(model: Path, published: Path) -> None:
    """Their names are kept with the model, so that what is tuned is tuned on subjects that it did not learn from."""
    stored = load_model(model).description["development_subjects"]
    assert 0 < len(stored) < len(TRAIN_SUBJECTS)
    assert set(stored) <= set(TRAIN_SUBJECTS)


def test_temperature_and_window_come_from_the_development_rows(metrics: dict[str, Any], model: Path) -> None:
    """Each frame of those subjects counts once, its augmented copies not; validation chose nothing."""
    scores = metrics["resolutions"]["32"]
    subjects = load_model(model).description["development_subjects"]
    assert scores["calibration"]["development_rows"] == FRAMES * len(subjects)
    tried = scores["smoothing"]["development_macro_f1"]
    assert tried[str(scores["smoothing"]["window_frames"])] == max(tried.values())


def test_three_videos_have_no_intervals(metrics: dict[str, Any]) -> None:
    """They cannot say how videos differ; the videos of each class are counted all the same."""
    scores = metrics["resolutions"]["32"]
    assert scores["intervals"]["videos"] == 3
    assert {scores["intervals"][name] for name in ("macro_f1", "macro_f1_present", "accuracy")} == {None}
    assert {one["videos"] for one in scores["per_class"].values()} <= {0, 1, 2, 3}


def test_a_model_can_be_assessed_on_a_version_without_its_subjects(
    model: Path, published: Path, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """Nothing can be tuned then: the probabilities stay as they are and nothing is smoothed."""
    loaded = load_model(model)
    description = {**loaded.description, "development_subjects": ["elsewhere"]}
    save_model(tmp_path / "m", Model(loaded.network, loaded.classes, loaded.contract, description))
    found = evaluate(
        tmp_path / "m", published.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32]
    )
    scores = found["resolutions"]["32"]
    assert (scores["calibration"]["temperature"], scores["calibration"]["development_rows"]) == (1.0, 0)
    assert scores["smoothing"]["window_frames"] == 0
    assert scores["smoothing"]["gain"]["macro_f1"]["difference"] == 0.0


def test_slices_and_reliability_are_written(report: Path) -> None:
    """Each property's slices hold all rows, and the plot is a picture."""
    with (report / "slices.csv").open(encoding="utf-8") as file:
        slices = list(csv.DictReader(file))
    sides = [int(row["rows"]) for row in slices if row["property"] == "side"]
    assert sum(sides) == ROWS
    assert {row["macro_f1_low"] for row in slices} == {""}
    with (report / "reliability.csv").open(encoding="utf-8") as file:
        points = [
            row for row in csv.DictReader(file) if (row["class"], row["probabilities"]) == ("top", "raw")
        ]
    assert sum(int(row["rows"]) for row in points) == ROWS - len(NO_CROP)
    assert min(decode((report / "reliability.png").read_bytes()).shape[:2]) > 300


def test_a_second_evaluation_writes_the_same_bytes(
    model: Path, published: Path, evaluation: EvaluateParams, report: Path, tmp_path: Path
) -> None:
    """Predictions and plots' data are functions of model and data."""
    evaluate(model, published.parent, tmp_path / "again", evaluate=evaluation, resolutions=[32])
    for path in (tmp_path / "again").iterdir():
        assert file_sha256(path) == file_sha256(report / path.name)


def test_the_table_shows_score_coverage_and_the_largest_class(
    metrics: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """What qualifies a score is printed in its line."""
    print_scores(metrics)
    printed = capsys.readouterr().out
    scores = metrics["resolutions"]["32"]
    for shown in (
        f"{scores['macro_f1']:.3f}",
        f"{scores['coverage']:.1%}",
        f"{scores['always_largest']['macro_f1']:.3f}",
    ):
        assert shown in printed


def test_a_class_that_no_row_has_is_named(
    predictions: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without any Neutral row macro F1 counts it 0; the score over the six others stands beside, with their videos."""
    rows = [row for row in predictions if row["expression"] != 0]
    table = pa.Table.from_pylist(rows, PREDICTIONS)
    found = summarise({32: TABLES["expression"].read(table)}, CLASSES, 0) | {"split": "validation"}
    scores = found["resolutions"]["32"]
    assert scores["absent"] == ["Neutral"]
    assert scores["macro_f1"] == pytest.approx(scores["macro_f1_present"] * 6 / 7)
    assert scores["per_class"]["Neutral"]["videos"] == 0
    show(score_table(found))
    printed = capsys.readouterr().out
    assert f"{scores['macro_f1_present']:.3f}" in printed
    assert "No scored row is Neutral: macro F1 counts it 0" in " ".join(printed.split())


def test_a_model_of_other_classes_is_refused(
    model: Path, publish: Publish, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """Class indexes that mean something else are never compared."""
    eight = publish(classes=[*CLASSES, "Other"])
    with pytest.raises(WeightsError, match=r"tells \['Neutral'.*but .* has .*'Other'\]"):
        evaluate(model, eight.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32])
    assert not (tmp_path / "out").exists()


def test_crops_of_another_geometry_are_refused(
    model: Path, publish: Publish, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """The field of view is part of the input contract."""
    boxes = publish(geometry="box")
    with pytest.raises(
        WeightsError, match=r"crops have geometry box and margin 0\.2, but the model was trained on simil"
    ):
        evaluate(model, boxes.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32])


def test_a_dataset_without_annotated_validation_rows_is_refused(
    model: Path, publish: Publish, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """A score over nothing is no score."""
    folder = publish()
    write_table(folder / "rows.parquet", [FACE_ROWS.empty_table()], FACE_ROWS)
    with pytest.raises(DatasetError, match="has no annotated validation rows"):
        evaluate(model, folder.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32])


def test_a_validation_set_without_any_crop_scores_as_the_largest_class(
    model: Path, publish: Publish, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """Coverage is 0 and every answer is the most frequent training class."""
    folder = publish()
    rows = read_table(folder / "rows.parquet", FACE_ROWS)
    renamed = pa.array([f"other/{number:05d}" for number in range(len(rows))])
    write_table(folder / "rows.parquet", [rows.set_column(0, "row_id", renamed)], FACE_ROWS)
    scores = evaluate(model, folder.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32])[
        "resolutions"
    ]["32"]
    assert scores["coverage"] == 0.0
    assert scores["macro_f1"] == scores["always_largest"]["macro_f1"]


def test_a_device_that_is_not_there_is_refused(
    model: Path, published: Path, evaluation: EvaluateParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing GPU is one clear line."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    cuda = evaluation.model_copy(update={"device": "cuda"})
    with pytest.raises(ParamsError, match=r"evaluate\.device is cuda, but"):
        evaluate(model, published.parent, tmp_path / "out", evaluate=cuda, resolutions=[32])


def test_the_plots_show_the_training_resolution_or_else_the_largest(
    model: Path, published: Path, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """A model of an unlisted resolution is still drawn."""
    loaded = load_model(model)
    description = {**loaded.description, "data": {**loaded.description["data"], "resolution": 64}}
    save_model(tmp_path / "m", Model(loaded.network, loaded.classes, loaded.contract, description))
    evaluate(tmp_path / "m", published.parent, tmp_path / "out", evaluate=evaluation, resolutions=[32])
    assert (tmp_path / "out" / "confusion.csv").is_file()


def test_extra_sides_are_scored_from_pictures_reduced_in_memory(
    model: Path, published: Path, evaluation: EvaluateParams, report: Path, tmp_path: Path
) -> None:
    """Fewer pixels give other logits of the same rows; a side that is no reduction is left out."""
    wider = evaluation.model_copy(update={"extra_sides": [7, 64]})
    scores = evaluate(model, published.parent, tmp_path / "out", evaluate=wider, resolutions=[32])
    assert list(scores["resolutions"]) == ["32", "7"]
    rows = read_table(tmp_path / "out" / "predictions.parquet", PREDICTIONS).to_pylist()
    whole, small = rows[:ROWS], rows[ROWS:]
    assert [row["row_id"] for row in small] == [row["row_id"] for row in whole]
    assert [row["logits"] for row in small] != [row["logits"] for row in whole]
    assert whole == read_table(report / "predictions.parquet", PREDICTIONS).to_pylist()[:ROWS]


def test_flipping_averages_a_picture_with_its_mirror_image(model: Path) -> None:
    """The mirror image of an input gives the same logits then; without it, others."""
    network = load_model(model).network
    inputs = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)) * 200 - 100
    with torch.inference_mode():
        both = MirrorAveraged(network)
        torch.testing.assert_close(both(inputs), both(inputs.flip(3)))
        torch.testing.assert_close(both(inputs), (network(inputs) + network(inputs.flip(3))) / 2)
        assert not torch.allclose(network(inputs), network(inputs.flip(3)))
