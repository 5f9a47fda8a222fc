"""Stage `train`: SENet-50 on one published resolution."""

from pathlib import Path

from fer_data.execution.compute import ComputeParams
from fer_data.execution.seals import seal_file, sealing
from fer_data.execution.store import store_folder
from fer_data.params.train import TrainParams
from fer_data.shell.files.atomic import write_json, write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, ReportOption, run_stage
from fer_data.shell.sections.load import load_section


def main(
    published: Path,
    output: Path,
    history: Path,
    metrics: PathOption,
    seals: PathOption,
    report: ReportOption = None,
) -> None:
    """Fine-tune SENet-50 on the published resolution that train.resolution names."""
    files = {"HISTORY": history, "--metrics": metrics, "--seals": seal_file(seals, "train")}
    check_outputs({"OUTPUT": output}, {**files, "--report": report})
    params, compute = load_section("train", TrainParams), load_section("compute", ComputeParams)
    from fer_data.published.shards import check_dataset

    check_dataset(dataset := published / str(params.resolution), ["train"])
    from train.finetune import finetune, headlines

    with sealing(seal_file(seals, "train"), "train", train=params):
        summary = finetune(dataset, output, history, params, store=store_folder(compute))
    write_metrics(metrics, headlines(summary))
    if report is not None:
        write_json(report, summary)


if __name__ == "__main__":
    run_stage(main)
