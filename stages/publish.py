"""Stage `publish@PX`: one resolution as a versioned Hugging Face dataset."""

from pathlib import Path

from fer_data.execution.seals import read_seals, seal_file, sealing
from fer_data.params.publish import PublishParams
from fer_data.shell.files.atomic import write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SideOption, run_stage
from fer_data.shell.sections.axis import excluded_subjects, matrix_resolution, same_person_file, source_names
from fer_data.shell.sections.load import load_section
from fer_data.tables.source_folders import check_listed


def main(
    faces: Path,
    variants: Path,
    balanced: Path,
    outputs: Path,
    metrics: PathOption,
    seals: PathOption,
    px: SideOption = None,
) -> None:
    """Write one resolution as a versioned Hugging Face dataset with its card and provenance, into OUTPUTS/PX."""
    side = matrix_resolution(px)
    output, metric, seal = outputs / str(side), metrics / f"{side}.json", seal_file(seals, "publish", side)
    check_outputs({"OUTPUTS": output}, {"--metrics": metric, "--seals": seal})
    params = load_section("publish", PublishParams)
    made_by = read_seals(seals, side, check_listed(source_names(), faces))
    from fer_data.publish import PublishInputs, headlines, publish

    people = (same_person_file(), excluded_subjects())
    inputs = PublishInputs(faces, variants / str(side), balanced / str(side), *people)
    with sealing(seal, "publish", publish=params):
        summary = publish(inputs, output, resolution=side, params=params, seals=made_by)
    write_metrics(metric, headlines(summary))


if __name__ == "__main__":
    run_stage(main)
