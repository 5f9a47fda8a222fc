"""What an output is made of, part by part: each corpus and each file of weights, with what its licence comes to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from fer_data.errors import LicenceError
from fer_data.published.licence_records import (
    CORPORA,
    DETECTORS,
    OWN,
    OWN_KINDS,
    SAMPLE,
    TELLING_NAMES,
    UNKNOWN,
    WEIGHTS,
    Covered,
    LicenceRecord,
)

__all__ = [
    "ATTRIBUTED",
    "FREE",
    "OPEN_LICENCES",
    "SHARED_ALIKE",
    "Kind",
    "Part",
    "corpus_part",
    "record_part",
    "spelled",
    "unknown_weights",
    "weights_parts",
]

Kind = Literal["open", "research"]
"""`open`: may be passed on. `research`: restricted to those who hold each licence, as it allows; passed on by none."""

FREE = frozenset({"cc0-1.0", "pddl"})
ATTRIBUTED = frozenset({"apache-2.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "mit", "odc-by"})
SHARED_ALIKE = frozenset({"cc-by-sa-3.0", "cc-by-sa-4.0", "odbl"})

OPEN_LICENCES = FREE | ATTRIBUTED | SHARED_ALIKE
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


def corpus_part(
    name: str,
    source: Mapping[str, Any],
    *,
    rendered: bool,
    stated: str | None = None,
    names: Iterable[str] = (),
) -> Part:
    """Return what is known of the licence of one source.

    Args:
        name: of the source.
        source: what `sources` says of it: its `corpus`, and a `layout` where the folders are a user's own.
        rendered: whether the sample's truth knows its videos; crops that come from elsewhere it does not know.
        stated: `publish.licences` of it, which counts for own folders alone.
        names: of its videos or pictures: those that a corpus gives its files give it away in any folder.

    Raises:
        LicenceError: a licence is stated for a corpus that has one.

    >>> corpus_part("lab", {"corpus": "pictures"}, rendered=False).kind
    'research'
    >>> corpus_part("lab", {"corpus": "pictures"}, rendered=False, stated="CC0-1.0").kind
    'open'
    """
    corpus, rendered = str(source.get("corpus")), rendered and source.get("crops") is None
    own = corpus in OWN_KINDS or source.get("layout") is not None
    told = _told_by_names(names) if own and not rendered else None
    if told is not None:
        own, corpus = False, told[0]
    known = SAMPLE if rendered else OWN if own else _of_corpus(corpus)
    if known is not OWN and stated is not None:
        raise LicenceError(_not_ones_own(f"publish.licences.{name} ({stated})", known, told))
    if known is not OWN or stated is None:
        return record_part("corpus", name, known)
    record = replace(OWN, licence=spelled(stated), where=f"publish.licences.{name}, as its user states it")
    return record_part("corpus", name, record, believed=True)


def _not_ones_own(stated: str, known: LicenceRecord, told: tuple[str, str] | None) -> str:
    by_names = f", by names such as {told[1]}" if told else ""
    return (
        f"{stated} must be of a folder of your own, but the source is {known.title}{by_names}, whose licence "
        f"({known.licence}) is not yours to state. Take it out; a folder of your own has corpus "
        f"{' or '.join(sorted(OWN_KINDS))}, or a layout of its own."
    )


def _told_by_names(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the corpus whose files are called like one of these, with that name; None where no name tells anything.

    >>> _told_by_names(["party.mp4", "lab/1-30-1280x720/00001"])
    ('affwild2', 'lab/1-30-1280x720/00001')
    """
    patterns = {corpus: re.compile(rf"(^|/)({told})(/|\.|$)") for corpus, told in TELLING_NAMES.items()}
    found = ((corpus, name) for name in names for corpus, told in patterns.items() if told.search(name))
    return next(found, None)


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
    found = [
        record_part(
            "detector", detector, DETECTORS.get(detector) or unknown_weights(f"weights of {detector}")
        )
    ]
    identity = align.get("identity") or {}
    name = str(identity.get("name", "none"))
    if name != "none":
        record = WEIGHTS.get(str(identity.get("sha256"))) or DETECTORS.get(name)
        found.append(
            record_part(
                "identity", name, record or unknown_weights(f"weights called {name}, of another hash")
            )
        )
    return found


def spelled(licence: str) -> str:
    """Return the Hub's spelling of a licence that it has a name for; another one as it is.

    >>> spelled("CC-BY-4.0"), spelled("The lab's terms")
    ('cc-by-4.0', "The lab's terms")
    """
    lower = licence.strip().lower()
    return lower if lower in OPEN_LICENCES else licence


def record_part(role: str, name: str, record: LicenceRecord, *, believed: bool = False) -> Part:
    """Return a part; a record of terms that nobody read is open only where its user is believed."""
    read = believed or record.read is not None
    kind: Kind = "open" if read and record.licence in OPEN_LICENCES else "research"
    return Part(role, name, kind, **asdict(record))


def unknown_weights(title: str) -> LicenceRecord:
    """Return the record of weights that nobody knows."""
    return LicenceRecord(title, UNKNOWN, "whoever made them")
