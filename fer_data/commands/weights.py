"""`fer-data weights`: get network weights safely."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.writing import Overwrite, note_for_git

__all__ = ["weights_app"]

weights_app = typer.Typer(name="weights", help="Turn published SENet-50 weights into safetensors, safely.")


@weights_app.callback()
def _weights() -> None:
    """Keep `import` a subcommand although it is the only one."""


@weights_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Pickle, .npy, PyTorch or safetensors file.")],
    output: Annotated[Path, typer.Option(help="Safetensors file to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Read weights without running code, check every name and shape, write safetensors."""
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
