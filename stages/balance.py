"""Stage `balance@PX`: what meets class imbalance, at one resolution."""

from pathlib import Path

from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import seal_file, sealing
from fer_data.params.balance import BalanceParams
from fer_data.params.source import load_dataset
from fer_data.shell.files.atomic import write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, SideOption, run_stage
from fer_data.shell.sections.axis import excluded_subjects, matrix_resolution, source_names
from fer_data.shell.sections.load import load_section
from fer_data.tables.source_folders import check_listed


def main(
    faces: Path, variants: Path, outputs: Path, metrics: PathOption, seals: PathOption, px: SideOption = None
) -> None:
    """Plan and render augmented copies against class imbalance, from VARIANTS/PX into OUTPUTS/PX."""
    side = matrix_resolution(px)
    output, metric, seal = outputs / str(side), metrics / f"{side}.json", seal_file(seals, "balance", side)
    check_outputs({"OUTPUTS": output}, {"--metrics": metric, "--seals": seal})
    check_listed(source_names(), faces)
    from fer_data.balance import balance, headlines

    params, dataset = load_section("balance", BalanceParams), load_dataset()
    workers = load_section("compute", ComputeParams).workers
    with sealing(seal, "balance", dataset=dataset, balance=params):
        summary = balance(
            faces, variants / str(side), output,
            resolution=side, balance=params, dataset=dataset, excluded=excluded_subjects(), workers=workers,
        )  # fmt: skip
    write_metrics(metric, headlines(summary))


if __name__ == "__main__":
    run_stage(main)
