"""`publish.card`: what only who publishes a dataset knows."""

from pathlib import Path

import pytest

from fer_data.errors import ParamsError
from fer_data.params.publish import CardParams, PublishParams
from fer_data.shell.sections.load import load_section

ROOT = Path(__file__).parents[2]
NULL = "    controller: null"


def read(folder: Path, controller: str) -> CardParams:
    """Return `publish.card` of the shipped parameters with another controller, as YAML writes it."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert NULL in text
    (folder / "params.yaml").write_text(text.replace(NULL, f"    controller: {controller}"), encoding="utf-8")
    return load_section("publish", PublishParams, folder / "params.yaml").card


def test_the_demo_states_nothing() -> None:
    """Nobody is in rendered pictures: there is nothing to answer for."""
    card = load_section("publish", PublishParams, ROOT / "params.yaml").card
    assert set(card.model_dump().values()) == {None}


def test_a_text_stays_as_it_is(tmp_path: Path) -> None:
    """Markup in it is the card's to escape."""
    assert read(tmp_path, "'The <b>lab</b> | Universität'").controller == "The <b>lab</b> | Universität"


@pytest.mark.parametrize("text", ['""', '"   "', '"a\\nb"', '"a\\e[2J"', '"a\\u202eb"', "7", "[a]"])
def test_a_text_is_one_line_that_says_something(tmp_path: Path, text: str) -> None:
    """Neither empty nor with what steers a terminal; the message names the parameter."""
    with pytest.raises(ParamsError, match=r"publish\.card\.controller"):
        read(tmp_path, text)


def test_a_citation_may_have_lines(tmp_path: Path) -> None:
    """As BibTeX has; still nothing that steers a terminal."""
    stated = dict.fromkeys(("controller", "legal_basis", "retention", "contact"))
    assert CardParams(**stated, citation="@misc{a,\n  title={b}\n}").citation == "@misc{a,\n  title={b}\n}"
    with pytest.raises(ValueError, match="citation"):
        CardParams(**stated, citation="a\x1b[2J")
