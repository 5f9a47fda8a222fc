"""What licences allow together: the strictest wins, and nobody opens what is closed."""

import ast
import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

import pytest

from fer_data.errors import LicenceError
from fer_data.identity.wheel import SFACE_SHA256
from fer_data.params.document import load_params
from fer_data.params.source import SourceSection
from fer_data.published.licence_records import (
    CORPORA,
    DETECTORS,
    EVERYTHING,
    OWN_KINDS,
    SFACE,
    UNKNOWN,
    WEIGHTS,
    LicenceRecord,
)
from fer_data.published.licences import (
    OPEN_LICENCES,
    Part,
    combined,
    corpus_part,
    joined_licence,
    licence_metadata,
    licence_of,
    model_licence,
    of_both,
    stated_licence_of,
    stated_model_licence,
    weights_parts,
)

ROOT = Path(__file__).parents[2]
RECORDS = {**CORPORA, **DETECTORS, **WEIGHTS}
KINDS = ("affwild2", "affectnet", "rafdb", "fer2013", "disfa", "ckplus", "expw", "afewva", "bp4d", "cremad")


def own(stated: str | None = None, name: str = "lab") -> Part:
    """Return a folder of pictures under a licence."""
    return corpus_part(name, {"corpus": "pictures"}, rendered=False, stated=stated)


def corpus(kind: str, name: str = "source") -> Part:
    """Return a corpus that is not rendered."""
    return corpus_part(name, {"corpus": kind, "layout": None}, rendered=False)


SAMPLE = corpus_part("sample", {"corpus": "affwild2", "layout": None}, rendered=True)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_says_when_and_where_it_was_read(record: LicenceRecord) -> None:
    """A day stands where terms were read, and nothing is claimed of those that nobody read."""
    assert record.holder
    assert record.where
    assert set(record.covers) <= set(EVERYTHING)
    if record.read is None:
        assert record.licence not in OPEN_LICENCES
        assert record.covers == EVERYTHING
    else:
        assert record.licence != UNKNOWN


def test_every_kind_of_corpus_has_a_record_or_is_ones_own() -> None:
    """A new adapter without one is restricted; those that the issue names are written down."""
    assert set(KINDS) == set(CORPORA)
    assert not OWN_KINDS & set(CORPORA)
    part = corpus("new-one")
    assert (part.kind, part.licence) == ("research", UNKNOWN)


@pytest.mark.parametrize("kind", KINDS)
def test_a_corpus_is_open_only_where_its_terms_were_read_and_are_open(kind: str) -> None:
    """Of those known here CREMA-D alone."""
    assert corpus(kind).kind == ("open" if kind == "cremad" else "research")


def test_a_rendered_sample_is_cc0_whatever_it_poses_as() -> None:
    """It is known by its mark, even in folders of a user's own."""
    for source in ({"corpus": "affwild2"}, {"corpus": "pictures"}, {"corpus": "affwild2", "layout": {}}):
        part = corpus_part("a", source, rendered=True)
        assert (part.kind, part.licence) == ("open", "cc0-1.0")


@pytest.mark.parametrize(
    "source", [{"corpus": "pictures"}, {"corpus": "videos"}, {"corpus": "affwild2", "layout": {}}]
)
@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        (None, "research"),
        ("cc0-1.0", "open"),
        ("CC-BY-4.0", "open"),
        ("cc-by-nc-4.0", "research"),
        ("mine", "research"),
    ],
)
def test_an_own_folder_is_restricted_until_an_open_licence_is_stated(
    source: dict[str, Any], stated: str | None, kind: str
) -> None:
    """Pictures, videos, and Aff-Wild2-shaped folders with a layout."""
    part = corpus_part("lab", source, rendered=False, stated=stated)
    assert part.kind == kind
    assert ("publish.licences" in part.reason) == (stated is None)


@pytest.mark.parametrize("source", [{"corpus": "affwild2", "layout": None}, {"corpus": "rafdb"}])
@pytest.mark.parametrize("rendered", [False, True])
def test_no_licence_is_stated_over_a_corpus(source: dict[str, Any], rendered: bool) -> None:
    """That of a known corpus, or of rendered faces, is not the user's to state."""
    with pytest.raises(
        LicenceError, match=r"publish\.licences\.x \(cc0-1\.0\) must be of a folder of your own"
    ):
        corpus_part("x", source, rendered=rendered, stated="cc0-1.0")


