"""Stage `ingest@NAME`: the corpus of one source into its catalog."""

from pathlib import Path

from fer_data.execution.seals import seal_file, sealing
from fer_data.params.source import load_source
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SourceOption, run_stage


def main(
    outputs: Path,
    metrics: PathOption,
    seals: PathOption,
    report: PathOption,
    source: SourceOption = None,
) -> None:
    """Read the corpus of one of sources into the catalog OUTPUTS/NAME."""
    params = load_source(source)
    output, seal = outputs / params.name, seal_file(seals, "ingest", params.name)
    metric, whole = metrics / f"{params.name}.json", report / f"{params.name}.json"
    check_outputs({"OUTPUTS": output}, {"--metrics": metric, "--seals": seal, "--report": whole})
    from fer_data.ingest import headlines, ingest

    with sealing(seal, "ingest", **params.sections()):
        summary = ingest(params.folder, output, params)
    write_metrics(metric, headlines(summary))
    write_json(whole, summary)


if __name__ == "__main__":
    run_stage(main)
