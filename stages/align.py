"""Stage `align@NAME`: one state for every row of a source's catalog, and a base crop for every row that is kept."""

from pathlib import Path

from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import seal_file, sealing
from fer_data.params.align import AlignParams
from fer_data.params.source import load_source
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SourceOption, run_stage
from fer_data.shell.sections.load import load_section


def main(
    catalogs: Path,
    faces: Path,
    reports: Path,
    metrics: PathOption,
    seals: PathOption,
    report: PathOption,
    source: SourceOption = None,
) -> None:
    """Detect, track, assign, align and crop the annotated faces of CATALOGS/NAME into FACES/NAME."""
    params, options = load_source(source), load_section("align", AlignParams)
    catalog, *outputs = (folder / params.name for folder in (catalogs, faces, reports))
    metric, whole = (folder / f"{params.name}.json" for folder in (metrics, report))
    files = {"--metrics": metric, "--seals": seal_file(seals, "align", params.name), "--report": whole}
    check_outputs({"FACES": outputs[0], "REPORTS": outputs[1]}, files)
    from fer_data.align import align, headlines

    compute = load_section("compute", ComputeParams)
    with sealing(files["--seals"], "align", **params.sections(), align=options):
        summary = align(catalog, params.folder, *outputs, source=params, align=options, compute=compute)
    write_metrics(metric, headlines(summary))
    write_json(whole, summary)


if __name__ == "__main__":
    run_stage(main)
