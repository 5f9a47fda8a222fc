"""The classes of a dataset, and those of a corpus among them."""

import numpy as np
import pytest

from fer_data.core.labels.classes import class_places, in_dataset_order, mapped_classes
from fer_data.core.labels.scales import in_own_scale, in_unit_scale
from fer_data.core.labels.tasks import ABAW_UNITS, ACTION_UNITS, EIGHT_CLASSES, KNOWN_CLASSES, SEVEN_CLASSES


def test_contempt_is_no_class_of_aff_wild2() -> None:
    """It stands among the known names, and in neither list of the organisers."""
    assert "Contempt" in KNOWN_CLASSES
    assert "Contempt" not in (*SEVEN_CLASSES, *EIGHT_CLASSES)
    assert [str(name) for name in EIGHT_CLASSES] == [*SEVEN_CLASSES, "Other"]


def test_units_are_those_of_all_corpora() -> None:
    """Those of Aff-Wild2, DISFA and BP4D, in the order of their numbers."""
    disfa = {f"AU{number:02d}" for number in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)}
    bp4d = {f"AU{number:02d}" for number in (1, 2, 4, 6, 7, 10, 12, 14, 15, 17, 23, 24)}
    assert sorted({*ABAW_UNITS, *disfa, *bp4d}) == list(ACTION_UNITS)


@pytest.mark.parametrize(
    ("given", "class_map", "classes"),
    [
        (["Surprise", "Fear", "Neutral"], {}, ("Neutral", "Fear", "Surprise")),
        (["Contempt", "Anger"], {"Contempt": "Other"}, ("Anger", "Other")),
        (["Anger", "Disgust"], {"Anger": "Negative", "Disgust": "Negative"}, ("Negative",)),
        (["Anger", "bored"], {"bored": None}, ("Anger",)),
        (["zeal", "Happiness", "bored"], {}, ("Happiness", "bored", "zeal")),
        (["Anger", "Fear"], {"Anger": "Fear", "Fear": "Anger"}, ("Anger", "Fear")),
        ([], {"Anger": None}, ()),
    ],
    ids=["known-order", "renamed", "merged", "dropped", "unknown-names", "swapped", "none"],
)
def test_header_classes(given: list[str], class_map: dict[str, str | None], classes: tuple[str, ...]) -> None:
    """The known classes come in their usual order, whatever that of the corpus, then the others sorted."""
    assert mapped_classes(given, class_map) == classes


def test_a_map_is_applied_once() -> None:
    """Two classes may change places, so what is mapped is not mapped again."""
    places = class_places(["Anger", "Fear"], ["Anger", "Fear"], {"Anger": "Fear", "Fear": "Anger"})
    assert (places.place("Anger"), places.place("Fear"), places.place("Joy"), places.place(None)) == (
        1,
        0,
        -1,
        -1,
    )


def test_what_a_corpus_can_give() -> None:
    """Classes that no name of it comes to are not possible."""
    places = class_places(["Neutral", "Other", "Fear"], ["happy", "Neutral", "bored"], {"bored": "Other"})
    assert places.possible == ("Neutral", "Other")
    assert in_dataset_order(["Other", "Neutral"]) == ("Neutral", "Other")


@pytest.mark.parametrize("scale", [(-1.0, 1.0), (-10.0, 10.0), (1.0, 9.0), (0.0, 100.0)])
def test_values_come_back_in_their_own_scale(scale: tuple[float, float]) -> None:
    """As far as float32 says; the ends are -1 and 1, and what lies beyond is none."""
    low, high = scale
    values = np.linspace(low, high, 21)
    scaled = in_unit_scale(values, scale)
    assert (scaled[0], scaled[-1]) == (-1, 1)
    np.testing.assert_allclose(in_own_scale(scaled, scale), values, atol=(high - low) * 1e-7)
    assert np.isnan(in_unit_scale(np.array([low - 0.1, high + 0.1, np.nan]), scale)).all()
