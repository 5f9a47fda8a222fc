"""`fer-data doctor`: what this machine has and lacks."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.shell.shown import rich_text

__all__ = ["doctor"]

STYLES = {"ok": "green", "warning": "yellow", "missing": "bold red"}


def doctor(
    params: Annotated[Path, typer.Option(help="Params file to check against.")] = Path("params.yaml"),
    as_json: AsJson = False,
) -> None:
    """Say what this machine has and lacks: devices, detector, weights, disk, versions."""
    from fer_data.doctor import examine
    from fer_data.shell.run import FINDINGS

    checks = examine(params)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("what", "status", "detail", title="fer-data doctor")
        for check in checks:
            style = STYLES[check.status]
            table.add_row(check.subject, f"[{style}]{check.status}[/]", rich_text(check.detail))
        Console().print(table)
    if any(check.status == "missing" for check in checks):
        raise typer.Exit(FINDINGS)
