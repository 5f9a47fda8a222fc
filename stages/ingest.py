"""Stage `ingest`: a corpus folder into the catalog."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.ingest import ingest
from fer_data.params.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell import run_stage


def main(root: Path, output: Path, metrics: Annotated[Path, typer.Option()]) -> None:
    """Read the corpus under ROOT into the catalog OUTPUT."""
    write_metrics(metrics, ingest(root, output, load_section("source", SourceParams)))


if __name__ == "__main__":
    run_stage(main)
