"""What intervals draw: whole videos, whole people where a corpus names them, else single pictures.

People resemble themselves, so an interval must draw them whole. Of pictures of nobody knows whom it can only draw
pictures: several of one person count as if they were independent, so the true uncertainty is larger.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOWER_BOUND", "VIDEOS", "Drawn", "drawn_units"]

LOWER_BOUND = (
    "Intervals over pictures of nobody knows whom are a lower bound of the uncertainty: one person may be on many. "
    "No p-value is given."
)
"""What stands by every interval that draws pictures."""

_KINDS = {"given": "people", "video": "videos", "none": "pictures"}
_ONE = {"people": "person", "videos": "video", "pictures": "picture", "units": "unit"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn.

    Attributes:
        kind: `videos`, `people`, `pictures`; `units` where rows differ in it.
        lower_bound: whether pictures of nobody knows whom are among them, so that an interval says less than it seems.
    """

    kind: str = "videos"
    lower_bound: bool = False

    def counted(self, count: int) -> str:
        """Return a number of them in words.

        >>> Drawn().counted(1), Drawn("people").counted(1200)
        ('1 video', '1,200 people')
        """
        return f"{count:,} {_ONE[self.kind] if count == 1 else self.kind}"

    @property
    def whole(self) -> str:
        """Return what is drawn in words: pictures cannot be but whole.

        >>> Drawn().whole, Drawn("pictures", lower_bound=True).whole
        ('whole videos', 'pictures')
        """
        return self.kind if self.kind == "pictures" else f"whole {self.kind}"

    @property
    def note(self) -> str:
        """Return what must stand by an interval; empty where it says what it seems to."""
        return LOWER_BOUND if self.lower_bound else ""


VIDEOS = Drawn()


def drawn_units(
    sources: Sequence[str], subjects: Sequence[str], videos: Sequence[str]
) -> tuple[NDArray[np.str_], Drawn]:
    """Return the unit of each row, (n,), and what units are.

    Args:
        sources: `subject_source` of each row.
        subjects: subject of each row, which is drawn where the corpus names people.
        videos: video of each row, of a single picture its id.

    >>> units, drawn = drawn_units(["given", "given"], ["ann", "ann"], ["1", "2"])
    >>> units.tolist(), drawn.kind
    (['ann', 'ann'], 'people')
    """
    known = np.asarray(sources, np.str_)
    names = np.unique(known).tolist()
    kinds = sorted({_KINDS.get(name, "videos") for name in names})
    units = np.where(known == "given", np.asarray(subjects, np.str_), np.asarray(videos, np.str_))
    if len(kinds) <= 1:
        kind = kinds[0] if kinds else "videos"
        return units, Drawn(kind, kind == "pictures")
    marked = np.char.add(np.char.add(known, ":"), units)  # a person and a video may have one name
    return marked, Drawn("units", "pictures" in kinds)
