"""Stage `publish@PX`: one resolution as a versioned Hugging Face dataset."""

from pathlib import Path

from fer_data.execution.beside import beside
from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import read_seals, seal_file, sealing
from fer_data.params.publish import PublishParams
from fer_data.publish.drawing import load_drawing
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SideOption, run_stage
from fer_data.shell.sections.axis import excluded_subjects, matrix_resolution, same_person_file, source_names
from fer_data.shell.sections.load import load_section
from fer_data.tables.source_folders import check_listed


def main(
    faces: Path, variants: Path, balanced: Path, outputs: Path,
    metrics: PathOption, labels: PathOption, seals: PathOption, px: SideOption = None,
) -> None:  # fmt: skip
    """Write one resolution as a versioned Hugging Face dataset with its card and provenance, into OUTPUTS/PX."""
    seal = seal_file(seals, "publish", side := matrix_resolution(px))
    output, metric, table = outputs / str(side), metrics / f"{side}.json", labels / f"{side}.csv"
    check_outputs({"OUTPUTS": output}, {"--metrics": metric, "--labels": table, "--seals": seal})
    params, workers = load_section("publish", PublishParams), load_section("compute", ComputeParams).workers
    made_by = read_seals(seals, side, check_listed(source_names(), faces))
    with beside(load_drawing, workers=workers) as drawing:
        from fer_data.publish import PublishInputs, publish, write_figures

        inputs = PublishInputs(
            faces, variants / str(side), balanced / str(side), same_person_file(), excluded_subjects()
        )
        with sealing(seal, "publish", publish=params):
            summary = publish(inputs, output, resolution=side, params=params, seals=made_by, beside=drawing)
    write_figures(summary, metric, table)


if __name__ == "__main__":
    run_stage(main)
