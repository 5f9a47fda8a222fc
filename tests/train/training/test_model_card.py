"""The card of a model, as the Hub reads it."""

import math
from typing import Any

import pytest
from cards import provenance_of
from huggingface_hub import ModelCard

from train.training.model_card import model_card

MODEL = {
    "architecture": {"name": "senet50", "tasks": ["expression", "valence_arousal", "action_units"], "action_units": []},
    "classes": ["Neutral", "<b>"],
    "data": {"name": "lab-faces", "version": "0.1.0", "dataset_sha256": "a" * 64, "resolution": 128, "rendered": False},
    "input_contract": {
        "field_of_view": {"geometry": "similarity", "margin": 0.0},
        "resize_px": 73, "input_px": 64, "channels": "BGR", "mean": [0.0],
    },
    "input_contract_sha256": "b" * 64,
    "started_from": "scratch",
    "train": {},
}  # fmt: skip
SCORES = {
    "development_macro_f1": 0.5,
    "development_accuracy": 0.6,
    "development_ccc_valence": 0.25,
    "development_ccc_arousal": 0.125,
    "development_unit_f1": 0.75,
}
SUMMARY = {
    "network": {"parameters": 1000, "base_width": 16},
    "rows": {"train": 4, "copies": 0, "development": 3},
    "subjects": {"train": 2, "development": 1},
    "best_epoch": 1,
    **SCORES,
}
OPEN: dict[str, Any] = {"licence": "cc0-1.0", "rendered": True}


def read(provenance: dict[str, Any], **changes: Any) -> Any:
    """Return the front matter as the Hub's own parser has it."""
    return ModelCard(model_card(MODEL, provenance, SUMMARY | changes)).data


def test_the_model_index_has_the_scores_and_whom_they_are_of() -> None:
    """Every task by its own title, the Hub's names of metrics, and that these people chose the epoch."""
    found = read(provenance_of({"lab": "pictures"})).eval_results
    assert [(one.task_name, one.metric_type, one.metric_value) for one in found] == [
        ("expression", "f1", 0.5),
        ("expression", "accuracy", 0.6),
        ("valence and arousal", "ccc", 0.25),
        ("valence and arousal", "ccc", 0.125),
        ("action units", "f1", 0.75),
    ]
    assert {(one.dataset_type, one.dataset_split) for one in found} == {("lab-faces", "train")}
    assert all("development people out of train" in one.dataset_name for one in found)
    assert all(one.metric_name.endswith("(development, chose the epoch)") for one in found)
    assert found[0].dataset_args == {"dataset_sha256": "a" * 64, "rows": 3}


def test_what_is_no_number_is_no_score() -> None:
    """Nothing is listed that was not measured, and without a score no index at all."""
    only = dict.fromkeys(SCORES, math.nan) | {"development_accuracy": 0.6}
    (one,) = read(provenance_of({"lab": "pictures"}), **only).eval_results
    assert (one.metric_type, one.metric_value) == ("accuracy", 0.6)
    none = read(provenance_of({"lab": "pictures"}), **dict.fromkeys(SCORES, math.nan))
    assert none.eval_results is None


def test_a_class_that_no_development_row_has_is_told() -> None:
    """Macro F1 over the classes present stands beside."""
    more = {"development_absent": ["<b>"], "development_macro_f1_present": 1.0}
    names = [one.metric_name for one in read(provenance_of({"lab": "pictures"}), **more).eval_results]
    assert "macro F1 over the classes present (development, chose the epoch)" in names


@pytest.mark.parametrize(
    ("provenance", "licence"),
    [
        (provenance_of({"web": "affwild2"}), "other"),
        (provenance_of({"sample": "affwild2"}, **OPEN), "apache-2.0"),
    ],
    ids=["restricted", "open"],
)
def test_the_licence_is_that_of_the_class(provenance: dict[str, Any], licence: str) -> None:
    """In front matter and text; the text says what the model is not for."""
    text = model_card(MODEL, provenance, SUMMARY)
    data = ModelCard(text).data.to_dict()
    assert data["license"] == licence
    assert data.get("license_name") == ("restricted" if licence == "other" else None)
    assert f"## Licence class: {provenance['licence']['kind']}" in text
    assert "Regulation (EU) 2024/1689" in text
    assert "&id" not in text
