"""`fer-data init` and `fer-data params`: set parameters up, and show those in force."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_data.commands.completion import profiles

__all__ = ["init", "params"]


def init(
    profile: Annotated[
        str | None,
        typer.Argument(
            help="One of profiles/, such as affwild2 or affwild2-cpu; the demo's by default.",
            autocompletion=profiles,
        ),
    ] = None,
    root: Annotated[Path | None, typer.Option(help="Folder of the corpus, for root of its source.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a params.yaml that was edited.")] = False,
) -> None:
    """Write params.yaml out of the demo's parameters and a profile, in the root of a clone."""
    import shlex

    from fer_data.init.initialise import PARAMS, initialise
    from fer_data.shell.shown import printable

    begun = initialise(profile, root, force=force)
    typer.echo(f"{PARAMS}: the demo's parameters{f', profile {profile}' if profile else ''}.")
    if begun.cleared:
        back = "; `git checkout -- metrics plots` brings them back" if Path(".git").exists() else ""
        typer.echo(
            f"Removed {len(begun.cleared)} files of the demo's figures from metrics/ and plots/{back}."
        )
    corpus = shlex.quote(begun.root)
    steps = (
        ["fer-data doctor", "dvc repro", "fer-data stats data/published/128"]
        if begun.rendered
        else [f"fer-data check {corpus} --params {PARAMS}", "fer-data doctor", "dvc repro"]
    )
    if begun.left:
        left = shlex.join(str(folder) for folder in begun.left)
        steps.insert(0, f"rm -r {left}    # of sources that are not listed now")
    typer.echo("Next:")
    for step in steps:
        typer.echo(printable(f"  {step}"))


def params(
    path: Annotated[Path, typer.Option("--params", help="Params file to show.")] = Path("params.yaml"),
) -> None:
    """Show the values in force, and beside them the demo's where they differ."""
    from fer_data.params.document import load_params
    from fer_data.params.profiles import demo_params
    from fer_data.terminal.show import show, show_line
    from fer_data.terminal.table import Cell, TextTable, text, word

    read, shown = load_params(path), demo_params().model_dump()
    (source,) = shown["sources"].values()
    shown["sources"] = dict.fromkeys(
        read.sources, source
    )  # whatever a source is called, it began as the demo's
    own, demo = (dict(_flat(values)) for values in (read.model_dump(), shown))
    columns = (word("parameter"), text("in force"), text("the demo's"))
    table = TextTable(f"{path}, and the demo's values where they differ", *columns)
    changed = [key for key in own if own[key] != demo.get(key)]
    for key, value in own.items():
        other = Cell(demo.get(key, "") if key in changed else "", "yellow")
        table.add(key, value, other, style="bold" if key in changed else "")
    show(table)
    show_line(f"{len(changed)} of {len(own)} values differ from the demo's.")


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each value, and the value as YAML writes it on one line."""
    import json

    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
