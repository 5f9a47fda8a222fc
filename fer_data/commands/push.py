"""`fer-data push`: a published dataset, or a model, to the Hugging Face Hub."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json

if TYPE_CHECKING:
    from fer_data.push import PushReport

__all__ = ["push"]

_NAMED = 20


def push(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="A published dataset, such as data/published/128, or a model, such as models/senet50.",
        ),
    ],
    repo: Annotated[str, typer.Argument(metavar="REPO", help="Repository on the Hub: OWNER/NAME.")],
    public: Annotated[
        bool, typer.Option("--public", help="Make a new repository public; refused for what is restricted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Push a dataset as Parquet, or a model, to the Hugging Face Hub: private, and never public what is restricted."""
    from fer_data.push import push as run
    from fer_data.shell.run import FINDINGS

    report = run(path, repo, public=public)
    if as_json:
        print_json(asdict(report))
    else:
        _print(report)
    if report.exposed is not None:
        raise typer.Exit(FINDINGS)


def _print(report: "PushReport") -> None:
    from fer_data.shell.shown import printable

    for line in _exposed(report) if report.exposed is not None else _done(report):
        typer.echo(printable(line))


def _done(report: "PushReport") -> list[str]:
    sees = "private" if report.private else "public"
    if report.sent or report.removed:
        gone = f", {len(report.removed):,} of the version before removed" if report.removed else ""
        kept = f", {len(report.kept):,} were there already" if report.kept else ""
        done = f"{len(report.sent):,} files sent{kept}{gone}"
    else:
        done = f"all {len(report.kept):,} files were there already"
    lines = [
        f"{report.address} ({sees}): {report.title}; {done}.",
        f"content {report.sha256}, commit {report.revision}, licence class {report.licence}"
        + (f", tag {report.tag}" if report.tag else ""),
    ]
    if report.released is False:
        lines.append(
            "This version is not released here: it got no tag, and VERSIONS.json says nothing of it. "
            "`fer-data release`, then push again."
        )
    return lines


def _exposed(report: "PushReport") -> list[str]:
    names = list(report.sent)
    more = [f"  and {len(names) - _NAMED:,} more"] if len(names) > _NAMED else []
    sent = [f"Sent: {len(names):,} files", *(f"  {name}" for name in names[:_NAMED]), *more] if names else []
    return [
        f"{report.address} is PUBLIC. {report.exposed}",
        *([f"Commit: {report.revision}"] if report.revision else []),
        *sent,
        f"Make it private at {report.address}/settings and push again, or delete the repository there.",
        "What others have copied since then stays with them.",
    ]
