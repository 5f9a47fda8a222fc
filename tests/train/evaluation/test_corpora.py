"""Scores of each corpus, and their mean."""

import numpy as np
import pytest

from fer_data.core.arrays import Float64
from fer_data.core.metrics.units import LOWER_BOUND
from fer_data.predictions.schemas import Predictions
from fer_data.terminal.show import show
from train.evaluation.corpora import MEAN, CorpusScores, by_corpus, corpora_table, over_corpora, pooled_note
from train.evaluation.scored_rows import CorpusFacts
from train.evaluation.tasks.expression.evaluation import ExpressionEvaluation

DRAWS = 200


def rows_of(corpora: list[str], hits: list[int], sources: list[str] | None = None) -> Predictions:
    """Return rows of two classes, each of a subject and a video of its own, of which some are answered right."""
    names = [f"r{number}" for number in range(len(corpora))]
    actual = np.zeros(len(corpora), np.int64)
    return Predictions(
        subjects=names,
        videos=names,
        series=names,
        corpora=np.asarray(corpora),
        subject_sources=np.asarray(sources or ["video"] * len(corpora)),
        frames=np.zeros(len(corpora), np.int64),
        actual=actual,
        answers=1 - np.asarray(hits),
        own=np.ones(len(corpora), np.bool_),
        sources=["model"] * len(corpora),
    )


def facts_of(*names: str) -> dict[str, CorpusFacts]:
    """Return what is known of corpora that are scored on validation."""
    return {name: CorpusFacts(name, "videos", {"expression": "validation"}) for name in names}


def accuracy(rows: Predictions, facts: CorpusFacts, seed: int) -> CorpusScores:
    """Return the share of hits, and what draws of rows would give."""
    del facts
    hits = (rows.answers == rows.actual).astype(np.float64)
    random = np.random.default_rng(seed)
    drawn: Float64 = random.choice(hits, (DRAWS, len(hits))).mean(axis=1)
    return CorpusScores({"accuracy": float(hits.mean()), "names": ["x"]}, {"accuracy": drawn})


def test_all_together_is_the_mean_over_corpora_and_not_over_rows() -> None:
    """Three rows of one corpus and one of another count alike."""
    rows = rows_of(["large"] * 3 + ["small"], [1, 1, 1, 0])
    found = by_corpus(rows, facts_of("large", "small"), "expression", accuracy, seed=7)
    assert found["corpora"]["large"]["rows"] == 3
    assert found["corpora"]["large"]["split"] == "validation"
    assert [one["accuracy"] for one in found["corpora"].values()] == [1.0, 0.0]
    assert found[MEAN]["accuracy"] == 0.5


def test_the_interval_of_the_mean_draws_within_each_corpus() -> None:
    """It is that of the mean of independent draws, narrower than that of one corpus, whatever their sizes."""
    rows = rows_of(["a"] * 40 + ["b"] * 40, [1, 0] * 40)
    found = by_corpus(rows, facts_of("a", "b"), "expression", accuracy, seed=7)
    width = [one["high"] - one["low"] for one in (
        found[MEAN]["intervals"]["accuracy"], found["corpora"]["a"]["intervals"]["accuracy"]
    )]  # fmt: skip
    assert width[0] == pytest.approx(width[1] / np.sqrt(2), rel=0.25)
    assert found["corpora"]["a"]["intervals"]["drawn"] == ["videos"]
    assert found["corpora"]["a"]["intervals"]["videos"] == 40


def test_one_corpus_is_scored_as_before() -> None:
    """All together is what all rows say, and so are the intervals."""
    found = by_corpus(rows_of(["", ""], [1, 0]), facts_of("only"), "expression", accuracy, seed=7)
    assert found == {"corpora": {"only": {"split": "validation", "rows": 2, "accuracy": 0.5, "names": ["x"]}}}
    assert over_corpora({"accuracy": 0.75} | found, "accuracy") == 0.75
    assert by_corpus(rows_of([""], [1]), facts_of(""), "expression", accuracy, seed=7) == {}


