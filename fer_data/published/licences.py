"""What the licences allow of all that a dataset, its features, a model or predictions are made of: the strictest wins.

::

    corpora, detector, identity --licence_of--> dataset --model_licence(start weights)--> model
                                                   |                                       |
                                                   +---------------combined----------------+--> features, predictions
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fer_data.errors import LicenceError
from fer_data.published.licence_parts import (
    ATTRIBUTED,
    FREE,
    OPEN_LICENCES,
    SHARED_ALIKE,
    Kind,
    Part,
    corpus_part,
    record_part,
    spelled,
    unknown_weights,
    weights_parts,
)
from fer_data.published.licence_records import (
    CORPORA,
    DETECTORS,
    EVERYTHING,
    OWN,
    OWN_KINDS,
    SAMPLE,
    UNKNOWN,
    WEIGHTS,
    Covered,
    LicenceRecord,
)

__all__ = [
    "OPEN_LICENCES",
    "Kind",
    "Licence",
    "Part",
    "combined",
    "corpus_part",
    "joined_licence",
    "licence_metadata",
    "licence_of",
    "model_licence",
    "of_both",
    "stated_licence_of",
    "stated_model_licence",
    "tightened",
    "weights_parts",
]

_NO_LICENCE = "It states no licence of what it was trained on: pass nothing on. Train it again, and it will."

_KEY = "licence"
"""Of a table's metadata."""


@dataclass(frozen=True, slots=True)
class Licence:
    """What may be done with a published dataset.

    Attributes:
        pictures: the licence of the whole, as `publish.licence` states it.
        kind: what all comes to: the strictest.
        reasons: one sentence for everything that keeps it from being open.
        parts: all that it is made of.
    """

    pictures: str
    kind: Kind
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]


def licence_of(pictures: str, parts: Sequence[Part]) -> Licence:
    """Return what the licence that is stated for a dataset and those of all its parts allow together.

    Raises:
        LicenceError: the stated one is more open than a corpus that is in it.

    >>> licence_of("cc0-1.0", [corpus_part("sample", {"corpus": "affwild2"}, rendered=True)]).kind
    'open'
    """
    corpora = sorted((part for part in parts if part.role == "corpus"), key=_strictness, reverse=True)
    if any(not _may_stand_over(pictures, part) for part in corpora):
        raise LicenceError(_opens(pictures, corpora))
    reasons = _reasons(parts)
    if spelled(pictures) not in OPEN_LICENCES:
        reasons.insert(0, _stated_as(pictures))
    return Licence(pictures, "research" if reasons else "open", tuple(reasons), tuple(parts))


def _stated_as(pictures: str) -> str:
    stated = f"The dataset is stated to be under '{pictures}', which is not known as an open licence"
    return f"{stated}: pass it on only as it allows."


def _opens(pictures: str, corpora: Sequence[Part]) -> str:
    """Return what is wrong with a licence that opens some of these corpora, and the remedy."""
    opened = [part for part in corpora if not _may_stand_over(pictures, part)]
    what = [
        f"source {part.name} is {part.title} ({'licence unknown' if part.licence == UNKNOWN else part.licence})"
        for part in opened
    ]
    own = [part.name for part in opened if part.title == OWN.title and part.licence == UNKNOWN]
    named = " and ".join(f"publish.licences.{name}" for name in own)
    remedy = f" Or state the licence of your own material: {named}." if own else ""
    fits = (part.licence for part in opened if all(_may_stand_over(part.licence, one) for one in corpora))
    return (
        f"publish.licence ({pictures}) must not be more open than what the dataset is made of: {', '.join(what)}. "
        f"It may only tighten that: write {_offered(next(fits, None))}.{remedy}"
    )


def _offered(licence: str | None) -> str:
    """Return an open licence that fits, else what always goes."""
    return licence if licence in OPEN_LICENCES else "other"


def _may_stand_over(pictures: str, part: Part) -> bool:
    """Say whether material of a licence may be passed on under the stated one; share-alike only under its own."""
    stated = _rank(pictures)
    if stated == _rank("other"):
        return True
    if part.licence in SHARED_ALIKE and part.kind == "open":
        return _family(pictures) == _family(part.licence)
    return stated >= _strictness(part)


