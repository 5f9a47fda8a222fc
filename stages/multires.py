"""Stage `multires@PX`: one resolution of the base crops."""

from pathlib import Path

from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import seal_file, sealing
from fer_data.params.multires import MultiresParams
from fer_data.shell.files.atomic import write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SideOption, run_stage
from fer_data.shell.sections.axis import dataset_task, matrix_resolution, source_names
from fer_data.shell.sections.load import load_section
from fer_data.tables.source_folders import check_listed


def main(
    faces: Path,
    outputs: Path,
    metrics: PathOption,
    seals: PathOption,
    catalogs: PathOption,
    px: SideOption = None,
) -> None:
    """Reduce the base crops to one resolution with anti-aliasing, into OUTPUTS/PX."""
    side = matrix_resolution(px)
    output, metric, seal = outputs / str(side), metrics / f"{side}.json", seal_file(seals, "multires", side)
    check_outputs({"OUTPUTS": output}, {"--metrics": metric, "--seals": seal})
    params, workers = load_section("multires", MultiresParams), load_section("compute", ComputeParams).workers
    check_listed(source_names(), faces, catalogs)
    task = dataset_task()
    from fer_data.multires import headlines, multires

    with sealing(seal, "multires", multires=params):
        summary = multires(faces, output, side, params, task=task, workers=workers)
    write_metrics(metric, headlines(summary))


if __name__ == "__main__":
    run_stage(main)
