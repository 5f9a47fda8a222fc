"""What an adapter offers: a kind of corpus, and a folder of it opened."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.errors import CorpusError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding

__all__ = ["Adapter", "OnError", "OpenedCorpus", "refuse"]

OnError = Callable[[CorpusError], None]
"""What to do with a file that cannot be read: raise, or note it and go on without the file."""


def refuse(error: CorpusError) -> None:
    """Raise the error: one wrong file ends the run."""
    raise error


class OpenedCorpus(Protocol):
    """The folder of a corpus, its layout known and its lists found. Names in it are the corpus' own, without prefix."""

    @property
    def classes(self) -> Sequence[str]:
        """Return the names of its expression classes, in the order of the corpus."""

    @property
    def videos(self) -> Mapping[str, str]:
        """Return the path of each video relative to the root, by video_id; none of a corpus of pictures."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is odd about it: all of it once `rows` was read to its end."""

    @property
    def found(self) -> Mapping[str, int]:
        """Return what was counted, by the corpus' names of its parts, to be held against the totals of its kind.

        All of it is counted once `rows` was read to its end.
        """

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the annotated faces. It may be called again, and yields the same.

        Of videos a chunk is one person in one video, frames rising. Of pictures a chunk is of any size, all of them in
        the order of their paths, so that a corpus of a million is never in memory at once.

        Raises:
            CorpusError: a list or label file breaks a rule, unless what `open` was given takes it.
        """


class Adapter(Protocol):
    """How one kind of corpus is read."""

    @property
    def kind(self) -> CorpusKind:
        """Return what is true of every copy of it."""

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedCorpus:
        """Return the folder, opened.

        Raises:
            CorpusError: no folder, or files that fit no known release: it says what was found and what was expected.
        """
