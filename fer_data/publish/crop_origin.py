"""Where the crops of a dataset come from: made here, or given; what that says of their field of view, in one word."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.network import AND_GIVEN, GIVEN
from fer_data.tables.face_rows import is_given

__all__ = ["CropOrigin", "crops_text", "origin_of"]


@dataclass(frozen=True, slots=True)
class CropOrigin:
    """How many crops of a dataset, augmented copies left out, come from where.

    Attributes:
        own: found, tracked and warped here.
        given: taken as they were given.
        enlarged: show fewer pixels of their source than they have, by `native_px`.
    """

    own: int = 0
    given: int = 0
    enlarged: int = 0

    def __add__(self, other: "CropOrigin") -> "CropOrigin":
        """Return the counts of both together."""
        return CropOrigin(self.own + other.own, self.given + other.given, self.enlarged + other.enlarged)

    def geometry(self, own: str) -> str:
        """Return the one word for all crops, where our own are warped by `own`.

        >>> CropOrigin(own=3, given=1).geometry("similarity")
        'similarity+given'
        """
        if not self.given:
            return own
        return f"{own}{AND_GIVEN}" if self.own else GIVEN


def origin_of(rows: pa.Table, resolution: int) -> CropOrigin:
    """Return where rows of the faces' table, all of which have a crop, have it from; `resolution` is published."""
    given = pc.sum(is_given(rows)).as_py() or 0
    enlarged = pc.sum(pc.less(rows["native_px"], resolution)).as_py() or 0
    return CropOrigin(len(rows) - given, given, enlarged)


def crops_text(provenance: Mapping[str, Any], *, single: bool) -> str:
    """Return in sentences where the crops of a published dataset come from; nobody is tracked in single pictures."""
    align, crops = provenance["params"]["align"], provenance["crops"]
    own = (
        f"Faces found by {provenance['detector']['name']}, {'' if single else 'tracked, '}assigned to the annotated "
        f"{'picture' if single else 'person'}, and warped "
        f"(`{align['geometry']}`, margin {align['margin']}) to {align['size']} px."
    )
    if not crops["given"]:
        return own
    brought = (
        "" if provenance["pictures"]["method"] == GIVEN else f"; they were brought to {align['size']} px"
    )
    given = (
        "crops that were given (`crops` of a source): nothing was detected, tracked or aligned in them here, and their "
        f"field of view is that of whoever made them{brought}"
    )
    if not crops["own"]:
        return f"All {crops['given']:,} originals are {given} (`geometry: given`)."
    return (
        f"{crops['own']:,} of {crops['own'] + crops['given']:,} originals: {own[0].lower()}{own[1:]} "
        f"The other {crops['given']:,} are {given} (`geometry: {provenance['geometry']}`)."
    )
