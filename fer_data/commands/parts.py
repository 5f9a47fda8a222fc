"""The table of what a corpus folder holds, for `check` and `unpack`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_data.check import Total
    from fer_data.corpora.completeness import Part
    from fer_data.terminal.table import TextTable

__all__ = ["parts_table", "totals_table"]

NAMED_VIDEOS = 3


def parts_table(parts: "Sequence[Part]") -> "TextTable":
    """Return a table of every split of every task with what is missing."""
    from fer_data.terminal.show import status
    from fer_data.terminal.table import TextTable, number, text, word

    columns = (word("task"), word("split"), number("subjects"), number("videos"), word("state"))
    table = TextTable("What is there", *columns, text("lacks"))
    for index, part in enumerate(parts):
        expected = "" if part.expected_videos is None else f" of {part.expected_videos:,}"
        table.add(
            part.task if not index or parts[index - 1].task != part.task else "", part.split, f"{part.subjects:,}",
            f"{part.videos:,}{expected}", status(part.verdict), _named(part.missing_videos),
        )  # fmt: skip
    return table


def totals_table(corpus: str, totals: "Sequence[Total]") -> "TextTable":
    """Return a table of what was counted of a corpus, against what a whole copy has."""
    from fer_data.terminal.show import status
    from fer_data.terminal.table import TextTable, number, text, word

    table = TextTable(
        f"What is there of {corpus}", text("part"), number("found"), number("expected"), word("state")
    )
    for total in totals:
        expected = "" if total.expected is None else f"{total.expected:,}"
        table.add(total.part, f"{total.found:,}", expected, status(total.verdict))
    return table


def _named(videos: Sequence[str]) -> str:
    rest = len(videos) - NAMED_VIDEOS
    return ", ".join(videos[:NAMED_VIDEOS]) + (f" and {rest:,} more" if rest > 0 else "")