@pytest.mark.parametrize(
    ("pictures", "parts", "kind"),
    [
        ("cc0-1.0", [SAMPLE], "open"),
        ("cc-by-4.0", [SAMPLE], "open"),
        ("CC-BY-4.0", [own("cc-by-3.0")], "open"),
        ("cc-by-sa-4.0", [own("cc-by-sa-3.0"), SAMPLE], "open"),
        ("odbl", [corpus("cremad")], "open"),
        ("other", [SAMPLE], "research"),
        ("other", [corpus("affwild2")], "research"),
        ("other", [own("cc-by-sa-4.0"), corpus("cremad")], "research"),
        ("other", [own()], "research"),
    ],
)
def test_the_stated_licence_may_tighten(pictures: str, parts: list[Part], kind: str) -> None:
    """The strictest of all is the class."""
    assert licence_of(pictures, parts).kind == kind


@pytest.mark.parametrize(
    ("pictures", "parts", "said"),
    [
        ("cc0-1.0", [corpus("affwild2", "aff")], r"source aff is Aff-Wild2 .*write other"),
        (
            "cc0-1.0",
            [SAMPLE, corpus("rafdb", "raf")],
            r"source raf is RAF-DB \(licence unknown\).*write other",
        ),
        (
            "cc0-1.0",
            [own(), own(name="attic")],
            r"source lab is .*, source attic is .*publish\.licences\.lab and publish\.licences\.attic",
        ),
        ("cc0-1.0", [own()], r"source lab is a folder of your own.*publish\.licences\.lab"),
        ("cc0-1.0", [own("mine")], r"source lab .*\(mine\).*write other"),
        ("cc0-1.0", [own("cc-by-4.0")], r"\(cc-by-4\.0\).*write cc-by-4\.0"),
        ("cc-by-4.0", [corpus("cremad")], r"CREMA-D \(odbl\).*write odbl"),
        ("odbl", [own("cc-by-sa-4.0")], r"\(cc-by-sa-4\.0\)"),
        ("odbl", [own("cc-by-sa-4.0"), corpus("cremad")], r"\(cc-by-sa-4\.0\).*write other"),
    ],
)
def test_the_stated_licence_never_opens(pictures: str, parts: list[Part], said: str) -> None:
    """Not what is restricted, not what asks for a name, not what must be shared alike; the remedy is named."""
    with pytest.raises(LicenceError, match=rf"publish\.licence \({pictures}\) must not be more open.*{said}"):
        licence_of(pictures, parts)


def test_each_of_several_restricted_sources_is_named() -> None:
    """In an order that does not matter to the class."""
    parts = [corpus("affwild2", "aff"), SAMPLE, corpus("rafdb", "raf"), own()]
    licence = licence_of("other", parts)
    for name in ("aff", "raf", "lab"):
        assert sum(f"Source {name} " in reason for reason in licence.reasons) == 1
    assert set(licence.reasons) == set(licence_of("other", parts[::-1]).reasons)


@pytest.mark.parametrize(
    ("detector", "identity", "kinds"),
    [
        (None, {"name": "none"}, []),
        ("centerface", {"name": "none"}, ["open"]),
        ("insightface", {"name": "none"}, ["research"]),
        ("centerface", {"name": "sface", "sha256": SFACE_SHA256}, ["open", "open"]),
        ("centerface", {"name": "sface", "sha256": "0" * 64}, ["open", "research"]),
        ("centerface", {"name": "insightface", "sha256": "0" * 64}, ["open", "research"]),
        ("own", {"name": "none"}, ["research"]),
    ],
)
def test_weights_count(detector: str | None, identity: dict[str, Any], kinds: list[str]) -> None:
    """Of the detector, and of what told people apart; where crops were given there are none."""
    parts = weights_parts(detector, {"identity": identity})
    assert [part.kind for part in parts] == kinds
    expected = "research" if "research" in kinds else "open"
    assert licence_of("cc0-1.0", [SAMPLE, *parts]).kind == expected


def test_known_weights_are_those_that_are_shipped_or_fetched() -> None:
    """By the hash of the file."""
    assert WEIGHTS[SFACE_SHA256] is SFACE
    assert load_params(ROOT / "params.yaml").train.weights_sha256 in WEIGHTS


def provenance(*parts: Part, pictures: str = "other") -> dict[str, Any]:
    """Return what a dataset says, as it is read back from JSON."""
    text = json.dumps({"licence": asdict(licence_of(pictures, parts))})
    return dict(json.loads(text))


