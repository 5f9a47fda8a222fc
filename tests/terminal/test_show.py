"""Every table fits its terminal with whole numbers, and colour is for terminals alone."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from fer_data.terminal.show import show, show_parts, status
from fer_data.terminal.table import Column, TextTable, laid_out, number, text, word, wrapped

LONG = "annotations/EXPR_Set/Train_Set/a_very_long_video_name_of_a_participant_left-1080x1920.txt:12345"
CLASSES = ("Neutral", "A class whose name goes on and on as nobody would write it", "x" * 60, "嬉しい" * 12)


def printed(table: TextTable, width: int) -> list[str]:
    """Return the lines that show a table in a width."""
    console = Console(width=width, markup=False, highlight=False, emoji=False, color_system=None)
    with console.capture() as captured:
        for part in laid_out(table, width):
            console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def counts(splits: int) -> TextTable:
    """Return a table as `stats` has it: classes with large numbers, a group a split."""
    table = TextTable(
        "t", word("split"), text("class"), *map(number, ("frames", "share", "videos", "eff. n"))
    )
    for index in range(splits):
        for name in CLASSES:
            table.add(
                f"split_{index}", name, "12,345,678", "100.0%", "9,999", "10,000", end=name == CLASSES[-1]
            )
    return table


def sides(columns: int) -> TextTable:
    """Return a table with a column of numbers for each of many splits or sides."""
    table = TextTable("t", text("label"), *(number(f"split_{index:02}") for index in range(columns)))
    for name in CLASSES:
        table.add(name, *(f"{index}.123" for index in range(columns)))
    return table


def findings() -> TextTable:
    """Return a table as `check` has it."""
    columns = (word("severity"), word("rule"), number("count"), text("first at"), text("what"))
    table = TextTable("Findings", *columns)
    table.add(
        status("error"), "label-without-video", "1,234,567", LONG, "No video is called so. Add the video."
    )
    return table


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120])
@pytest.mark.parametrize(
    "table", [counts(20), sides(20), sides(1), findings()], ids=["rows", "columns", "one", "texts"]
)
def test_a_table_fits_and_cuts_nothing(table: TextTable, width: int) -> None:
    """No line is wider than the terminal, no number is cut, and every letter of a text is there."""
    lines = printed(table, width)
    assert max(map(cell_len, lines)) <= width
    whole = " ".join(lines)
    assert "…" not in whole
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            if column.kind == "number":
                assert cell.text in whole


def test_columns_that_do_not_fit_go_into_further_tables() -> None:
    """Each repeats the names of the rows; the numbers of all columns are there once."""
    lines = printed(sides(20), 80)
    headings = [line for line in lines if line.startswith("label")]
    assert len(headings) > 1
    assert re.findall(r"split_\d\d", " ".join(headings)) == [f"split_{index:02}" for index in range(20)]


def test_a_terminal_too_narrow_for_columns_shows_lines() -> None:
    """A heading and a value each, the severity and the rule first."""
    lines = printed(findings(), 30)
    assert lines[:3] == ["severity: error", "rule: label-without-video", "count: 1,234,567"]


@pytest.mark.parametrize(
    ("said", "width", "lines"),
    [
        ("data/published/128 is damaged", 80, ["data/published/128 is damaged"]),
        ("data/published/128 is damaged", 14, ["data/", "published/128", "is damaged"]),
        ("a name", 3, ["a", "nam", "e"]),
        ("", 3, [""]),
        ("日本語", 4, ["日本", "語"]),
    ],
)
def test_words_are_broken_last(said: str, width: int, lines: list[str]) -> None:
    """Between words first, then behind the separators of a path, and within a name where nothing else is left."""
    assert wrapped(said, width) == lines


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text(max_size=90), min_size=1, max_size=4),
    st.lists(st.sampled_from(["text", "word", "number"]), min_size=1, max_size=4),
    st.integers(40, 120),
)
def test_any_text_is_shown_as_it_is(cells: list[str], kinds: list[str], width: int) -> None:
    """Names of files are no markup and steer nothing, whatever they hold."""
    kinds = [*kinds, "text"][: len(cells)]
    table = TextTable("t", *(Column("h", kind) for kind in kinds))  # type: ignore[arg-type]
    table.add(*cells[: len(kinds)])
    assert all(line.isprintable() for line in printed(table, width))


def test_an_interval_goes_below_its_number() -> None:
    """A cell of a number is broken before its brackets and nowhere else."""
    table = TextTable("t", text("evaluation"), *map(number, ("macro F1", "of classes present", "gain")))
    table.add("runs/7/report", *["+0.759 [+0.698, +0.815]"] * 3)
    lines = printed(table, 70)
    assert max(map(len, lines)) <= 70
    assert sum(line.count("[+0.698, +0.815]") for line in lines) == 3


def test_an_empty_table_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without rows is no error; lines and tables stand apart."""
    show_parts(["first", TextTable("Nothing", word("a"), number("b"))])
    assert capsys.readouterr().out.splitlines()[:4] == ["first", "", "Nothing", "a  b"]


