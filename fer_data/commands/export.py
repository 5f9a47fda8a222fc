"""`fer-data export`: a model for runtimes other than torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import Overwrite, check_suffix, note_for_git
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.export import Exported
    from fer_data.model.files import Model

__all__ = ["export"]


def export(
    model: Annotated[Path, typer.Argument(help="Folder of a trained model, such as models/senet50.")],
    output: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a model as ONNX with its input contract inside, and check its logits with onnxruntime."""
    check_suffix(output, ".onnx", name="OUTPUT")
    from fer_data.model.description import check_model
    from fer_data.shell.files.outputs import check_new, new_file

    check_model(model)
    check_new(output, name="OUTPUT", overwrite=overwrite, inputs=[model])
    from fer_data.export import export_onnx
    from fer_data.model.files import load_model

    with new_file(output, name="OUTPUT", overwrite=overwrite, inputs=[model]) as temporary:
        loaded = load_model(model)
        found = export_onnx(loaded, temporary)
    note_for_git(output)
    if loaded.note:
        typer.echo(f"warning: {printable(loaded.note)}", err=True)
    if as_json:
        print_json(_document(output, loaded, found))
    else:
        _print(output, loaded, found)


def _document(output: Path, model: "Model", found: "Exported") -> dict[str, Any]:
    from fer_data.export import INPUT_NAME, TOLERANCE

    side = model.contract.input_px
    return {
        "output": output,
        "sha256": found.sha256,
        "input": {"name": INPUT_NAME, "dtype": "float32", "shape": ["n", 3, side, side]},
        "input_contract_sha256": model.contract.sha256(),
        "outputs": found.outputs,
        "classes": model.classes,
        "action_units": model.units,
        "trained_on": model.trained_on,
        "note": model.note,
        "check": {
            "max_difference": found.max_difference,
            "allowed": TOLERANCE * max(1.0, found.largest_logit),
        },
    }


def _print(output: Path, model: "Model", found: "Exported") -> None:
    from fer_data.export import TOLERANCE

    side = model.contract.input_px
    typer.echo(f"written     {printable(str(output))} (sha256 {found.sha256})")
    typer.echo(
        f"input       float32 (n, 3, {side}, {side}), contract {model.contract.sha256()[:12]} in the metadata"
    )
    typer.echo(f"outputs     {', '.join(found.outputs)}")
    typer.echo(
        f"checked     logits within {found.max_difference:.2g} of torch's; allowed: {TOLERANCE:g} of the largest "
        f"({found.largest_logit:.3g}) or of 1"
    )