@pytest.mark.parametrize(
    ("started", "kind"),
    [
        ("scratch", "open"),
        ({"sha256": "ab" * 32}, "research"),
        ({"sha256": "ab" * 32, "licence": "cc0-1.0"}, "open"),
        ({"sha256": "ab" * 32, "licence": "cc-by-nc-4.0"}, "research"),
        ({"sha256": next(name for name in WEIGHTS if name != SFACE_SHA256)}, "open"),
    ],
)
def test_a_model_is_as_free_as_its_data_and_its_start(started: Any, kind: str) -> None:
    """Weights are known by their hash, or by the licence that their file states; else they are restricted."""
    assert model_licence(provenance(SAMPLE, pictures="cc0-1.0"), started)["kind"] == kind
    restricted = model_licence(provenance(corpus("affwild2")), started)
    assert restricted["kind"] == "research"
    assert any("Aff-Wild2" in reason for reason in restricted["reasons"])


def test_what_a_licence_does_not_cover_it_does_not_restrict() -> None:
    """Pictures that may not be passed on may still have made features that may."""
    part = replace(corpus("rafdb"), covers=("pictures", "labels"))
    licence = {"reasons": [part.reason], "parts": [json.loads(json.dumps(asdict(part)))]}
    assert combined([licence], covering=("features",))["kind"] == "open"
    assert combined([licence], covering=("labels",))["kind"] == "research"


def test_predictions_are_as_strict_as_the_model_and_the_labels_beside_them() -> None:
    """Either alone restricts them, and every part is listed once."""
    free, closed = provenance(SAMPLE, pictures="cc0-1.0"), provenance(corpus("affwild2"))
    models = [{"licence": model_licence(data, "scratch")} for data in (free, closed)]
    kinds = [of_both(data, model, "labels")["kind"] for data in (free, closed) for model in models]
    assert kinds == ["open", "research", "research", "research"]
    assert len(of_both(closed, models[1], "features")["parts"]) == 1


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ({}, "research"),
        ({"origin": {"corpus": "affwild2", "rendered": False}}, "research"),
        ({"origin": {"corpus": "affwild2", "rendered": True}, "detector": {"name": "centerface"}}, "open"),
        (
            {"origin": {"corpus": "affwild2", "rendered": True}, "detector": {"name": "insightface"}},
            "research",
        ),
    ],
)
def test_datasets_of_earlier_versions_are_read_by_what_they_state(stated: dict[str, Any], kind: str) -> None:
    """They list no parts; rendered ones are open still, what is unknown is not."""
    old = {"licence": {"pictures": "cc0-1.0", "kind": "open", "reasons": []}} | stated
    assert stated_licence_of(old)["kind"] == kind


def test_joint_predictions_take_the_strictest() -> None:
    """A table that states none, or nonsense, is restricted."""
    free = licence_metadata({"kind": "open", "reasons": []})
    closed = licence_metadata({"kind": "research", "reasons": ["Why."]})
    assert joined_licence([free, free])["kind"] == "open"
    assert joined_licence([free, closed]) == {"kind": "research", "reasons": ["Why."], "parts": []}
    for damaged in ({}, {"licence": "["}, {"licence": "[]"}, {"licence": '{"reasons": 3}'}):
        assert joined_licence([free, damaged])["kind"] == "research"


