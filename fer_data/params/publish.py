"""Section `publish`: how the dataset is written and called."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from fer_data.shell.sections.load import Section

__all__ = ["CardParams", "PublishParams"]

LicenceText = Annotated[str, Field(pattern=r"^[^\p{C}\p{Zl}\p{Zp}]+$", max_length=200)]
CardText = Annotated[
    str, Field(pattern=r"^[^\p{C}\p{Zl}\p{Zp}]*[^\p{C}\p{Z}][^\p{C}\p{Zl}\p{Zp}]*$", max_length=2000)
]
Citation = Annotated[
    str,
    Field(
        pattern=r"^(?:[^\p{C}\p{Zl}\p{Zp}]|\n)*[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]|\n)*$", max_length=5000
    ),
]


class CardParams(Section):
    """What only who publishes a dataset knows; null is not stated.

    Attributes:
        controller: who decides on the processing, and answers for it.
        legal_basis: on which people's pictures are processed, such as an article of the GDPR.
        retention: how long the dataset is kept, and what ends that.
        contact: where the people in it, and its users, can write to.
        citation: how the dataset is to be cited; may have several lines, as BibTeX has.
    """

    controller: CardText | None
    legal_basis: CardText | None
    retention: CardText | None
    contact: CardText | None
    citation: Citation | None


_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(\.dev[0-9]{1,9})?")


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError(f"{text[:40]!r} must be X.Y.Z, such as 0.2.0, or X.Y.Z.devN for a draft")
    return text


class PublishParams(Section):
    """Name, version, licences and shard size of the published dataset, and what its card says of who answers for it.

    Attributes:
        licence: of the whole; it may only tighten what follows from all that the dataset is made of.
        licences: those of a user's own folders, by source; of a corpus the licence is known, or restricted.
        leakage: what becomes of people who are confirmed to be in two splits: they are counted, or publish stops.
    """

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$", max_length=100)]
    version: Annotated[str, AfterValidator(_version)]
    licence: LicenceText
    licences: dict[str, LicenceText]
    leakage: Literal["report", "fail"]
    shard_mb: Annotated[int, Field(ge=1, le=100_000)]
    card: CardParams
