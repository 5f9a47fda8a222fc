"""Scores of each corpus, and their mean."""

import numpy as np
import pytest
from rich.console import Console

from train.evaluation.corpora import MEAN, by_corpus, corpora_table, over_corpora
from train.evaluation.tasks.expression.evaluation import ExpressionEvaluation

SUBJECTS = ["a", "a", "a", "b"]
HIT = np.array([1.0, 1.0, 1.0, 0.0])


def scores(corpora: dict[str, str]) -> dict[str, object]:
    """Return the share of hits of each corpus."""
    return by_corpus(SUBJECTS, corpora, lambda mask: {"accuracy": float(HIT[mask].mean()), "names": ["x"]})


def test_all_together_is_the_mean_over_corpora_and_not_over_rows() -> None:
    """Three rows of one corpus and one of another count alike."""
    assert scores({"a": "large", "b": "small"}) == {
        "corpora": {"large": {"rows": 3, "accuracy": 1.0}, "small": {"rows": 1, "accuracy": 0.0}},
        MEAN: {"accuracy": 0.5},
    }


def test_one_corpus_is_scored_as_before() -> None:
    """Nothing is added, and all together is what all rows say."""
    assert scores({}) == {}
    assert over_corpora({"accuracy": 0.75}, "accuracy") == 0.75


def test_headlines_are_the_mean_and_have_no_interval_of_pooled_rows() -> None:
    """An interval over all videos would be that of another number."""
    at = {
        "macro_f1": 0.75, "macro_f1_present": 0.75, "accuracy": 0.75, "coverage": 1.0,
        "smoothing": {"macro_f1": 0.8}, "intervals": {"macro_f1": {"low": 0.7, "high": 0.8}},
        MEAN: {"macro_f1": 0.5, "macro_f1_present": 0.5, "accuracy": 0.5},
    }  # fmt: skip
    found = ExpressionEvaluation().headlines(at)
    assert (found["macro_f1"], found["accuracy"]) == (0.5, 0.5)
    assert "macro_f1_low" not in found
    assert ExpressionEvaluation().headline(at) == pytest.approx(0.5)


def test_the_table_shows_each_corpus_and_the_mean() -> None:
    """A column a side."""
    table = corpora_table("Scores", {"64": scores({"a": "large", "b": "small"})}, {"accuracy": "accuracy"})
    console = Console(record=True, width=80)
    console.print(table)
    text = console.export_text()
    assert "accuracy, large, 3 rows" in text
    assert "accuracy, mean" in text
    assert "0.500" in text
