"""Names of the catalog are each of one thing: joined of the corpus' own, two of these could give the same."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from fer_data.corpora.given import GivenRow, Medium
from fer_data.corpora.given_rows import RowIds
from fer_data.errors import CorpusError
from fer_data.shell.shown import printable

__all__ = ["OwnNames"]

_Claim = tuple[str, str, str]
"""A column, the name in it, and what is called so."""


@dataclass(eq=False, slots=True)
class OwnNames:
    """What each name stands for.

    Single pictures are held against the names of clips and people before them but not kept, so memory does not grow
    with them.
    """

    medium: Medium
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    _last: tuple[str | None, str, str | None] = (None, "", None)

    def check(self, row: GivenRow, ids: RowIds) -> None:
        """Refuse a row that is called after one thing and whose name another has.

        Raises:
            CorpusError: two clips, faces or people of the corpus would have one name.
        """
        own = row.clip, row.face, row.person
        if row.clip is not None and own == self._last:  # the next frame of the same
            return
        self._last = own
        for column, name, what in self._claims(row, ids):
            lone = row.clip is None and not (column == "subject_id" and row.person is not None)
            key = column, name
            other = self.known.get(key, what) if lone else self.known.setdefault(key, what)
            if other != what:
                raise CorpusError(
                    f"{printable(other)} and {printable(what)} would both have the {column} {printable(name)}. "
                    "Rename one of them in the corpus.",
                    rule="same-name",
                )

    def _claims(self, row: GivenRow, ids: RowIds) -> Iterator[_Claim]:
        kind = "video" if self.medium == "videos" else "clip"
        clip = f"picture {row.path}" if row.clip is None else f"{kind} {_quoted(row.clip)}"
        face = f"face {_quoted(row.face)} of {clip}" if row.face else clip
        person = None if row.person is None else f"person {_quoted(row.person)}"
        videos = self.medium == "videos"
        unnamed = f"{face if videos else clip}, whose person nobody names,"
        yield "video_id", ids.video_id, clip
        series = f"{person} in {face}" if videos and person else face
        yield "series_id" if videos else "row_id", ids.row_id.rpartition("/")[0], series
        yield "subject_id", ids.subject_id, person or unnamed


def _quoted(name: str) -> str:
    """Return a name in quotes; one that is not composed Unicode shows what sets it apart from one that is."""
    return repr(name) if unicodedata.is_normalized("NFC", name) else ascii(name)
