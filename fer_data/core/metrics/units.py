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
"""What stands by every interval that draws pictures of which nobody says whom they show."""

_KINDS = {"given": "people", "video": "videos", "none": "pictures"}
_ONE = {"people": "person", "videos": "video", "pictures": "picture"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn.

    Attributes:
        kinds: `videos`, `people`, `pictures`; several where rows differ in it.
    """

    kinds: tuple[str, ...] = ("videos",)

    @property
    def kind(self) -> str:
        """Return the key under which reports count them: `units` where there are several kinds."""
        return self.kinds[0] if len(self.kinds) == 1 else "units"

    @property
    def words(self) -> str:
        """Return what is drawn in words."""
        return " and ".join(self.kinds)

    @property
    def lower_bound(self) -> bool:
        """Return whether pictures of nobody knows whom are among them: an interval says less than it seems."""
        return "pictures" in self.kinds

    def counted(self, count: int) -> str:
        """Return a number of them in words.

        >>> Drawn().counted(1), Drawn(("people", "pictures")).counted(1200)
        ('1 video', '1,200 people and pictures')
        """
        return f"{count:,} {_ONE.get(self.kind, self.words) if count == 1 else self.words}"

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
    kinds = tuple(sorted({_KINDS.get(name, "videos") for name in np.unique(known).tolist()})) or ("videos",)
    units = np.where(known == "given", np.asarray(subjects, np.str_), np.asarray(videos, np.str_))
    if len(kinds) > 1:
        units = np.char.add(np.char.add(known, ":"), units)  # a person and a video may have one name
    return units, Drawn(kinds)
