"""The pages for people as a reader takes them: their blocks in order, and the commands in their lines.

A mark is an HTML comment before a block; no rendered page shows it.

::

    <!-- not run: needs a GPU -->        the test only reads the block against the real command lines
    <!-- given: cp -r data/published old -->    what a reader has done before: run first, and not shown
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["LISTING", "REASONS", "ROOT", "Block", "Page", "all_pages", "not_run", "read_page"]

ROOT = Path(__file__).parents[2]
LISTING = "commands-not-run.md"
"""The page that is made from the others, and shows the beginnings of their commands."""

REASONS = (
    "needs a GPU",
    "needs a cluster",
    "needs an account",
    "needs a licence",
    "needs a network",
    "takes hours",
)
"""What a block may want that a test has not; a mark says one of these first, and then what it likes."""

_PARTS = re.compile(
    r"^<!--\s*(?P<mark>[a-z ]+?)\s*:\s*(?P<said>.*?)\s*-->\s*$"
    r"|^(?P<indent>[ ]*)(?P<fence>```+)(?P<language>[\w-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_SPAN = re.compile(r"(?<!`)`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
_SHELLS = {"sh", "bash", "shell", "console"}


@dataclass(frozen=True)
class Block:
    """A fenced block, and what the marks before it say."""

    page: str
    line: int
    language: str
    text: str
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return page and line."""
        return f"{self.page}:{self.line}"

    @property
    def shell(self) -> bool:
        """Return whether a shell reads it."""
        return self.language in _SHELLS

    @property
    def runs(self) -> bool:
        """Return whether a reader would run it, on the rendered sample and this machine alone."""
        code = self.code.strip() if self.shell or self.language == "python" else ""
        return bool(code) and "not run" not in self.marks

    @property
    def code(self) -> str:
        """Return what a reader types: of a console's text that is what stands behind a `$`."""
        if self.language != "console":
            return self.text
        typed, goes_on = [], False
        for line in self.text.splitlines():
            if line.startswith("$ ") or goes_on:
                typed.append(line.removeprefix("$ "))
                goes_on = line.endswith("\\")
        return "\n".join(typed) + "\n"


@dataclass(frozen=True)
class Page:
    """A page's name, its blocks in order, its wrong marks, and the code spans of its prose."""

    name: str
    blocks: tuple[Block, ...]
    faults: tuple[str, ...]
    spans: tuple[str, ...]


def all_pages() -> list[Page]:
    """Return every page for people that shows commands, this repository's first."""
    names = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "sample/README.md"]
    docs = sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != LISTING)
    paths = [*(ROOT / name for name in names), *docs]
    return [read_page(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


def read_page(name: str, text: str) -> Page:
    """Return the blocks and spans of a page's text."""
    blocks, faults = _blocks(name, text)
    prose = _PARTS.sub(lambda found: "\n" * found[0].count("\n"), text)
    spans = tuple(" ".join(found[1].split()) for found in _SPAN.finditer(prose))
    return Page(name, tuple(blocks), tuple(faults), spans)


_LISTED = """# Commands that no test runs

A test runs every block of this repository's pages on the rendered sample, but for these, which want what it has not. A
comment before each says what, and its commands are read against the real command lines all the same. `make snapshots`
writes this page.

| page | begins with | why |
|---|---|---|
"""


def not_run(pages: list[Page]) -> str:
    """Return the page that lists every block that no test runs."""
    rows = [
        f"| [{page.name}]({_link(page.name)}) | `{_first_line(block)}` | {block.marks['not run']} |"
        for page in pages
        for block in page.blocks
        if "not run" in block.marks
    ]
    return _LISTED + "\n".join(rows) + "\n"


def _link(name: str) -> str:
    return name.removeprefix("docs/") if name.startswith("docs/") else f"../{name}"


def _first_line(block: Block) -> str:
    first = next(line for line in block.code.splitlines() if line and not line.startswith("#"))
    return textwrap.shorten(
        first.split(" #")[0].removesuffix("\\"), 70, placeholder=" ...", break_on_hyphens=False
    )


def _blocks(name: str, text: str) -> tuple[list[Block], list[str]]:
    blocks: list[Block] = []
    faults: list[str] = []
    marks: dict[str, str] = {}
    end = 0
    for found in _PARTS.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if marks and text[end : found.start()].strip():
            faults.append(f"{name}:{line}: a mark stands before no block")
            marks = {}
        end = found.end()
        if found["mark"]:
            faults += _mark_faults(f"{name}:{line}", found["mark"], found["said"])
            marks[found["mark"]] = found["said"]
            continue
        code = "\n".join(_dedented(found["text"], found["indent"]))
        blocks.append(Block(name, line, found["language"], code + "\n", marks))
        marks = {}
    return blocks, faults


def _mark_faults(where: str, mark: str, said: str) -> Iterator[str]:
    if mark not in {"not run", "given"}:
        yield f"{where}: unknown mark '{mark}'. Expected 'not run' or 'given'."
    elif mark == "not run" and not said.startswith(REASONS):
        yield f"{where}: '{said}' is no reason. Begin with one of: {', '.join(REASONS)}."


def _dedented(text: str, indent: str) -> list[str]:
    return [line.removeprefix(indent) for line in text.splitlines()]
