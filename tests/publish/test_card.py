"""The dataset card: what people read, and that nothing that came out of a file becomes markup or YAML."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cards import counted, provenance_of, written
from huggingface_hub import DatasetCard
from markdown_it import MarkdownIt

from fer_data.publish.card_tables import LabelKind
from fer_data.publish.label_counts import LabelCounts, ValueCounts
from fer_data.published.card_text import FACES_PICTURE, LABELS_PICTURE, fenced

HOSTILE = "| <img src=x onerror=alert(1)> ![a](b) [c](javascript:d) `e` $f$ ---\tno: {y} # 'q\" \x1b[2J"
LONG_FENCE = "```\n<script>\n````"


class Tags(HTMLParser):
    """Collects the tags of a page, and where links and pictures lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.places: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag."""
        self.found.add(tag)
        self.places += [value for name, value in attrs if name in {"src", "href"}]


def shown(text: str) -> Tags:
    """Return the tags of a card as a viewer renders it; HTML in it would pass."""
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(DatasetCard(text).text)
    tags = Tags()
    tags.feed(page)
    return tags


def test_a_viewer_shows_tables_and_the_pictures_beside_the_card() -> None:
    """Every table is one; pictures are of this folder, and say in words what they show."""
    text = written(
        provenance_of({"lab": "pictures"}, licence="cc0-1.0", stated={"lab": "cc0-1.0"}),
        [counted("train", ["lab"]), counted("test", ["lab"])],
        pictures=[LABELS_PICTURE, FACES_PICTURE],
    )
    tags = shown(text)
    assert tags.places == [LABELS_PICTURE, FACES_PICTURE]
    assert "Originals in train: Neutral 2, Anger 2" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    page = MarkdownIt("commonmark").enable("table").render(DatasetCard(text).text)
    assert page.count("<tr>") == len(lines) - page.count("<table>")


@pytest.mark.parametrize(
    "name", [HOSTILE, "a|b", "**x**", "<b>", "]x[", "yes", "null", "0", "--- b", "悲しい"]
)
def test_names_of_classes_are_no_markup_and_no_yaml(name: str) -> None:
    """Whatever a corpus calls a class: tables keep their columns, no tag appears, and the Hub reads the same name."""
    classes = [name, "Other"]
    splits = [
        counted("train", ["lab", "web"], 2),
        counted("test", ["lab", "web"], 2, originals=[0, 4], classes={"lab": [0, 4], "web": [0, 0]}),
    ]
    text = written(provenance_of({"lab": "pictures", "web": "expw"}), splits, classes, [LABELS_PICTURE])
    data = DatasetCard(text).data.to_dict()
    expression = next(one for one in data["dataset_info"]["features"] if one["name"] == "expression")
    assert list(expression["dtype"]["class_label"]["names"].values()) == classes
    tags = shown(text)
    assert tags.places == [LABELS_PICTURE]
    assert tags.found & {"script", "a", "em", "b"} == set()
    assert "\x1b" not in text


def test_what_a_user_states_is_shown_as_it_is() -> None:
    """Text alone, whatever is in it; a citation stays in its block."""
    said = {"controller": HOSTILE.replace("\t", " ").replace("\x1b", ""), "contact": "# dpo@lab.example"}
    text = written(
        provenance_of({"lab": "pictures"}, card_params=said | {"citation": LONG_FENCE}),
        [counted("train", ["lab"])],
    )
    tags = shown(text)
    assert (tags.places, tags.found & {"script", "img", "h1"}) == ([], {"h1"})
    assert text.count("\n# ") == 1
    assert "- Contact: # dpo@lab.example" in text
    assert "- Legal basis: not stated" in text
    assert f"`````text\n{LONG_FENCE}\n`````" in text


def test_of_rendered_faces_nobody_has_to_answer() -> None:
    """What is null is left out; what is stated is shown all the same."""
    rendered: dict[str, Any] = {"licence": "cc0-1.0", "rendered": True}
    splits = [counted("train", ["sample"])]
    text = written(provenance_of({"sample": "affwild2"}, **rendered), splits)
    assert "Who answers for it" not in text
    assert "not stated" not in text
    more = written(provenance_of({"sample": "affwild2"}, **rendered, card_params={"contact": "me"}), splits)
    assert "## Who answers for it\n\n- Contact: me\n" in more


def test_of_people_everything_that_is_not_stated_is_said() -> None:
    """Also of those whose corpus is open: their faces are theirs."""
    text = written(provenance_of({"crema": "cremad"}, licence="odbl"), [counted("train", ["crema"])])
    assert text.count(": not stated") == 4
    assert "Class `open`" in text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (
            "affwild2",
            [
                "How Aff-Wild2 (web) is read was never tried",
                "that the people in them were asked is not known",
            ],
        ),
        ("affectnet", ["AffectNet: A Database for Facial Expression", "six languages"]),
        ("disfa", ["27 people filmed in a laboratory"]),
        ("pictures", ["A folder of its user's: how it was collected is not stated."]),
    ],
)
def test_a_card_says_what_is_known_of_its_corpora(kind: str, said: list[str]) -> None:
    """Collection, consent, papers, and whether the way it is read was ever tried."""
    text = written(provenance_of({"web": kind}), [counted("train", ["web"])])
    assert [words for words in said if words not in text] == []
    assert ("was never tried" in text) == (kind != "pictures")


def test_limits_name_what_is_missing() -> None:
    """Classes without a row, splits without labels, labels of programs, and pictures of nobody known."""
    splits = [
        counted(
            "train",
            ["web"],
            originals=[0, *[2] * 6],
            kinds={LabelKind("web", "machine", "frame", "none"): 12},
        ),
        counted("test", ["web"], originals=[0] * 7, unlabelled=9, kinds={}),
    ]
    text = written(provenance_of({"web": "expw"}), splits)
    limits = text.partition("## Known limits")[2].partition("\n## ")[0]
    assert "- No row of train is Neutral:" in limits
    assert "- Test has no labels at all" in limits
    assert "- 12 originals have labels that a program made (label\\_source)" in limits.replace(
        "label_", "label\\_"
    )
    assert "- Nobody says whom the pictures of web show" in limits
    assert "fer-data leaks compares faces" in limits


@pytest.mark.parametrize("task", ["valence_arousal", "action_units"])
def test_tasks_without_expressions_have_tables_of_their_own(task: str) -> None:
    """Units with what is present of what is coded, dimensions with mean and deviation; no word of expressions."""
    labels = LabelCounts({"AU01": (1, 4), "AU02": (0, 4)}, {})
    if task == "valence_arousal":
        labels = LabelCounts({}, {"valence": ValueCounts((2, 2), 0.0, 4.0)})
    splits = [counted("train", ["lab"], originals=[0] * 7, unlabelled=4, labels=labels)]
    text = written(provenance_of({"lab": "videos"}, task=task), splits)
    row = "| AU01 | 1 of 4 (25.0%) |" if task == "action_units" else "| train, valence | 4 | 0.000 | 1.000 |"
    assert row in text.splitlines()
    assert "expression labels" not in text
    assert "has no labels at all" not in text


@pytest.mark.parametrize(
    "words",
    [
        "For research on facial expression recognition",
        "Regulation (EU) 2024/1689 (the AI Act), Art. 5(1)(f)",
        "save for medical or safety reasons",
        "`fer-data verify 32`",
        f"SHA-256 of rows and pixels: `{'a' * 64}`",
        "lab-faces, version 0.2.0.dev1, 32 px. Faces of a folder of your own",
        "32 x 32 px, geometry `similarity`",
    ],
)
def test_every_card_says_what_it_is_for_and_which_dataset_it_is(words: str) -> None:
    """Use, law, hash, how to verify, how to cite, geometry."""
    assert words in written(provenance_of({"lab": "videos"}), [counted("train", ["lab"])])


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    """So that no text ends its block."""
    assert fenced("a `b` ``` c").startswith("````text\n")


def test_the_licence_file_says_what_the_card_says(published: Path) -> None:
    """A copy of the data that lost its card still has its licence."""
    licence = (published / "LICENSE.md").read_text(encoding="utf-8")
    text = (published / "README.md").read_text(encoding="utf-8")
    assert licence.startswith("# Licence of fer-data-sample, version ")
    assert re.sub(r"^# .*\n\n", "", licence) in text
