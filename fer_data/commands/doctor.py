"""`fer-data doctor`: what this machine has and lacks."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fer_data.doctor import Check

__all__ = ["doctor"]


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
        _print(checks)
    if any(check.status == "missing" for check in checks):
        raise typer.Exit(FINDINGS)


def _print(checks: "Sequence[Check]") -> None:
    from fer_data.terminal.show import show, show_line, status
    from fer_data.terminal.table import TextTable, text, word

    table = TextTable("This machine", word("what"), word("status"), text("detail"))
    for check in checks:
        table.add(check.subject, status(check.status), check.detail)
    show(table)
    counts = {state: sum(check.status == state for check in checks) for state in ("missing", "warning")}
    lacks = f"{counts['missing']} missing" if counts["missing"] else "nothing is missing"
    show_line(f"{lacks}, {counts['warning']} warning{'' if counts['warning'] == 1 else 's'}.")
