"""Stage `align`: one state for every row of the catalog, and a base crop for every row that is kept."""

from pathlib import Path

from fer_data.execution.seals import seal_file, sealing
from fer_data.params.align import AlignParams
from fer_data.params.compute import ComputeParams
from fer_data.params.reading.load import load_section
from fer_data.params.source import SourceParams
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.home import at_home
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, ReportOption, run_stage


def main(
    catalog: Path,
    faces: Path,
    reports: Path,
    metrics: PathOption,
    seals: PathOption,
    report: ReportOption = None,
) -> None:
    """Detect, track, assign, align and crop the annotated faces of the corpus under source.root."""
    files = {"--metrics": metrics, "--seals": seal_file(seals, "align"), "--report": report}
    check_outputs({"FACES": faces, "REPORTS": reports}, files)
    source, params = load_section("source", SourceParams), load_section("align", AlignParams)
    from fer_data.align import align, headlines

    compute = load_section("compute", ComputeParams)
    root = at_home(source.root)
    with sealing(seal_file(seals, "align"), "align", source=source, align=params):
        summary = align(catalog, root, faces, reports, source=source, align=params, compute=compute)
    write_metrics(metrics, headlines(summary))
    if report is not None:
        write_json(report, summary)


if __name__ == "__main__":
    run_stage(main)
