"""The figures that papers report of one kind of corpus."""

import numpy as np
import pytest

from fer_data.core.arrays import Int64, Mask
from fer_data.core.metrics.scores import concordance
from train.evaluation.customary import class_figures, value_figures
from train.evaluation.scored_rows import CorpusFacts

EIGHT = ("Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise", "Contempt")
ACTUAL = np.array([0, 1, 4, 7])
LOGITS = np.zeros((4, 8))
LOGITS[[0, 1, 2, 3], [0, 7, 4, 7]] = 2.0
LOGITS[1, 1] = 1.0


def within(possible: Mask) -> Int64:
    """Return the largest logit of the classes that may be answered."""
    return np.asarray(np.where(possible, LOGITS, -np.inf).argmax(axis=1))


def facts(kind: str, *, voted: bool = False) -> CorpusFacts:
    """Return what is known of a corpus of a kind."""
    return CorpusFacts("name", kind, {"expression": "validation"}, voted=voted)


def test_affectnet_7_leaves_contempt_out_of_rows_and_of_answers() -> None:
    """The second row, answered Contempt of eight classes, is right among seven."""
    assert class_figures(facts("affectnet"), EIGHT, ACTUAL, within) == {
        "AffectNet-8 accuracy": {"score": 0.75, "rows": 4},
        "AffectNet-7 accuracy": {"score": 1.0, "rows": 3},
    }


def test_a_figure_is_left_out_where_the_dataset_lacks_one_of_its_classes() -> None:
    """A dataset of seven classes says nothing of AffectNet-8."""
    found = class_figures(facts("affectnet"), EIGHT[:7], ACTUAL[:3], lambda _: within(np.arange(8) < 7)[:3])
    assert list(found) == ["AffectNet-7 accuracy"]


@pytest.mark.parametrize(
    ("kind", "voted", "expected"),
    [
        ("rafdb", False, ["RAF-DB accuracy", "RAF-DB mean class accuracy"]),
        ("fer2013", True, ["FER+ majority accuracy"]),
        ("fer2013", False, ["FER2013 accuracy"]),
        ("affwild2", False, []),
        ("pictures", True, []),
    ],
)
def test_figures_follow_from_the_kind_of_corpus(kind: str, voted: bool, expected: list[str]) -> None:
    """FER2013 with the votes of FER+ is another benchmark than FER2013."""
    assert list(class_figures(facts(kind, voted=voted), EIGHT, ACTUAL, within)) == expected


def test_concordance_pooled_and_as_the_mean_over_videos() -> None:
    """A video whose answers are right counts as much as a longer one."""
    actual = np.array([[0.0, 0.1], [0.5, 0.2], [-0.5, 0.3], [0.2, 0.3], [0.4, -0.3]])
    answers = actual * 0.5 + 0.1
    answers[:2] = actual[:2]
    found = value_figures(actual, answers, ["a", "a", "b", "b", "b"])
    pooled, mean = (found[f"CCC of valence, {name}"] for name in ("pooled", "mean over videos"))
    assert pooled == {"score": concordance(actual[:, 0], answers[:, 0]), "rows": 5}
    each = [1.0, concordance(actual[2:, 0], answers[2:, 0])]
    assert mean == {"score": pytest.approx(np.mean(each)), "rows": 5, "videos": 2}


def test_single_pictures_have_no_mean_over_videos() -> None:
    """Concordance of one row says nothing."""
    values = np.zeros((3, 2))
    assert value_figures(values, values, ["a", "b", "c"]) == {}