PROGRAM = """
from fer_data.terminal.show import show, show_line, show_note, status
from fer_data.terminal.table import TextTable, text, word
table = TextTable("A title", word("status"), text("what"), note="what it means " * 10)
table.add(status("missing"), "some words " * 20)
show(table)
show_line("a line " * 20, "yellow")
"""
QUIET = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM", "CLICOLOR", "TTY_COMPATIBLE"}


def seen(own: Mapping[str, str] = MappingProxyType({}), *, terminal: bool, columns: int = 80) -> str:
    """Return what a program prints into a terminal of some columns, or into a pipe."""
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    environment = {**kept, "TERM": "xterm-256color", **own}
    command = [sys.executable, "-c", PROGRAM]
    if not terminal:
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    leader, follower = pty.openpty()
    subprocess.run(["stty", "cols", str(columns), "rows", "24"], stdin=follower, check=True)
    with subprocess.Popen(command, env=environment, stdin=follower, stdout=follower, stderr=follower):
        os.close(follower)
        parts = []
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:
                break
            if not part:
                break
            parts.append(part)
    os.close(leader)
    return b"".join(parts).decode().replace("\r\n", "\n")


def test_colour_is_for_terminals() -> None:
    """A pipe gets plain text of 80 columns; NO_COLOR and TERM=dumb are heard, FORCE_COLOR colours a pipe."""
    coloured = re.compile(r"\x1b\[[0-9;]*3[1-7]m")
    plain, forced = seen(terminal=False), seen({"FORCE_COLOR": "1"}, terminal=False)
    assert "\x1b" not in plain
    assert not any(line != line.rstrip() for line in plain.splitlines()[:-1])
    assert coloured.search(forced)
    assert re.sub(r"\x1b\[[0-9;]*m", "", forced).replace(" \n", "\n").split() == plain.split()
    assert coloured.search(seen(terminal=True))
    assert not coloured.search(seen({"NO_COLOR": "1"}, terminal=True))
    assert "\x1b" not in seen({"TERM": "dumb"}, terminal=True)
    assert "\x1b" not in seen({"TERM": "dumb", "FORCE_COLOR": "1"}, terminal=True)


def test_a_terminal_has_its_own_width() -> None:
    """Tables and sentences take what there is; a line that is to be copied is not broken."""
    for columns in (40, 120):
        shown = re.sub(r"\x1b\[[0-9;]*m", "", seen(terminal=True, columns=columns)).splitlines()
        copied = next(line for line in shown if line.startswith("a line"))
        assert max(len(line) for line in shown if line != copied) <= columns
        assert len(copied.rstrip()) == len("a line " * 20) - 1
    wide = seen({"COLUMNS": "120"}, terminal=False).splitlines()
    assert 80 < max(map(len, wide[:6])) <= 120


def test_show_separates_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """A blank line follows each."""
    table = TextTable("One", word("a"))
    table.add("x")
    show(table, table)
    assert capsys.readouterr().out == "One\na\n─\nx\n\n" * 2
