"""`fer-data unpack`: lay the organisers' archives out and say what is missing."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.choices import ASKED_TASKS, check_choice
from fer_data.commands.completion import completes
from fer_data.core.labels.tasks import TASKS

__all__ = ["unpack"]


def unpack(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="ZIPS... ROOT", help="Archives (zip or tar), then the folder to fill."),
    ],
    task: Annotated[
        str,
        typer.Option(
            help=f"Splits to report on: {', '.join(TASKS)} or multi_task.",
            autocompletion=completes(ASKED_TASKS),
        ),
    ] = "expression",
) -> None:
    """Lay out the organisers' archives under ROOT and say what is complete and what is missing."""
    from fer_data.commands.parts import parts_table
    from fer_data.corpora.completeness import completeness
    from fer_data.corpora.corpus import open_corpus
    from fer_data.corpora.sources import source_for
    from fer_data.errors import CorpusError, ParamsError
    from fer_data.terminal.show import show, show_line
    from fer_data.unpack import unpack_archives

    check_choice(task, ASKED_TASKS, "--task")
    *archives, root = paths
    if not archives:
        raise ParamsError(f"ZIPS ({root}) must name at least one archive before ROOT.")
    for done in unpack_archives(archives, root):
        show_line(f"{done.archive.name}: {done.state}, {done.files:,} files in {done.folder}")
    try:
        corpus = open_corpus(root, source_for(root, task=task))
    except CorpusError as error:
        show_line(f"Unpacked, but not yet a corpus: {error}")
        return
    show(parts_table(completeness(corpus)))
    show_line(f"{len(corpus.findings):,} finding(s); `fer-data check {root}` lists them.")
