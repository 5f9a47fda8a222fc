"""`fer-data store`: what the resume store holds, and making room in it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.examples import example_of
from fer_data.commands.naming import naming
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from fer_data.execution.store import Entry
    from fer_data.terminal.table import TextTable

__all__ = ["store_app"]

store_app = typer.Typer(name="store", help="Show and prune the resume store.", no_args_is_help=True)

StoreOption = Annotated[
    Path | None,
    typer.Option("--store", help="The store's folder; default: compute.store of the params file."),
]
ParamsOption = Annotated[Path, typer.Option(help="Params file whose compute.store is read.")]
_PARAMS = Path("params.yaml")


@store_app.command(epilog=example_of("store show"))
@naming
def show(store: StoreOption = None, params: ParamsOption = _PARAMS, as_json: AsJson = False) -> None:
    """List the entries (video, size, last use, whether the present code made it, whether in use) and who works here."""
    from fer_data.execution.store import Store

    folder = _folder(store, params)
    held = Store(folder)
    entries = held.entries()
    used = held.in_use(entries)
    if as_json:
        from dataclasses import asdict

        print_json([{**asdict(entry), "in_use": used.get(entry.key)} for entry in entries])
        return
    from fer_data.terminal.show import show, show_line

    if entries:
        show(_table(entries, used, folder))
    total = sum(entry.size_bytes for entry in entries)
    show_line(f"{len(entries)} entries, {_size(total)} in {folder}")
    for user in held.users():
        show_line(f"in use: {user}")


@store_app.command(epilog=example_of("store prune"))
@naming
def prune(
    older_than_days: Annotated[
        float | None, typer.Option(min=0, max=1e6, help="Remove what was not used for so long.")
    ] = None,
    max_gb: Annotated[
        float | None, typer.Option(min=0, max=1e9, help="Remove the least recently used above this size.")
    ] = None,
    other_code: Annotated[bool, typer.Option("--other-code", help="Remove what other code made.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Remove every entry.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")
    ] = False,
    store: StoreOption = None,
    params: ParamsOption = _PARAMS,
) -> None:
    """Remove entries by age, total size or code; what is removed is computed again when it is needed.

    What a running training uses or writes stays, and a running `align` is not disturbed at all.
    """
    from fer_data.errors import ParamsError
    from fer_data.execution.leases import exclusive
    from fer_data.execution.store import Store, prunable

    if older_than_days is None and max_gb is None and not other_code and not everything:
        raise ParamsError("prune needs a rule: --older-than-days, --max-gb, --other-code or --all.")
    folder = _folder(store, params)
    held = Store(folder)
    with exclusive(folder, "prune"):
        entries = held.entries()
        used = held.in_use(entries)
        doomed = prunable(
            [entry for entry in entries if entry.key not in used],
            older_than_seconds=None if older_than_days is None else older_than_days * 86_400,
            max_bytes=0 if everything else None if max_gb is None else int(max_gb * 1e9),
            codes=_present_codes() if other_code else None,
        )
        if not dry_run:
            held.discard(entry.key for entry in doomed)
            held.sweep()
    freed = _size(sum(entry.size_bytes for entry in doomed))
    typer.echo(f"{'would remove' if dry_run else 'removed'} {len(doomed)} entries, {freed}")
    if used:
        typer.echo(f"kept {len(used)} in use: {printable('; '.join(sorted(set(used.values()))))}")


def _folder(store: Path | None, params: Path) -> Path:
    from fer_data.errors import ParamsError
    from fer_data.execution.compute import ComputeParams
    from fer_data.execution.store import is_store, store_folder
    from fer_data.shell.files.places import found_at
    from fer_data.shell.sections.load import load_section

    if store is None:
        folder, name = store_folder(load_section("compute", ComputeParams, params)), "compute.store"
        remedy = "`align` and `train` make it when they first run; name another one with --store"
    else:
        folder, name, remedy = store, "--store", "Name the folder that compute.store of the params file names"
    if not is_store(folder):
        raise ParamsError(f"{name} ({folder}) must be a resume store, but {found_at(folder)}. {remedy}.")
    return folder


def _present_codes() -> "Collection[str]":
    from fer_data.execution.source_hash import source_hash
    from fer_data.video_jobs.keys import CODE, OBSERVING, PICTURES

    return {source_hash(CODE), source_hash(OBSERVING), source_hash(PICTURES)}


def _table(entries: "Sequence[Entry]", used: "Mapping[str, str]", folder: Path) -> "TextTable":
    from fer_data.terminal.show import status
    from fer_data.terminal.table import TextTable, number, text, word

    codes = _present_codes()
    columns = (
        text("video"),
        text("holds"),
        word("key"),
        number("size"),
        number("last used"),
        word("code"),
        word("in use"),
    )
    table = TextTable(f"fer-data store {folder}", *columns)
    for entry in entries:
        made_by = status("present" if entry.about.get("code") in codes else "other")
        video, age = entry.about.get("video_id", "-"), _age(entry.age_seconds)
        in_use = "yes" if entry.key in used else "-"
        holds = " ".join([entry.about.get("kind", "result"), *_span_of(entry)])
        table.add(video, holds, entry.key[:12], _size(entry.size_bytes), age, made_by, in_use)
    return table


def _span_of(entry: "Entry") -> list[str]:
    """Return which span of its video an entry holds, as `3/15`, or nothing."""
    return [entry.about["span"]] if "span" in entry.about else []


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.2f} MB"


def _age(seconds: float) -> str:
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name} ago"
    return f"{seconds / 86_400:.0f} days ago"
