"""Stage `train`: SENet-50 on one published resolution."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.files import write_json, write_metrics
from fer_data.outputs import check_outputs
from fer_data.params.compute import ComputeParams
from fer_data.params.load import load_section
from fer_data.params.train import TrainParams
from fer_data.refusals import check_dataset
from fer_data.shell import run_stage
from fer_data.store import store_folder

Metrics = Annotated[Path, typer.Option()]
Report = Annotated[Path | None, typer.Option(help="JSON file for the whole summary.")]


def main(published: Path, output: Path, history: Path, metrics: Metrics, report: Report = None) -> None:
    """Fine-tune SENet-50 on the published resolution that train.resolution names."""
    check_outputs({"OUTPUT": output}, {"HISTORY": history, "--metrics": metrics, "--report": report})
    params = load_section("train", TrainParams)
    dataset = published / str(params.resolution)
    store = store_folder(load_section("compute", ComputeParams))
    check_dataset(dataset, ["train"])
    from train.finetune import finetune, headlines

    summary = finetune(dataset, output, history, params, store=store)
    write_metrics(metrics, headlines(summary))
    if report is not None:
        write_json(report, summary)


if __name__ == "__main__":
    run_stage(main)