def test_records_are_data_alone() -> None:
    """The module of records has one class and no function, so that a record can be read and corrected by anybody."""
    tree = ast.parse((ROOT / "fer_data/published/licence_records.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def test_every_kind_that_sources_can_have_is_known() -> None:
    """Each member of the union is a corpus with a record, or a folder of a user's own."""
    kinds = {
        get_args(one.model_fields["corpus"].annotation)[0] for one in get_args(get_args(SourceSection)[0])
    }
    assert kinds - OWN_KINDS <= set(CORPORA)
    assert kinds >= OWN_KINDS


@pytest.mark.parametrize(
    ("source", "names", "title"),
    [
        ({"corpus": "videos"}, ["1-30-1280x720"], "Aff-Wild2"),
        ({"corpus": "pictures"}, ["all/122-60-1920x1080-1_left/00001"], "Aff-Wild2"),
        (
            {"corpus": "affwild2", "layout": {"a": "b"}},
            ["mine", "10-60-1280x720_right"],
            "Aff-Wild2",
        ),
        (
            {"corpus": "pictures"},
            ["test_0001_aligned"],
            "RAF-DB",
        ),
        ({"corpus": "pictures"}, ["S005_001_00000011"], "CK+"),
        ({"corpus": "videos"}, ["LeftVideoSN001_comp"], "DISFA"),
    ],
    ids=["videos", "pictures", "layout", "rafdb", "ckplus", "disfa"],
)
def test_a_corpus_under_another_name_is_known_by_its_files(
    source: dict[str, Any], names: list[str], title: str
) -> None:
    """`cc0-1.0` over Aff-Wild2 opens nothing, whatever folder, source or layout it is called by."""
    with pytest.raises(LicenceError, match=f"the source is {re.escape(title)}, by names such as {names[-1]}"):
        corpus_part("lab", source, rendered=False, stated="cc0-1.0", names=names)
    part = corpus_part("lab", source, rendered=False, names=names)
    assert (part.kind, part.title) == ("research", title)


def test_names_of_ones_own_tell_nothing() -> None:
    """Nor do those of a rendered sample, which imitates Aff-Wild2's."""
    own = corpus_part(
        "lab", {"corpus": "videos"}, rendered=False, stated="cc0-1.0", names=["party-1", "101", "video5"]
    )
    assert own.kind == "open"
    assert corpus_part("sample", {"corpus": "videos"}, rendered=True, names=["1-30-1280x720"]) == replace(
        SAMPLE, name="sample"
    )


def test_crops_from_elsewhere_are_not_rendered() -> None:
    """Aff-Wild2's own crops under the videos of a sample are Aff-Wild2."""
    part = corpus_part("sample", {"corpus": "affwild2", "crops": "/real/cropped_aligned"}, rendered=True)
    assert (part.kind, part.title) == ("research", "Aff-Wild2")


def stated(*parts: Part, sources: dict[str, Any], rendered: bool = False, **changes: Any) -> dict[str, Any]:
    """Return a provenance that says all is open."""
    licence = {
        "pictures": "cc0-1.0",
        "kind": "open",
        "reasons": [],
        "parts": [asdict(part) for part in parts],
    }
    return {
        "licence": {**licence, **changes},
        "params": {"sources": sources, "align": {}},
        "origin": {"corpus": "affwild2", "rendered": rendered},
    }


AFFWILD2 = {"real": {"corpus": "affwild2", "layout": None}}
OPENED = replace(corpus("affwild2", "real"), kind="open", licence="cc0-1.0")


@pytest.mark.parametrize(
    "provenance",
    [
        stated(sources=AFFWILD2),
        stated(OPENED, sources=AFFWILD2),
        stated(replace(OPENED, title="mine"), sources=AFFWILD2),
        stated(replace(own("cc0-1.0"), name="real"), sources=AFFWILD2),
        stated(replace(SAMPLE, name="real"), sources=AFFWILD2),
        stated(SAMPLE, sources={"sample": {"corpus": "affwild2"}, **AFFWILD2}),
        stated(replace(own("other"), kind="open"), sources={"lab": {"corpus": "pictures"}}),
        stated(SAMPLE, sources={}, rendered=True, pictures="other"),
        stated(SAMPLE, sources={}, rendered=True, kind="research"),
    ],
    ids=[
        "no part", "kind", "title", "own", "rendered", "one part is missing", "no open licence", "of the whole",
        "stricter than its parts",
    ],
)  # fmt: skip
def test_a_provenance_that_was_rewritten_opens_nothing(provenance: dict[str, Any]) -> None:
    """What stands under `licence` is held against the sources and weights beside it, and against our records."""
    found = stated_licence_of(provenance)
    assert found["kind"] == "research"
    assert found["reasons"]


def test_an_honest_provenance_says_the_same_again() -> None:
    """Nothing is added to what `publish` wrote."""
    lab = {"lab": {"corpus": "pictures"}}
    for provenance in (
        stated(SAMPLE, sources={"sample": {"corpus": "affwild2"}}, rendered=True),
        stated(own("cc-by-4.0"), sources=lab, pictures="cc-by-4.0"),
        stated(SAMPLE, own("cc0-1.0"), sources={"sample": {"corpus": "affwild2"}, **lab}),
    ):
        assert stated_licence_of(provenance) == provenance["licence"]


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ({}, "research"),
        ({"data": {"corpus": "affwild2", "rendered": False}}, "research"),
        ({"data": {"corpus": "affwild2", "rendered": True}}, "open"),
        ({"data": {"corpus": "pictures", "rendered": False}}, "open"),
    ],
    ids=["nothing", "a corpus that no part is of", "rendered", "own"],
)
def test_a_model_that_was_rewritten_opens_nothing(description: dict[str, Any], kind: str) -> None:
    """The data that it names count, whatever its licence says."""
    licence = {"kind": "open", "reasons": [], "parts": [asdict(SAMPLE)]} if description else None
    rewritten, free = {**description, "licence": licence}, provenance(SAMPLE, pictures="cc0-1.0")
    assert stated_model_licence(rewritten)["kind"] == kind
    assert of_both(free, rewritten, "features")["kind"] == kind
