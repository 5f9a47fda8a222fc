"""Training and scoring on a published dataset of two corpora."""

from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest
from conftest import PARAMS, write_faces
from published_with import published_of
from sklearn.metrics import accuracy_score, f1_score

from fer_data.params.document import load_params
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.train import TrainParams
from fer_data.predictions.rows import read_rows
from fer_data.submit.answers import read_predictions
from fer_data.tables.face_rows import metadata
from fer_data.tables.schemas import FACE_ROWS, read_table, write_table
from train.evaluate import evaluate
from train.evaluation.tasks.expression.evaluation import ExpressionEvaluation
from train.finetune import finetune

pytestmark = pytest.mark.usefixtures("plain_cards")


def two_corpora(folder: Path) -> Path:
    """Publish two corpora, the second with a prefix and fewer validation rows."""
    params = load_params(PARAMS)
    (source,) = params.sources.values()
    prefixes = {"first": "", "second": "b-"}
    for name, prefix in prefixes.items():
        write_faces(folder / "faces" / name, source=name, prefix=prefix)
    second = folder / "faces/second"
    rows = read_table(second / "rows.parquet", FACE_ROWS)
    fewer = rows.filter(pc.not_equal(rows["subject_id"], "b-w"))
    write_table(second / "rows.parquet", [fewer], FACE_ROWS, metadata(second))
    sources = {name: source.model_copy(update={"prefix": prefix}) for name, prefix in prefixes.items()}
    return published_of(folder / "faces", folder / "data", params.model_copy(update={"sources": sources}))


def test_each_corpus_is_scored_and_all_together_are_their_mean(
    params: TrainParams, evaluation: EvaluateParams, tmp_path: Path
) -> None:
    """Rows without a crop are scored in their corpus too, and the larger corpus does not outvote the smaller."""
    dataset, model = two_corpora(tmp_path), tmp_path / "model"
    finetune(dataset, model, tmp_path / "train.csv", params.model_copy(update={"epochs": 1}))
    found = evaluate(model, dataset.parent, tmp_path / "report", evaluate=evaluation, resolutions=[32])
    at = found["resolutions"]["32"]
    table = read_rows(tmp_path / "report")
    of_second = np.array([name.startswith("b-") for name in table["subject_id"].to_pylist()])
    actual, said = (table[name].to_numpy() for name in ("expression", "predicted"))
    for name, own in (("first", ~of_second), ("second", of_second)):
        scores = at["corpora"][name]
        assert scores["rows"] == own.sum()
        assert scores["accuracy"] == pytest.approx(accuracy_score(actual[own], said[own]))
        assert scores["macro_f1"] == pytest.approx(
            f1_score(actual[own], said[own], labels=range(7), average="macro", zero_division=0)
        )
    assert [scores["rows"] for scores in at["corpora"].values()] == [10, 7]
    for score in ("macro_f1", "accuracy"):
        mean = np.mean([one[score] for one in at["corpora"].values()])
        assert at["over_corpora"][score] == pytest.approx(mean)
        assert ExpressionEvaluation().headlines(at)[score] == at["over_corpora"][score]
    assert at["accuracy"] == pytest.approx(accuracy_score(actual, said))
    assert read_predictions(tmp_path / "report", None).prefixes == {"first": "", "second": "b-"}
