"""`fer-data export`: a model for runtimes other than torch."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.shown import printable

__all__ = ["export"]


def export(
    model: Annotated[Path, typer.Argument(help="Folder of a trained model, such as models/senet50.")],
    output: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Write a model as ONNX with its input contract inside, and check its logits with onnxruntime."""
    from fer_data.errors import ParamsError

    if output.suffix.lower() != ".onnx":
        raise ParamsError(f"OUTPUT ({output}) must end in .onnx, as runtimes expect. Rename it.")
    from fer_data.outputs import check_new, new_file
    from fer_data.refusals import check_model

    check_model(model)
    check_new(output, name="OUTPUT", overwrite=overwrite, inputs=[model])
    from fer_data.model_files import load_model
    from fer_data.onnx_export import TOLERANCE, export_onnx

    with new_file(output, name="OUTPUT", overwrite=overwrite, inputs=[model]) as temporary:
        loaded = load_model(model)
        found = export_onnx(loaded, temporary)
    note_for_git(output)
    if loaded.note:
        typer.echo(f"warning: {printable(loaded.note)}", err=True)
    side = loaded.contract.input_px
    typer.echo(f"written     {output} (sha256 {found.sha256})")
    typer.echo(
        f"input       float32 (n, 3, {side}, {side}), contract {loaded.contract.sha256()[:12]} in the metadata"
    )
    typer.echo(f"outputs     {', '.join(found.outputs)}")
    typer.echo(
        f"checked     logits within {found.max_difference:.2g} of torch's; allowed: {TOLERANCE:g} of the largest "
        f"({found.largest_logit:.3g}) or of 1"
    )
