"""`fer-data replay`: make one augmented picture again, and compare."""

from pathlib import Path
from typing import Annotated

import typer

from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.shown import printable

__all__ = ["replay"]


def replay(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    row_id: Annotated[str, typer.Argument(help="Row id of an augmented copy: SUBJECT/FRAME+COPY.")],
    output: Annotated[
        Path | None, typer.Option(help="Write parent, stored and rebuilt picture side by side to this PNG.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Rebuild one augmented picture from its parent; exit code 1 when the bytes differ."""
    from fer_data.replay import replay as rebuild
    from fer_data.shell import FINDINGS

    if output is None:
        result = rebuild(dataset, row_id)
    else:
        import numpy as np

        from fer_data.images import encode_png
        from fer_data.outputs import new_file

        with new_file(output, name="--output", overwrite=overwrite, inputs=[dataset]) as temporary:
            result = rebuild(dataset, row_id)
            temporary.write_bytes(encode_png(np.hstack([result.parent, result.stored, result.rebuilt])))
        note_for_git(output)
    typer.echo(
        printable(f"{row_id} from {result.parent_id}, seed {result.record.seed}, {result.record.library}")
    )
    for operation in result.record.operations:
        drawn = ", ".join(f"{name}={_short(value)}" for name, value in operation["params"].items())
        typer.echo(f"  {printable(operation['name'])}({printable(drawn)})")
    if result.bytes_equal:
        typer.echo("bytes are equal")
        return
    if result.library != result.record.library:
        typer.echo(printable(f"made with {result.record.library}, rebuilt with {result.library}"))
    typer.echo(f"bytes differ; operations {'are equal' if result.operations_equal else 'differ'}")
    raise typer.Exit(FINDINGS)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_short(item) for item in value)}]"
    text = str(value)
    return text if len(text) <= 16 else f"{text[:12]}..."
