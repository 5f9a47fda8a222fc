"""Stage `ingest`: a corpus folder into the catalog."""

from pathlib import Path

from fer_data.execution.seals import seal_file, sealing
from fer_data.params.reading.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.home import at_home
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, ReportOption, run_stage


def main(output: Path, metrics: PathOption, seals: PathOption, report: ReportOption = None) -> None:
    """Read the corpus under source.root into the catalog OUTPUT."""
    seal = seal_file(seals, "ingest")
    check_outputs({"OUTPUT": output}, {"--metrics": metrics, "--seals": seal, "--report": report})
    source = load_section("source", SourceParams)
    from fer_data.ingest import headlines, ingest

    with sealing(seal, "ingest", source=source):
        summary = ingest(at_home(source.root), output, source)
    write_metrics(metrics, headlines(summary))
    if report is not None:
        write_json(report, summary)


if __name__ == "__main__":
    run_stage(main)