def test_pictures_of_nobody_known_make_the_interval_a_lower_bound(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the corpus, and of the mean that it is part of; it is said below the table."""
    rows = rows_of(["a"] * 6 + ["b"] * 6, [1, 0] * 6, ["none"] * 6 + ["given"] * 6)
    found = by_corpus(rows, facts_of("a", "b"), "expression", accuracy, seed=7)
    kinds = [one["intervals"] for one in found["corpora"].values()]
    assert [(one["drawn"], one.get("lower_bound")) for one in kinds] == [
        (["pictures"], True),
        (["people"], None),
    ]
    assert found[MEAN]["intervals"]["lower_bound"] is True
    assert "lower bound of the uncertainty" in " ".join(printed({"64": found}, capsys).split())
    assert LOWER_BOUND in found[MEAN]["intervals"]["note"]


def test_headlines_are_the_mean_with_its_interval_and_not_that_of_pooled_rows() -> None:
    """An interval over all videos would be that of another number."""
    at = {
        "macro_f1": 0.75, "macro_f1_present": 0.75, "accuracy": 0.75, "coverage": 1.0,
        "smoothing": {"macro_f1": 0.8, "window_frames": 5}, "intervals": {"macro_f1": {"low": 0.7, "high": 0.8}},
        MEAN: {
            "macro_f1": 0.5, "macro_f1_present": 0.5, "accuracy": 0.5,
            "intervals": {"macro_f1": {"low": 0.4, "high": 0.6}},
        },
    }  # fmt: skip
    found = ExpressionEvaluation().headlines(at)
    assert (found["macro_f1"], found["accuracy"]) == (0.5, 0.5)
    assert (found["macro_f1_low"], found["macro_f1_high"]) == (0.4, 0.6)
    assert ExpressionEvaluation().headline(at) == pytest.approx(0.5)


def test_the_headline_of_an_only_corpus_that_lacks_classes_is_over_its_own() -> None:
    """A class that it cannot give would count zero for ever."""
    open_score = {"macro_f1": 0.7, "lacks": ["Fear"], "intervals": {"macro_f1": {"low": 0.6, "high": 0.8}}}
    at = {"macro_f1": 0.6, "coverage": 1.0, "intervals": {}, "corpora": {"lab": open_score}}
    assert (over_corpora(at, "macro_f1"), over_corpora(at, "coverage")) == (0.7, 1.0)
    assert over_corpora(at, "intervals")["macro_f1"]["low"] == 0.6
    assert "over its own classes" in pooled_note(at)
    assert pooled_note({"macro_f1": 0.6, "corpora": {"lab": {"macro_f1": 0.6}}}) == ""


def printed(columns: dict[str, dict[str, object]], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the table of corpora as a terminal shows it."""
    table = corpora_table("Scores", columns, {"accuracy": "accuracy"})
    assert table is not None
    show(table)
    return capsys.readouterr().out


def test_the_table_shows_each_corpus_and_the_mean(capsys: pytest.CaptureFixture[str]) -> None:
    """With the split that it was scored on; a column a side."""
    rows = rows_of(["large"] * 6 + ["small"] * 4, [1] * 6 + [0] * 4)
    found = by_corpus(rows, facts_of("large", "small"), "expression", accuracy, seed=7)
    text = printed({"64": found}, capsys)
    assert "large: 6 rows of validation" in text
    assert "mean over corpora" in text
    assert "0.500" in text


def test_no_table_repeats_what_one_corpus_says_already() -> None:
    """A corpus without figures of its own has the scores of all rows."""
    found = by_corpus(rows_of(["", ""], [1, 0]), facts_of("only"), "expression", accuracy, seed=7)
    assert corpora_table("Scores", {"64": found}, {"accuracy": "accuracy"}) is None
