"""A corpus whose rows are made while they are read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fer_data.corpora.given import GivenRow
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.shell.files.findings import Finding

__all__ = ["StreamedCorpus"]


@dataclass(slots=True)
class StreamedCorpus:
    """A folder of a corpus, opened.

    Attributes:
        read: yields its rows, and counts what is odd about them.
        found: what was counted, by the corpus' names of its parts.
        classes: its expressions, in its order.
        videos: path of each video by its id.
        noted: what is odd about the folder.
    """

    read: Callable[[OddityCounts], Iterator[Sequence[GivenRow]]]
    found: Mapping[str, int]
    classes: Sequence[str] = ()
    videos: Mapping[str, str] = field(default_factory=dict)
    noted: Sequence[Finding] = ()
    _met: OddityCounts = field(default_factory=OddityCounts)

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is odd about the folder, and about the rows that were read."""
        return (*self.noted, *self._met.findings())

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the rows; what is odd about them is counted anew each time."""
        self._met = OddityCounts()
        yield from self.read(self._met)
