"""Stage `ingest`: a corpus folder into the catalog."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_metrics
from fer_data.outputs import check_outputs
from fer_data.params.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell import run_stage


def main(output: Path, metrics: Annotated[Path, typer.Option()]) -> None:
    """Read the corpus under source.root into the catalog OUTPUT."""
    check_outputs({"OUTPUT": output}, {"--metrics": metrics})
    source = load_section("source", SourceParams)
    from fer_data.ingest import ingest

    write_metrics(metrics, ingest(Path(source.root), output, source))


if __name__ == "__main__":
    run_stage(main)
