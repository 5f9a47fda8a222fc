"""The few scores of an evaluation that DVC's tables show."""

import pytest

from train.evaluation.report import challenge_sum, headlines

EXPRESSION = {
    "macro_f1": 0.5,
    "macro_f1_present": 0.6,
    "accuracy": 0.7,
    "coverage": 0.9,
    "smoothing": {"macro_f1": 0.55, "window_frames": 5},
    "intervals": {"macro_f1": {"low": 0.4, "high": 0.65}},
}
AFFECT = {"ccc": 0.3, "ccc_valence": 0.2, "ccc_arousal": 0.4, "intervals": {"ccc": None}}


def scores(**at: object) -> dict[str, object]:
    """Return an evaluation at two sides, of which 64 px is the headlines'."""
    named = {"name": "made", "version": "1", "dataset_sha256": "ab" * 32}
    return {"corpus": "affwild2", "dataset": named, "headline_px": 64, "resolutions": {"128": {}, "64": at}}


def test_they_are_those_of_the_trained_side() -> None:
    """With corpus, dataset and interval; every value stands alone."""
    assert headlines(scores(**EXPRESSION)) == {
        "corpus": "affwild2",
        "dataset": "abababababab",
        "macro_f1": 0.5,
        "macro_f1_present": 0.6,
        "macro_f1_low": 0.4,
        "macro_f1_high": 0.65,
        "accuracy": 0.7,
        "smoothed_macro_f1": 0.55,
        "coverage": 0.9,
    }


@pytest.mark.parametrize(
    "smoothing", [None, {"macro_f1": 0.5, "window_frames": 0}], ids=["pictures", "frames"]
)
def test_a_score_that_says_the_same_again_is_left_out(smoothing: object) -> None:
    """That of rows that nothing smooths, and that over the classes present where all are: a short line is read."""
    found = headlines(scores(**EXPRESSION | {"smoothing": smoothing, "macro_f1_present": 0.5}))
    assert not {"smoothed_macro_f1", "macro_f1_present"} & set(found)


def test_the_multi_task_sum_is_there_where_a_model_has_all_tasks() -> None:
    """Macro F1, mean concordance and mean F1 of units add up; of fewer tasks there is no sum."""
    at = EXPRESSION | {"valence_arousal": AFFECT, "action_units": {"mean_f1": 0.4}}
    assert challenge_sum(at) == {"multi_task": {"score": 0.5 + 0.3 + 0.4}}
    assert challenge_sum(EXPRESSION) == {}


@pytest.mark.parametrize("task", ["valence_arousal", "action_units"])
def test_other_tasks_have_their_own_and_no_interval_is_left_out(task: str) -> None:
    """A model without a head for expression has no macro F1."""
    at = {"valence_arousal": AFFECT, "action_units": {"mean_f1": 0.4, "intervals": {"mean_f1": None}}}[task]
    found = headlines(scores(**{task: at}))
    assert set(found) - {"corpus", "dataset"} == set(at) - {"intervals"}
