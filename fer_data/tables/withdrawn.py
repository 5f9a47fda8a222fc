"""Rows of people who withdrew: they are counted, and nothing of whom or what they show is in any table.

::

    a withdrawn row keeps   its place, split, frame_index and side; the video_id where others are in the video too
    it is called            PREFIX~withdrawn-1/00001: a number a person, and no name of a corpus begins with "~"
    it has lost             every label and what is known of it, the name of its person, and all that a face has
"""

import json
import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Mask

__all__ = ["WITHDRAWN", "is_pseudonym", "is_withdrawn", "mentioning", "pseudonym", "withdrawn_rows"]

WITHDRAWN = "withdrawn"
"""Key of the catalog's metadata: the pseudonyms of those who withdrew, as a JSON list; absent without any."""

_MARK = "~withdrawn-"


def pseudonym(prefix: str, number: int) -> str:
    """Return what stands for a person who withdrew.

    >>> pseudonym("lab-", 2)
    'lab-~withdrawn-2'
    """
    return f"{prefix}{_MARK}{number}"


def is_pseudonym(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which names stand for somebody who withdrew, of rows that are."""
    return pc.match_substring(names, _MARK)


def mentioning(names: Iterable[str]) -> re.Pattern[str]:
    r"""Return what finds any of some names in a text, where it stands alone: `7_left` is not in `17_left`.

    >>> bool(mentioning(["7"]).search("a/7.txt")), bool(mentioning(["7"]).search("a/17.txt"))
    (True, False)
    """
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, sorted(names)))})(?![\w-])")


def is_withdrawn(rows: pa.Table) -> pa.ChunkedArray:
    """Return which rows of a catalog are of people who withdrew, by what its metadata states."""
    stated = (rows.schema.metadata or {}).get(WITHDRAWN.encode(), b"[]")
    return pc.is_in(rows["subject_id"], pa.array(json.loads(stated), pa.string()))


def withdrawn_rows(rows: pa.Table) -> Mask:
    """Return the same as an array, (n,)."""
    return np.asarray(is_withdrawn(rows).to_numpy(), np.bool_)
