"""The tables that `fer-data diff` prints, at most 80 columns wide."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fer_data.core.labels.tasks import LABELS
from fer_data.shell.shown import rich_text

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["diff_parts"]

_SHOWN_RECORDS = 20


def diff_parts(report: Mapping[str, Any]) -> Iterator["Table | str"]:
    """Yield the lines and tables of a report, in the order in which they are printed."""
    from fer_data.diff.lines import RECORDS, change_lines, record_lines, shift_lines, side_line

    yield f"A: {side_line(report['first'])}"
    yield f"B: {side_line(report['second'])}"
    changes = change_lines(report)
    if changes:
        yield _changes_table(report, changes)
    for task in report["spreads"]:
        if shifts := shift_lines(report, task):
            yield _shifts_table(task, shifts)
    for part, title in RECORDS.items():
        if lines := record_lines(report, part):
            yield _records_table(title, lines)
    for text in report["not_compared"]:
        yield f"not compared: {text}"
    yield _verdict(report)
    if report["html"] is not None:
        yield f"written to {report['html']}"


def _changes_table(report: Mapping[str, Any], lines: list[Any]) -> "Table":
    from rich.table import Table

    rows = report["rows"]
    counts = f"{rows['first']:,} in A, {rows['second']:,} in B"
    title = f"Rows: {counts}; {rows['changed']:,} of {rows['both']:,} in both changed"
    table = Table(title=title, width=80)
    table.add_column("change", overflow="fold", max_width=26)
    for heading in ("originals", "copies"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("what to know", overflow="fold")
    for line in lines:
        table.add_row(
            rich_text(line.change), f"{line.originals:,}", f"{line.copies:,}", rich_text(line.detail)
        )
    return table


def _shifts_table(task: str, lines: list[Any]) -> "Table":
    from rich.table import Table

    kind = LABELS[task].kind
    share = {"values": "mean (sd)", "classes": "share", "units": "present"}[kind]
    copies = "; + augmented copies" if kind == "classes" else ""
    table = Table(
        title=f"{LABELS[task].title.capitalize()}, where it differs", caption=f"rows with a label{copies}"
    )
    table.add_column("split", no_wrap=True)
    table.add_column("label", overflow="fold")
    for heading in ("A", "B", f"{share} A", "B"):
        table.add_column(heading, justify="right", overflow="fold")
    for line in lines:
        table.add_row(line.split, rich_text(line.name), *line[2:])
    return table


def _records_table(title: str, lines: list[tuple[str, str, str]]) -> "Table":
    from rich.table import Table

    rest = len(lines) - _SHOWN_RECORDS
    caption = f"{rest:,} more with --json or --html" if rest > 0 else None
    table = Table(title=title.capitalize(), caption=caption)
    for heading in ("name", "A", "B"):
        table.add_column(heading, overflow="fold")
    for line in lines[:_SHOWN_RECORDS]:
        table.add_row(*map(rich_text, line))
    return table


def _verdict(report: Mapping[str, Any]) -> str:
    from fer_data.diff.lines import RECORDS

    made = any(report[part] for part in RECORDS)
    if report["equal"]:
        return f"Equal data{': only how they were made differs' if made else ''}, by {report['compared']}."
    rows = report["rows"]
    if rows["reordered"]:
        return "The data differ; rows that stayed in their split stand in another order."
    if rows["changed"] or rows["first"] != rows["both"] or rows["second"] != rows["both"]:
        return "The data differ."
    return "The data differ, but no row in what could be compared."
