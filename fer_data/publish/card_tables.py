"""What is counted of a split for a dataset card, and tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fer_data.publish.label_counts import LabelCounts
from fer_data.tables.footage import Footage, footage_of

__all__ = ["CardSplit", "LabelKind", "footage_of_all", "markdown_table", "single_corpora"]


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
        subjects: annotated people, as far as anybody says whom the rows show.
        videos: videos they are seen in.
        num_bytes: size on disk.
        corpora: rows, copies included, and people of each corpus, by its name.
        classes: originals by class of each corpus.
        kinds: originals by who made their labels and what these are of.
        single: whether all rows of each corpus are single pictures.
        labels: what is known of action units and values.
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
    single: Mapping[str, bool] = field(default_factory=dict)
    labels: LabelCounts = field(default_factory=LabelCounts)

    def people(self, corpus: str | None = None) -> str:
        """Return how many people are seen, of a corpus or of all; pictures of nobody known are not people.

        >>> CardSplit("train", [2], [], 0, 2, 2, 1, {"a": (2, 2)}, {}, {LabelKind("a", "", "", "none"): 2}).people()
        'unknown'
        """
        if not self.kinds:
            return str(self.subjects if corpus is None else self.corpora[corpus][1])
        asked = self.corpora if corpus is None else [corpus]
        known = {kind.corpus for kind in self.kinds if kind.people != "none"}
        counted = (
            [str(sum(self.corpora[name][1] for name in asked if name in known))] if known & {*asked} else []
        )
        return " and ".join([*counted, *(["unknown"] if {*asked} - known else [])])

    @property
    def rows(self) -> int:
        """Return the number of rows, copies included."""
        return sum(self.originals) + sum(self.copies) + self.unlabelled


def footage_of_all(splits: Iterable[CardSplit]) -> Footage:
    """Return what the rows of all splits are called."""
    return footage_of(single_corpora(splits).values())


def single_corpora(splits: Iterable[CardSplit]) -> dict[str, bool]:
    """Return of each corpus whether its rows are single pictures, in every split that it has."""
    corpora: dict[str, bool] = {}
    for split in splits:
        corpora |= {name: single and corpora.get(name, True) for name, single in split.single.items()}
    return corpora


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
