"""Stage `sample`: the rendered corpus."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import seal_file, sealing
from fer_data.params.sample import SampleParams
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, ReportOption, run_stage
from fer_data.shell.sections.load import load_section


def main(
    root: Path,
    seals: PathOption,
    metrics: Annotated[Path | None, typer.Option()] = None,
    report: ReportOption = None,
) -> None:
    """Write an Aff-Wild2-shaped corpus of rendered faces."""
    seal = seal_file(seals, "sample")
    check_outputs({"ROOT": root}, {"--metrics": metrics, "--seals": seal, "--report": report})
    params = load_section("sample", SampleParams)
    from fer_data.sample.corpus import headlines, sample

    with sealing(seal, "sample", sample=params):
        summary = sample(root, params, workers=load_section("compute", ComputeParams).workers)
    if metrics is not None:
        write_metrics(metrics, headlines(summary))
    if report is not None:
        write_json(report, summary)


if __name__ == "__main__":
    run_stage(main)
