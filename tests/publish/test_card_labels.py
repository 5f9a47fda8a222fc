"""What a dataset card says of labels."""

from fer_data.publish.card_labels import labels_section
from fer_data.publish.card_tables import CardSplit, LabelKind

CLASSES = ["Neutral", "Contempt"]


def split(name: str, classes: dict[str, list[int]], kinds: dict[LabelKind, int]) -> CardSplit:
    """Return a split that a card tells of."""
    return CardSplit(name, [3, 1], [0, 0], 0, 1, 1, 1, {}, classes, kinds)


def test_a_corpus_says_who_made_its_labels() -> None:
    """One of a dataset that has every class has no table of classes."""
    kinds = {LabelKind("lab", "voted", "clip", "given"): 4}
    splits = [split("train", {"lab": [3, 1]}, kinds), split("test", {"lab": [0, 0]}, kinds)]
    text = labels_section(splits, CLASSES, {"corpus_classes": {"lab": CLASSES}})
    assert "| lab | votes | a clip | named by the corpus | 8 |" in text.splitlines()
    assert "Originals of each class" not in text


def test_a_class_that_a_corpus_lacks_has_no_number() -> None:
    """0 are rows that it could have; - is a class that it has no word for."""
    one, two = LabelKind("a", "annotated", "frame", "video"), LabelKind("b", "", "", "none")
    splits = [
        split("train", {"a": [3, 0], "b": [2, 1]}, {one: 3, two: 3}),
        split("test", {"b": [1, 1]}, {two: 2}),
    ]
    stated = {
        "corpus_classes": {"a": ["Neutral"], "b": CLASSES},
        "value_scale": {"a": [-1, 1], "b": [-10.0, 10.0]},
    }
    lines = labels_section(splits, CLASSES, stated).splitlines()
    assert "| Neutral | 3 / 0 | 2 / 1 |" in lines
    assert "| Contempt | - | 1 / 1 |" in lines
    assert "| b | no label | - | unknown: one a picture | 5 |" in lines
    assert "Valence and arousal of `b` are -10 to 10 in the corpus and -1 to 1 here." in lines


def test_a_dataset_that_says_nothing_has_no_section() -> None:
    """Those of earlier versions do not."""
    assert labels_section([split("train", {}, {})], CLASSES, {}) == ""
