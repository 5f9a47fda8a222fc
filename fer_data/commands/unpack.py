"""`fer-data unpack`: lay the organisers' archives out and say what is missing."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.core.labels.tasks import TASKS
from fer_data.shell.shown import rich_text

__all__ = ["unpack"]


def unpack(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="ZIPS... ROOT", help="Archives (zip or tar), then the folder to fill."),
    ],
    task: Annotated[
        str,
        typer.Option(help=f"Splits to report on: {', '.join(TASKS)} or multi_task."),
    ] = "expression",
) -> None:
    """Lay out the organisers' archives under ROOT and say what is complete and what is missing."""
    from rich.console import Console

    from fer_data.commands.parts import parts_table
    from fer_data.corpora.completeness import completeness
    from fer_data.corpora.corpus import open_corpus
    from fer_data.corpora.sources import source_for
    from fer_data.errors import CorpusError, ParamsError
    from fer_data.unpack import unpack_archives

    *archives, root = paths
    if not archives:
        raise ParamsError(f"ZIPS ({root}) must name at least one archive before ROOT.")
    console = Console()
    for done in unpack_archives(archives, root):
        console.print(
            rich_text(f"{done.archive.name}: {done.state}, {done.files:,} files in {done.folder}"),
            highlight=False,
        )
    try:
        corpus = open_corpus(root, source_for(root, task=task))
    except CorpusError as error:
        console.print(rich_text(f"Unpacked, but not yet a corpus: {error}"), highlight=False)
        return
    console.print(parts_table(completeness(corpus)))
    console.print(
        rich_text(f"{len(corpus.findings):,} finding(s); `fer-data check {root}` lists them."),
        highlight=False,
    )
