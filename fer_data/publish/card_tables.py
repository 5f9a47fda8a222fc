"""What is counted of a split for a dataset card, and tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["CardSplit", "LabelKind", "markdown_table"]


class LabelKind(NamedTuple):
    """Who made the labels of a corpus' rows, what they are of, and how its people are known; "" where nobody says."""

    corpus: str
    source: str
    scope: str
    people: str


@dataclass(frozen=True, slots=True)
class CardSplit:
    """What a card says of one split; the counts are by class, in label order.

    Attributes:
        name: train, validation or test.
        originals: frames by class, augmented copies left out.
        copies: augmented copies by class.
        unlabelled: frames without an expression.
        subjects: annotated people.
        videos: videos they are seen in.
        num_bytes: size on disk.
        corpora: rows, copies included, and people of each corpus, by its name.
        classes: originals by class of each corpus.
        kinds: originals by who made their labels and what these are of.
    """

    name: str
    originals: Sequence[int]
    copies: Sequence[int]
    unlabelled: int
    subjects: int
    videos: int
    num_bytes: int
    corpora: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    classes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    kinds: Mapping[LabelKind, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return the number of rows, copies included."""
        return sum(self.originals) + sum(self.copies) + self.unlabelled


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
