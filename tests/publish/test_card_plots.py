"""The picture of labels beside a card, and its words."""

import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import matplotlib as mpl
import pytest
from cards import counted

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.execution.beside import HERE, Beside
from fer_data.pictures.images import decode
from fer_data.publish.card_files import begin_labels
from fer_data.publish.card_plots import labels_in_words, plot_labels
from fer_data.publish.card_tables import LabelKind
from fer_data.publish.label_counts import BINS, LabelCounts, ValueCounts
from fer_data.publish.split_tally import SplitTally
from fer_data.tables.distinct import DistinctNames

NOTHING = [0] * 7
VALUES = LabelCounts({}, {"valence": ValueCounts((3,) + (0,) * (BINS - 1), -3.0, 3.0)})
UNITS = LabelCounts({"AU01": (1, 4), "AU12": (0, 4)})


@pytest.mark.parametrize("labels", [LabelCounts(), VALUES, UNITS], ids=["classes", "values", "units"])
def test_the_same_counts_give_the_same_bytes(labels: LabelCounts) -> None:
    """Whatever a matplotlibrc says of fonts, sizes and colours."""
    splits = [counted("train", ["lab"], labels=labels, copies=[1] * 7), counted("test", ["lab"])]
    plain = plot_labels(splits, SEVEN_CLASSES, "labels")
    with mpl.rc_context(
        {"font.size": 30, "savefig.dpi": 20, "axes.facecolor": "red", "font.family": "serif"}
    ):
        assert plot_labels(splits, SEVEN_CLASSES, "labels") == plain
    assert plain is not None
    assert decode(plain).shape[1] == 990  # two panels of 3.6 inches and 1.8 beside them


class Sent(Beside):
    """Makes calls of what has been to another process and back."""

    def call(self, function: Callable[..., Any], *arguments: object) -> Callable[[], Any]:
        """See `Beside`."""
        return super().call(*pickle.loads(pickle.dumps((function, *arguments))))


def test_another_process_can_draw_it() -> None:
    """All that is sent there arrives, and the picture is the same."""
    tally = SplitTally(
        *[Mock()] * 3,
        originals=Counter({0: 3, 2: 1}),
        corpora=Counter({"lab": 4}),
        classes={"lab": Counter({0: 3, 2: 1})},
        kinds=Counter({LabelKind("lab", "human", "frame", "corpus"): 4}),
        people={"lab": DistinctNames()},
        single={"lab": True},
    )
    drawn = begin_labels({"train": tally}, SEVEN_CLASSES, "labels", Sent([]))()
    assert drawn is not None
    assert drawn == begin_labels({"train": tally}, SEVEN_CLASSES, "labels", HERE)()


def test_names_are_drawn_as_they_are() -> None:
    """No formula, no code of a terminal, and no fault over a letter that the font lacks."""
    classes = ["$\\frac{", "a\x1b[2J", "悲しい", "x" * 200, "", "$a$", "\\$"]
    assert plot_labels([counted("train", ["lab"])], classes, "$x$")


def test_without_labels_there_is_no_picture() -> None:
    """Nothing is drawn."""
    assert plot_labels([counted("test", ["lab"], originals=NOTHING)], SEVEN_CLASSES, "") is None


def test_the_words_have_the_numbers() -> None:
    """For whoever cannot see the picture."""
    words = labels_in_words(
        [counted("train", ["lab"], originals=[1200, *[1] * 6], labels=UNITS)], SEVEN_CLASSES
    )
    assert words.startswith("Originals in train: Neutral 1,200, Anger 1")
    assert words.endswith("Units present in train: AU01 25%, AU12 0%")
    assert labels_in_words([counted("train", ["lab"], originals=NOTHING, labels=VALUES)], SEVEN_CLASSES) == (
        "Valence in train: mean -1.00, deviation 0.00"
    )
