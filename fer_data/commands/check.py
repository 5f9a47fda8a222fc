"""`fer-data check`: validate a corpus before anything runs."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import ASKED_TASKS, check_choice
from fer_data.commands.completion import completes
from fer_data.commands.writing import SourceName
from fer_data.core.labels.tasks import TASKS

if TYPE_CHECKING:
    from fer_data.check import CheckReport
    from fer_data.shell.files.findings import Finding
    from fer_data.terminal.table import TextTable

__all__ = ["check"]


def check(
    root: Annotated[
        Path | None, typer.Argument(help="Folder of the corpus; with --params it may be left out.")
    ] = None,
    task: Annotated[
        str,
        typer.Option(
            help=f"Read splits of: {', '.join(TASKS)} or multi_task.", autocompletion=completes(ASKED_TASKS)
        ),
    ] = "expression",
    edition: Annotated[
        int | None, typer.Option(min=1, max=99, help="ABAW edition to read; the newest by default.")
    ] = None,
    params: Annotated[
        Path | None,
        typer.Option(
            help="Check this params file, whole; the corpus is read as its source, not by the options above."
        ),
    ] = None,
    source: SourceName = None,
    decode: Annotated[bool, typer.Option("--decode", help="Also decode every video (hours).")] = False,
    max_pixels: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000_000, help="Pixels of a frame to decode, at most, as in align.max_pixels."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List every finding, not one line a rule.")] = False,
    as_json: AsJson = False,
) -> None:
    """Validate a corpus folder, a params file or both: findings with file and line; exit 1 when there are errors."""
    check_choice(task, ASKED_TASKS, "--task")
    needs = [] if params is None else _needs(params)
    if root is None:
        _report_params(params, needs, as_json=as_json)
        return
    from fer_data.check import check_corpus
    from fer_data.corpora.sources import source_for
    from fer_data.media.frame_pictures import MAX_FRAME_PIXELS
    from fer_data.shell.run import FINDINGS

    read_as = source_for(root, task=task, edition=edition, params=params, name=source)
    report = check_corpus(root, read_as, decode=decode, max_pixels=max_pixels or MAX_FRAME_PIXELS)
    report = replace(report, findings=(*needs, *report.findings))
    if as_json:
        _print_json(report)
    else:
        _print_tables(report, every=every)
    if report.errors:
        raise typer.Exit(FINDINGS)


def _needs(params: Path) -> "list[Finding]":
    from fer_data.entry.needs import check_params

    return check_params(params)[1]


def _report_params(params: Path | None, needs: "Sequence[Finding]", *, as_json: bool) -> None:
    """Print what a params file asks for in vain; exit 1 when there is anything."""
    from fer_data.errors import ParamsError
    from fer_data.shell.run import FINDINGS
    from fer_data.terminal.show import show, show_line

    if params is None:
        raise ParamsError("ROOT is missing. Name the folder of a corpus, or a params file with --params.")
    if as_json:
        print_json({"errors": len(needs), "findings": [asdict(finding) for finding in needs]})
    else:
        if needs:
            show(_every_finding(needs))
        lacks = (
            f"this machine lacks {len(needs)} thing(s) that it asks for" if needs else "nothing is lacking"
        )
        show_line(f"{params}: every value is well formed; {lacks}.")
    if needs:
        raise typer.Exit(FINDINGS)


def _print_json(report: "CheckReport") -> None:
    verdicts = {
        name: [asdict(part) | {"verdict": part.verdict} for part in parts]
        for name, parts in (("parts", report.parts), ("totals", report.totals))
    }
    print_json({"errors": report.errors, **asdict(report), **verdicts})


def _print_tables(report: "CheckReport", *, every: bool) -> None:
    from fer_data.commands.parts import parts_table, totals_table
    from fer_data.terminal.show import STYLES, show, show_line

    show(parts_table(report.parts) if report.parts else totals_table(report.corpus, report.totals))
    if report.unverified:
        said = f"unverified: how {report.corpus} is read was never tried on a real copy."
        show_line(said, STYLES["unverified"])
    if report.findings:
        show(_every_finding(report.findings) if every else _by_rule(report.findings))
    media = f"{report.pictures:,} pictures" if report.pictures else f"{report.videos:,} videos"
    frames = "" if report.decoded_frames is None else f", {report.decoded_frames:,} frames decoded"
    show_line(
        f"{media}, {_people(report)}, {report.label_lines:,} "
        f"{'label lines' if report.parts else 'rows'}{frames}: "
        f"{report.errors:,} error(s), {len(report.findings):,} finding(s) in all."
    )


def _people(report: "CheckReport") -> str:
    named = report.subjects or not report.pictures
    return f"{report.subjects:,} subjects" if named else "nobody named"


def _by_rule(findings: "Sequence[Finding]") -> "TextTable":
    from fer_data.terminal.show import status
    from fer_data.terminal.table import TextTable, number, text, word

    columns = (word("severity"), word("rule"), number("count"), text("first at"), text("what"))
    table = TextTable("Findings by rule (--all lists each)", *columns)
    for (severity, rule), group in groupby(findings, key=lambda finding: (finding.severity, finding.rule)):
        found = list(group)
        table.add(status(severity), rule, f"{len(found):,}", _location(found[0]), found[0].message)
    return table


def _every_finding(findings: "Sequence[Finding]") -> "TextTable":
    from fer_data.terminal.show import status
    from fer_data.terminal.table import TextTable, text, word

    table = TextTable("Findings", word("severity"), word("rule"), text("at"), text("what"))
    for finding in findings:
        table.add(status(finding.severity), finding.rule, _location(finding), finding.message)
    return table


def _location(finding: "Finding") -> str:
    if finding.file is None:
        return finding.subject_id or finding.video_id or ""
    return f"{finding.file}:{finding.line}" if finding.line else finding.file
