"""Stage `evaluate`: the scores of every annotated row of validation, or else of test, at every listed resolution."""

from pathlib import Path

from fer_data.execution.seals import seal_file, sealing
from fer_data.model.description import check_model
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.multires import load_resolutions
from fer_data.shell.files.atomic import write_metrics
from fer_data.shell.files.outputs import check_outputs
from fer_data.shell.run import PathOption, run_stage
from fer_data.shell.sections.load import load_section


def main(model: Path, published: Path, output: Path, metrics: PathOption, seals: PathOption) -> None:
    """Score every annotated validation row (of a corpus without, test row) at every listed resolution."""
    seal = seal_file(seals, "evaluate")
    check_outputs({"OUTPUT": output}, {"--metrics": metrics, "--seals": seal})
    params, resolutions = load_section("evaluate", EvaluateParams), load_resolutions()
    check_model(model)
    from fer_data.published.shards import check_dataset

    for px in resolutions:
        check_dataset(published / str(px))
    from train.evaluate import evaluate
    from train.evaluation.report import headlines, print_scores

    with sealing(seal, "evaluate", evaluate=params, resolutions=resolutions):
        scores = evaluate(model, published, output, evaluate=params, resolutions=resolutions)
    write_metrics(metrics, headlines(scores))
    print_scores(scores)


if __name__ == "__main__":
    run_stage(main)
