"""`fer-data release`: write a version down, and say how to share it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.release import Release
    from fer_data.terminal.table import TextTable
    from fer_data.versions.records import Change, VersionEntry

__all__ = ["release"]


def release(as_json: AsJson = False) -> None:
    """Write the version of the published data to VERSIONS.json, and name what changed since the last.

    The same version never gets other content, drafts (0.2.0.dev1) aside. Prints the commands that share it; runs none.
    """
    from fer_data.release import release as write

    done = write(Path())
    if as_json:
        print_json(done.document())
        return
    from fer_data.terminal.show import show, show_line

    show(_table(done.entry))
    for line in _lines(done):
        show_line(line)
    typer.echo("To share it, run:" if done.commands else "Nothing is left to run.")
    for line in done.commands:
        typer.echo(printable(f"  {line}"))
    for note in done.notes:
        typer.echo(printable(f"note: {note}."), err=True)


def _table(entry: "VersionEntry") -> "TextTable":
    from fer_data.terminal.table import TextTable, number, word

    counted = map(number, ("rows", "copies", "subjects", "videos"))
    table = TextTable(f"{entry.name} {entry.version}", *map(word, ("px", "dataset", "split")), *counted)
    for side, found in sorted(entry.resolutions.items(), key=lambda pair: int(pair[0])):
        shown = (side, found.dataset_sha256[:12])
        for split, counts in found.splits.items():
            numbers = (counts.rows, counts.copies, counts.subjects, counts.videos)
            table.add(*shown, split, *("<10" if one is None else f"{one:,}" for one in numbers))
            shown = ("", "")
    return table


def _lines(done: "Release") -> Iterator[str]:
    entry = done.entry
    what = f"{entry.name} {entry.version}"
    yield {
        "released": f"VERSIONS.json: {what} is released.",
        "drafted": f"VERSIONS.json: {what} is written down as a draft, which may be written over.",
        "unchanged": f"VERSIONS.json has {what} already, with this content: nothing was written.",
    }[done.outcome]
    if set(done.same_as) - {entry.since}:
        yield f"The content is that of {', '.join(sorted({*done.same_as} - {entry.since}))} too."
    if entry.since is not None:
        yield f"Since {entry.since}:"
        sides = ", ".join(map(str, done.resolutions_changed))
        yield f"  other content at {sides} px" if sides else "  the same content"
        for key, change in entry.params_changed.items():
            yield f"  {key}: {_shown(change, 'old')} -> {_shown(change, 'new')}"
        yield f"  code of {', '.join(entry.code_changed)}" if entry.code_changed else "  the same code"
    if done.uncommitted:
        yield f"Not committed, so that the version names no commit: {', '.join(done.uncommitted)}"


def _shown(change: "Change", side: str) -> str:
    import json

    if side not in change.model_fields_set:
        return "(none)"
    return json.dumps(getattr(change, side), ensure_ascii=False)
