"""The tables that `fer-data diff` prints, at most 80 columns wide."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fer_data.core.labels.tasks import LABELS

if TYPE_CHECKING:
    from fer_data.terminal.table import TextTable

__all__ = ["diff_parts"]

_SHOWN_RECORDS = 20


def diff_parts(report: Mapping[str, Any]) -> Iterator["TextTable | str"]:
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


def _changes_table(report: Mapping[str, Any], lines: list[Any]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text

    rows = report["rows"]
    counts = f"{rows['first']:,} in A, {rows['second']:,} in B"
    title = f"Rows: {counts}; {rows['changed']:,} of {rows['both']:,} in both changed"
    table = TextTable(title, text("change"), number("originals"), number("copies"), text("what to know"))
    for line in lines:
        table.add(line.change, f"{line.originals:,}", f"{line.copies:,}", line.detail)
    return table


def _shifts_table(task: str, lines: list[Any]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text, word

    kind = LABELS[task].kind
    share = {"values": "mean (sd)", "classes": "share", "units": "present"}[kind]
    copies = "; + augmented copies" if kind == "classes" else ""
    numbers = (number(heading) for heading in ("A", "B", f"{share} A", "B"))
    table = TextTable(
        f"{LABELS[task].title.capitalize()}, where it differs", word("split"), text("label"), *numbers,
        note=f"rows with a label{copies}",
    )  # fmt: skip
    for line in lines:
        table.add(line.split, line.name, *line[2:])
    return table


def _records_table(title: str, lines: list[tuple[str, str, str]]) -> "TextTable":
    from fer_data.terminal.table import TextTable, text

    rest = len(lines) - _SHOWN_RECORDS
    note = f"{rest:,} more with --json or --html" if rest > 0 else ""
    table = TextTable(title.capitalize(), text("name"), text("A"), text("B"), note=note)
    for line in lines[:_SHOWN_RECORDS]:
        table.add(*line)
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
