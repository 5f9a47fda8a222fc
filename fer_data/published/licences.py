"""What the licences of the pictures and of the detector allow."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["OPEN_LICENCES", "Licence", "licence_of"]

OPEN_LICENCES = frozenset(
    {"apache-2.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "mit",
     "odc-by", "pddl"}
)  # fmt: skip
"""Licences, by the Hub's names, that let anyone pass the data on for any purpose."""


@dataclass(frozen=True, slots=True)
class Licence:
    """What may be done with a published dataset.

    Attributes:
        pictures: the licence of the pictures, as `publish.licence` states it.
        kind: `open`: may be passed on; `research`: non-commercial research, by those who hold the licence.
        reasons: one sentence for everything that keeps it from being open.
    """

    pictures: str
    kind: Literal["open", "research"]
    reasons: tuple[str, ...]


def licence_of(pictures: str, detector: str | None) -> Licence:
    """Return what the licence of the pictures and that of the detector's weights, if any, allow together.

    >>> licence_of("cc0-1.0", "centerface").kind
    'open'
    """
    reasons = []
    if pictures.lower() not in OPEN_LICENCES:
        reasons.append(
            f"The pictures are under '{pictures}', which is not known as an open licence: "
            "pass them on only as it allows."
        )
    if detector == "insightface":
        reasons.append(
            "The faces were found with InsightFace's weights, which are for non-commercial research only."
        )
    return Licence(pictures, "research" if reasons else "open", tuple(reasons))
