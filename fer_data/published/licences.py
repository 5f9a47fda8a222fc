"""What the licences allow of all that a dataset, its features, a model or predictions are made of: the strictest wins.

::

    corpora, detector, identity --licence_of--> dataset --model_licence(start weights)--> model
                                                   |                                       |
                                                   +---------------combined----------------+--> features, predictions
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from fer_data.errors import LicenceError
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
    "weights_parts",
]

Kind = Literal["open", "research"]
"""`open`: may be passed on. `research`: restricted to those who hold each licence, as it allows; passed on by none."""

_KEY = "licence"
"""Of a table's metadata."""

_FREE = frozenset({"cc0-1.0", "pddl"})
_ATTRIBUTED = frozenset({"apache-2.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "mit", "odc-by"})
_SHARED_ALIKE = frozenset({"cc-by-sa-3.0", "cc-by-sa-4.0", "odbl"})

OPEN_LICENCES = _FREE | _ATTRIBUTED | _SHARED_ALIKE
"""Licences, by the Hub's names, that let anyone pass the data on for any purpose."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that an output is made of, and its licence.

    Attributes:
        role: `corpus`, `detector`, `identity` (weights that told people apart) or `start` (where training began).
        name: of the source, of the detector or network, or the SHA-256 of the weights.
        kind: what the licence comes to; one that nobody read is no open one.
        title: of the corpus or weights; the rest is as `LicenceRecord` has it.
    """

    role: str
    name: str
    kind: Kind
    title: str
    licence: str
    holder: str
    covers: tuple[Covered, ...]
    read: str | None
    where: str

    @property
    def reason(self) -> str:
        """Return a sentence on what keeps it from being open."""
        named = {
            "corpus": f"Source {self.name}",
            "detector": "The detector",
            "identity": "What told people apart",
        }
        subject = named.get(self.role, "What training started from")
        if self.licence != UNKNOWN:
            return f"{subject} is {self.title} ({self.holder}): {self.licence}. Pass nothing on that it does not allow."
        remedy = " State it in `publish.licences`." if self.title == OWN.title else ""
        return (
            f"{subject} is {self.title} ({self.holder}), whose licence is not known: pass nothing on.{remedy}"
        )


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


def corpus_part(name: str, source: Mapping[str, Any], *, rendered: bool, stated: str | None = None) -> Part:
    """Return what is known of the licence of one source.

    Args:
        name: of the source.
        source: what `sources` says of it: its `corpus`, and a `layout` where the folders are a user's own.
        rendered: whether the sample's mark, or its truth, was found in it.
        stated: `publish.licences` of it, which counts for own folders alone.

    Raises:
        LicenceError: a licence is stated for a corpus that has one.

    >>> corpus_part("lab", {"corpus": "pictures"}, rendered=False).kind
    'research'
    >>> corpus_part("lab", {"corpus": "pictures"}, rendered=False, stated="CC0-1.0").kind
    'open'
    """
    corpus = str(source.get("corpus"))
    own = corpus in OWN_KINDS or source.get("layout") is not None
    if stated is not None and (rendered or not own):
        known = SAMPLE if rendered else _of_corpus(corpus)
        raise LicenceError(
            f"publish.licences.{name} ({stated}) must be of a folder of your own, but the source is {known.title}, "
            f"whose licence ({known.licence}) is not yours to state. Take it out; a folder of your own has corpus "
            f"{' or '.join(sorted(OWN_KINDS))}, or a layout of its own."
        )
    if rendered:
        return _part("corpus", name, SAMPLE)
    if not own:
        return _part("corpus", name, _of_corpus(corpus))
    if stated is None:
        return _part("corpus", name, OWN)
    record = replace(OWN, licence=_spelled(stated), where=f"publish.licences.{name}, as its user states it")
    return _part("corpus", name, record, believed=True)


def _of_corpus(corpus: str) -> LicenceRecord:
    return CORPORA.get(corpus) or LicenceRecord(f"a corpus of kind {corpus}", UNKNOWN, "whoever made it")


def weights_parts(detector: str | None, align: Mapping[str, Any]) -> list[Part]:
    """Return what is known of the weights that found faces and told people apart.

    Args:
        detector: name of the one that was used; None where crops were given and no weights were.
        align: section `align`, as the stage ran with it.
    """
    if detector is None:
        return []
    found = [_part("detector", detector, DETECTORS.get(detector) or _unknown(f"weights of {detector}"))]
    identity = align.get("identity") or {}
    name = str(identity.get("name", "none"))
    if name != "none":
        record = WEIGHTS.get(str(identity.get("sha256"))) or DETECTORS.get(name)
        found.append(_part("identity", name, record or _unknown(f"weights called {name}, of another hash")))
    return found


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
    if _spelled(pictures) not in OPEN_LICENCES:
        stated = f"The dataset is stated to be under '{pictures}', which is not known as an open licence"
        reasons.insert(0, f"{stated}: pass it on only as it allows.")
    return Licence(pictures, "research" if reasons else "open", tuple(reasons), tuple(parts))


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
    if part.licence in _SHARED_ALIKE and part.kind == "open":
        return _family(pictures) == _family(part.licence)
    return stated >= _strictness(part)


def _strictness(part: Part) -> int:
    return _rank(part.licence if part.kind == "open" else "other")


def _rank(licence: str) -> int:
    """Return how strict a licence is: 0 without conditions, 1 attribution, 2 share alike, 3 restricted or unknown."""
    tiers = (_FREE, _ATTRIBUTED, _SHARED_ALIKE)
    return next((rank for rank, tier in enumerate(tiers) if _spelled(licence) in tier), len(tiers))


def _family(licence: str) -> str:
    """Return a licence without its version: a later one of the same kind may take its place."""
    return _spelled(licence).rstrip("0123456789.-")


def _spelled(licence: str) -> str:
    """Return the Hub's spelling of a licence that it has a name for; another one as it is.

    >>> _spelled("CC-BY-4.0"), _spelled("The lab's terms")
    ('cc-by-4.0', "The lab's terms")
    """
    lower = licence.strip().lower()
    return lower if lower in OPEN_LICENCES else licence


def _part(role: str, name: str, record: LicenceRecord, *, believed: bool = False) -> Part:
    """Return a part; a record of terms that nobody read is open only where its user is believed."""
    read = believed or record.read is not None
    kind: Kind = "open" if read and record.licence in OPEN_LICENCES else "research"
    return Part(role, name, kind, **asdict(record))


def _unknown(title: str) -> LicenceRecord:
    return LicenceRecord(title, UNKNOWN, "whoever made them")


def _reasons(parts: Iterable[Part]) -> list[str]:
    return list(dict.fromkeys(part.reason for part in parts if part.kind != "open"))


def stated_licence_of(provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a dataset's provenance says of its licence; research where that is what nobody can tell.

    Versions before 0.3.0 list no parts: what they are made of is then unknown, unless their faces are rendered.
    """
    stated = dict(provenance.get("licence") or {})
    if "parts" in stated:
        return stated
    origin = provenance.get("origin") or {}
    kinds = str(origin.get("corpus") or "unknown").split(", ")
    rendered = origin.get("rendered") is True
    parts = [corpus_part(kind, {"corpus": kind}, rendered=rendered) for kind in kinds]
    detector = (provenance.get("detector") or {}).get("name")
    parts += weights_parts(detector, (provenance.get("params") or {}).get("align") or {})
    reasons = list(dict.fromkeys([*stated.get("reasons", []), *_reasons(parts)]))
    return {
        "kind": "research" if reasons else "open",
        "reasons": reasons,
        "parts": [asdict(part) for part in parts],
    }


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
    record = WEIGHTS.get(sha256) or _unknown("a file of weights that states no licence")
    if sha256 not in WEIGHTS and stated:
        where = "its own metadata state it"
        record = LicenceRecord("a file of weights", _spelled(str(stated)), "whoever made them", where=where)
    part = _part("start", sha256, record, believed=bool(stated))
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


def of_both(provenance: Mapping[str, Any], model: Mapping[str, Any], made: Covered) -> dict[str, Any]:
    """Return the licence of what a model of one licence makes of a dataset, of which `made` is in it."""
    return combined([combined([stated_licence_of(provenance)], covering=(made,)), model])


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