def _strictness(part: Part) -> int:
    return _rank(part.licence if part.kind == "open" else "other")


def _rank(licence: str) -> int:
    """Return how strict a licence is: 0 without conditions, 1 attribution, 2 share alike, 3 restricted or unknown."""
    tiers = (FREE, ATTRIBUTED, SHARED_ALIKE)
    return next((rank for rank, tier in enumerate(tiers) if spelled(licence) in tier), len(tiers))


def _family(licence: str) -> str:
    """Return a licence without its version: a later one of the same kind may take its place."""
    return spelled(licence).rstrip("0123456789.-")


def _reasons(parts: Iterable[Part]) -> list[str]:
    return list(dict.fromkeys(part.reason for part in parts if part.kind != "open"))


def stated_licence_of(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a dataset's provenance says of its licence, tightened by our records; research where nobody can tell.

    Versions before 0.3.0 list no parts: what they are made of is then unknown, unless their faces are rendered.
    """
    stated = dict(provenance.get("licence") or {})
    params, origin = provenance.get("params") or {}, provenance.get("origin") or {}
    rendered = origin.get("rendered") is True
    weights = weights_parts((provenance.get("detector") or {}).get("name"), params.get("align") or {})
    if "parts" in stated:
        known = [
            _again(name, source, stated, rendered) for name, source in (params.get("sources") or {}).items()
        ]
        return tightened(stated, [*known, *weights])
    kinds = str(origin.get("corpus") or "unknown").split(", ")
    parts = [corpus_part(kind, {"corpus": kind}, rendered=rendered) for kind in kinds]
    parts += weights
    reasons = list(dict.fromkeys([*stated.get("reasons", []), *_reasons(parts)]))
    return {
        "kind": "research" if reasons else "open",
        "reasons": reasons,
        "parts": [asdict(part) for part in parts],
    }


def _again(name: str, source: Mapping[str, Any], stated: Mapping[str, Any], rendered: bool) -> Part:
    """Return what our records say of a source that a statement has a part of, or should have.

    A statement that all faces are rendered is not believed where the tables behind the dataset said otherwise.
    """
    corpora = {part["name"]: part for part in stated["parts"] if part["role"] == "corpus"}
    samples = {key for key, part in corpora.items() if part["title"] == SAMPLE.title}
    if name not in corpora:
        return corpus_part(name, source, rendered=rendered)
    licence = corpora[name]["licence"]
    own = source.get("corpus") in OWN_KINDS or source.get("layout") is not None
    believed = own and name not in samples and licence != UNKNOWN and corpora[name]["title"] == OWN.title
    of_sample = name in samples and (rendered or len(samples) < len(corpora))
    return corpus_part(name, source, rendered=of_sample, stated=licence if believed else None)


def tightened(
    stated: Mapping[str, Any], known: Iterable[Part], *, covering: Collection[Covered] = EVERYTHING
) -> dict[str, Any]:
    """Return a stated licence in which nothing is open that our records, or `known` parts, know to be restricted.

    What is stated to be stricter stays: a record may have been another one when it was written.

    >>> disfa = corpus_part("a", {"corpus": "disfa"}, rendered=False)
    >>> tightened({"kind": "open", "reasons": [], "parts": []}, [disfa])["kind"]
    'research'
    """
    parts = {(part["role"], part["name"]): Part(**part) for part in stated["parts"]}
    for one in [*map(_as_recorded, parts.values()), *known]:
        before = parts.get((one.role, one.name))
        if before is None or (one.kind == "research" and before.kind == "open"):
            parts[one.role, one.name] = one
    reasons = list(stated.get("reasons") or [])
    reasons += _reasons(part for part in parts.values() if set(part.covers) & set(covering))
    if spelled(str(stated.get("pictures", "cc0-1.0"))) not in OPEN_LICENCES:
        reasons.append(_stated_as(str(stated["pictures"])))
    if stated.get("kind") != "open" and not reasons:
        reasons.append("It is stated to be restricted: pass nothing on.")
    return {
        **stated,
        "kind": "research" if reasons else "open",
        "reasons": list(dict.fromkeys(reasons)),
        "parts": [asdict(part) for part in parts.values()],
    }


def _as_recorded(part: Part) -> Part:
    """Return a part as our records have what it is said to be; one of no record is open by an open licence alone."""
    records = {one.title: one for one in (*CORPORA.values(), *DETECTORS.values(), *WEIGHTS.values())}
    if part.title in records:
        return record_part(part.role, part.name, records[part.title])
    return part if part.licence in OPEN_LICENCES else replace(part, kind="research")


def stated_model_licence(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `model.json` says of its licence, tightened by our records; research where it says nothing."""
    made: tuple[Covered, ...] = ("models",)
    stated, data = description.get("licence"), description.get("data") or {}
    if not stated:
        return {"kind": "research", "reasons": [_NO_LICENCE], "parts": []}
    named = {part["title"] for part in stated["parts"] if part["role"] == "corpus"}
    kinds = [] if data.get("rendered") is True else str(data.get("corpus") or "").split(", ")
    lacking = [kind for kind in kinds if kind in CORPORA and not named & {CORPORA[kind].title, OWN.title}]
    known = [corpus_part(kind, {"corpus": kind}, rendered=False) for kind in lacking]
    return tightened(stated, known, covering=made)


def model_licence(dataset: Mapping[str, Any], started_from: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the licence of a model: what its data covers of models, and the weights that it started from.

    Args:
        dataset: provenance of the dataset.
        started_from: `scratch`, or the `sha256` of the weights and the `licence` that their file states, if any.
    """
    made: tuple[Covered, ...] = ("models",)
    found = combined([stated_licence_of(dataset)], covering=made)
    if isinstance(started_from, str):
        return found
    sha256, stated = str(started_from.get("sha256")), started_from.get("licence")
    record = WEIGHTS.get(sha256) or unknown_weights("a file of weights that states no licence")
    if sha256 not in WEIGHTS and stated:
        where = "its own metadata state it"
        record = LicenceRecord("a file of weights", spelled(str(stated)), "whoever made them", where=where)
    part = record_part("start", sha256, record, believed=bool(stated))
    return combined([found, {"reasons": _reasons([part]), "parts": [asdict(part)]}])


def combined(
    licences: Iterable[Mapping[str, Any]], *, covering: Collection[Covered] = EVERYTHING
) -> dict[str, Any]:
    """Return the licence of what is made of several things: every part once, and what any of them forbids.

    `covering` says what is made: a part whose licence does not hold for that does not restrict it.

    >>> combined([{"reasons": ["Not open."], "parts": []}, {"reasons": [], "parts": []}])["kind"]
    'research'
    """
    parts: dict[tuple[str, str], Mapping[str, Any]] = {}
    reasons: dict[str, None] = {}
    for licence in licences:
        idle = set()
        for part in licence.get("parts", []):
            parts[(part["role"], part["name"])] = part
            if not set(part["covers"]) & set(covering):
                idle.add(Part(**part).reason)
        reasons |= dict.fromkeys(reason for reason in licence.get("reasons", []) if reason not in idle)
    return {
        "kind": "research" if reasons else "open",
        "reasons": list(reasons),
        "parts": list(parts.values()),
    }


def of_both(provenance: Mapping[str, Any], description: Mapping[str, Any], made: Covered) -> dict[str, Any]:
    """Return the licence of what a model, by its `model.json`, makes of a dataset, of which `made` is in it."""
    return combined(
        [combined([stated_licence_of(provenance)], covering=(made,)), stated_model_licence(description)]
    )


def licence_metadata(licence: Mapping[str, Any]) -> dict[str, str]:
    """Return what a table's metadata says of a licence: its class and its reasons.

    >>> licence_metadata({"kind": "open", "reasons": [], "parts": ["..."]})
    {'licence': '{"kind": "open", "reasons": []}'}
    """
    return {_KEY: json.dumps({"kind": licence["kind"], "reasons": list(licence["reasons"])})}


def joined_licence(stated: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return the licence of what is made of several tables, by their metadata: the strictest, with all reasons.

    >>> joined_licence([{"licence": '{"kind": "open", "reasons": []}'}, {}])["kind"]
    'research'
    """
    return combined(map(_of_table, stated))


def _of_table(metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        reasons = [str(reason) for reason in json.loads(metadata[_KEY])["reasons"]]
    except (LookupError, TypeError, ValueError):
        reasons = ["A table that this is made of states no licence: pass nothing on."]
    return {"reasons": reasons, "parts": []}
