"""The table of what a corpus folder holds, for `check` and `unpack`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fer_data.shell.shown import rich_text

if TYPE_CHECKING:
    from rich.table import Table

    from fer_data.check import Total
    from fer_data.corpora.completeness import Part

__all__ = ["parts_table", "totals_table"]

STYLES = {
    "complete": "green",
    "none missing": "green",
    "absent": "dim",
    "videos missing": "bold red",
    "partial": "yellow",
    "more": "yellow",
    "counted": "dim",
}
NAMED_VIDEOS = 3


def parts_table(parts: "Sequence[Part]") -> "Table":
    """Return a rich table of every split of every task with what is missing."""
    from rich.table import Table

    table = Table("task", "split", "subjects", "videos", "state", title="What is there")
    for column in table.columns:
        column.no_wrap = True
    table.add_column("lacks", overflow="fold")
    for part in parts:
        expected = "" if part.expected_videos is None else f" of {part.expected_videos:,}"
        table.add_row(
            part.task, part.split, f"{part.subjects:,}", f"{part.videos:,}{expected}",
            f"[{STYLES[part.verdict]}]{part.verdict}[/]", rich_text(_named(part.missing_videos)),
        )  # fmt: skip
    return table


def totals_table(corpus: str, totals: "Sequence[Total]") -> "Table":
    """Return a rich table of what was counted of a corpus, against what a whole copy has."""
    from rich.table import Table

    table = Table("part", "found", "expected", "state", title=f"What is there of {rich_text(corpus)}")
    for total in totals:
        expected = "" if total.expected is None else f"{total.expected:,}"
        state = f"[{STYLES[total.verdict]}]{total.verdict}[/]"
        table.add_row(rich_text(total.part), f"{total.found:,}", expected, state)
    return table


def _named(videos: Sequence[str]) -> str:
    rest = len(videos) - NAMED_VIDEOS
    return ", ".join(videos[:NAMED_VIDEOS]) + (f" and {rest:,} more" if rest > 0 else "")
