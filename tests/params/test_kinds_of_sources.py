"""Each kind of corpus has keys of its own, and what is wrong with them is said in the names that a person wrote."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fer_data.errors import ParamsError
from fer_data.params.document import Params
from fer_data.params.merging import merge_text, merge_values
from fer_data.params.source import (
    AffWild2Section,
    PicturesSection,
    RafDbSection,
    Sources,
    SourceSection,
    load_source,
    load_sources,
)
from fer_data.shell.files.plain_yaml import load_plain
from fer_data.shell.sections.kinds import kinds

ROOT = Path(__file__).parents[2]
RAFDB = {
    "corpus": "rafdb",
    "root": "data/raf",
    "prefix": "r-",
    "decisions": "d.csv",
    "excluded": [],
    "images": "aligned",
}
TABLE = {
    "file": "a.csv",
    "path": "p",
    "label": "l",
    "valence": None,
    "arousal": None,
    "split": None,
    "subject": None,
    "box": None,
}
PICTURES = {
    "corpus": "pictures",
    "root": "p",
    "prefix": "p-",
    "decisions": "d.csv",
    "excluded": [],
    "aligned": True,
    "table": None,
}


def written(tmp_path: Path, *drop: str, **changes: Any) -> Path:
    """Return the demo's params with a source `raf` beside its own."""
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values = {**RAFDB, **changes}
    document["sources"]["raf"] = {key: value for key, value in values.items() if key not in drop}
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def test_a_source_has_the_keys_of_its_kind(tmp_path: Path) -> None:
    """Kinds stand side by side, each with its own section."""
    sources = load_sources(written(tmp_path))

    assert isinstance(sources["sample"], AffWild2Section)
    assert isinstance(sources["raf"], RafDbSection)
    read = load_source("raf", written(tmp_path))
    assert (read.corpus, read.prefix, read.crops, read.own(RafDbSection).images) == (
        "rafdb",
        "r-",
        None,
        "aligned",
    )
    assert read.sections()["sources"] == {"raf": RAFDB}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"corpus": "rafbd"},
            r"^sources\.raf\.corpus \('rafbd'\) is no kind of corpus\. Did you mean 'rafdb'\?$",
        ),
        ({"corpus": "RAF-DB"}, r"Did you mean 'rafdb'\?$"),
        ({"corpus": "zzz"}, r"Expected affwild2, pictures, videos, .*disfa[^?]*$"),
        ({"corpus": 5}, r"sources\.raf\.corpus \(5\) is no kind of corpus\. Expected affwild2"),
        ({"corpus": ["rafdb"]}, r"sources\.raf\.corpus \(\['rafdb'\]\) is no kind of corpus\."),
        ({"corpus": None}, r"sources\.raf\.corpus \(None\) is no kind of corpus\. Expected affwild2"),
        (
            {"edition": 3},
            r"^sources\.raf\.edition is an unknown key\. Expected corpus, root, .*decisions, excluded or images\.",
        ),
        (
            {"image": "aligned"},
            r"^sources\.raf\.image is an unknown key\. Did you mean 'sources\.raf\.images'\?$",
        ),
        (
            {"images": "crops"},
            r"^sources\.raf\.images \('crops'\) is unknown\. Expected aligned or original\.$",
        ),
        ({"prefix": 3}, r"^sources\.raf\.prefix \(3\) is wrong: .*Put it in quotes"),
        (
            PICTURES | {"table": {**TABLE, "labels": "x"}},
            r"^sources\.raf\.table\.labels .*raf\.table\.label'\?",
        ),
        (
            PICTURES | {"table": {**TABLE, "file": "../a.csv"}},
            r"^sources\.raf\.table\.file.*must stay inside root",
        ),
        (PICTURES | {"table": {**TABLE, "valence": "v"}}, "give valence and arousal, or set both to null"),
        (PICTURES | {"table": {**TABLE, "label": None}}, "give label, or valence and arousal"),
        (PICTURES | {"table": 3}, r"^sources\.raf\.table \(3\) must be a mapping of keys"),
    ],
)
def test_wrong_keys_are_named_in_full(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """No name of a kind or of a type stands between the keys; a key of another kind is unknown in this one."""
    drop = ("images",) if changes.get("corpus") == "pictures" or "image" in changes else ()
    with pytest.raises(ParamsError, match=message):
        load_sources(written(tmp_path, *drop, **changes))


@pytest.mark.parametrize(
    ("drop", "message"),
    [
        ("corpus", r"^sources\.raf\.corpus is missing\."),
        ("root", r"^sources\.raf\.root is missing\."),
        ("images", r"^sources\.raf\.images is missing\."),
    ],
)
def test_missing_keys_are_named_in_full(tmp_path: Path, drop: str, message: str) -> None:
    """The same of keys that are missing, the one that says the kind included."""
    with pytest.raises(ParamsError, match=message):
        load_sources(written(tmp_path, drop))


@pytest.mark.parametrize("value", [3, "rafdb", ["a"], None])
def test_a_source_is_a_mapping(tmp_path: Path, value: object) -> None:
    """What is no mapping has no kind."""
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    document["sources"]["raf"] = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(ParamsError, match=r"^sources\.raf \(.*\) must be a mapping of keys"):
        load_sources(path)


def test_an_entry_of_another_kind_is_replaced_whole() -> None:
    """A profile that turns the one source into another kind leaves none of the keys of before, in text and values."""
    base = "sources:\n  own:\n    corpus: affwild2\n    root: a  # here\n    edition: null\ntrain:\n  epochs: 1\n"
    over = "sources:\n  own:\n    corpus: rafdb\n    root: b\n    images: aligned\n"
    values = merge_values(load_plain(base), load_plain(over), Params)

    assert values["sources"]["own"] == {"corpus": "rafdb", "root": "b", "images": "aligned"}
    assert load_plain(merge_text(base, over, Params)) == values


@pytest.mark.parametrize("over", ["root: b", "corpus: affwild2\n    root: b"])
def test_an_entry_of_the_same_kind_is_merged(over: str) -> None:
    """Keys that a profile does not name stay, and so do comments."""
    base = "sources:\n  own:\n    corpus: affwild2\n    root: a  # here\n    edition: null\n"
    text = merge_text(base, f"sources:\n  own:\n    {over}\n", Params)

    assert load_plain(text)["sources"]["own"] == {"corpus": "affwild2", "root": "b", "edition": None}
    assert "# here" in text


def test_kinds_are_told_apart_by_their_names() -> None:
    """Every member of the union is found by the value of `corpus`."""
    assert list(kinds(SourceSection))[:2] == ["affwild2", "pictures"]
    assert kinds(SourceSection)["pictures"] is PicturesSection
    assert kinds(Sources) == {}
    assert kinds(int) == {}
