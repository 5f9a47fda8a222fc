"""`fer-data replay`: make one augmented picture again, and compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import Overwrite, check_suffix, note_for_git
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.replay import Replay

__all__ = ["replay"]


def replay(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    row_id: Annotated[str, typer.Argument(help="Row id of an augmented copy: SUBJECT/FRAME+COPY.")],
    output: Annotated[
        Path | None, typer.Option(help="Write parent, stored and rebuilt picture side by side to this PNG.")
    ] = None,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Rebuild one augmented picture from its parent; exit code 1 when the bytes differ."""
    if output is not None:
        check_suffix(output, ".png")
    from fer_data.replay import replay as rebuild
    from fer_data.shell.run import FINDINGS

    if output is None:
        result = rebuild(dataset, row_id)
    else:
        from fer_data.pictures.images import encode_png
        from fer_data.pictures.notes import noted_png
        from fer_data.replay import side_by_side
        from fer_data.shell.files.outputs import new_file
        from fer_data.shell.files.private import write_private

        with new_file(output, name="--output", overwrite=overwrite, inputs=[dataset]) as temporary:
            result = rebuild(dataset, row_id)
            shown = f"{result.row_id} and its parent {result.parent_id}"
            picture = noted_png(encode_png(side_by_side(result)), shown)
            write_private(temporary, picture, restricted=result.restricted)
        note_for_git(output)
    if as_json:
        print_json(_document(result, output))
    else:
        _print(result)
    if not result.bytes_equal:
        raise typer.Exit(FINDINGS)


def _document(result: "Replay", output: Path | None) -> dict[str, Any]:
    record = result.record
    return {
        "row_id": result.row_id,
        "parent_id": result.parent_id,
        "seed": record.seed,
        "encoder": record.encoder,
        "quality": record.quality,
        "made_with": record.library,
        "rebuilt_with": result.library,
        "operations": record.operations,
        "operations_equal": result.operations_equal,
        "bytes_equal": result.bytes_equal,
        "output": output,
    }


def _print(result: "Replay") -> None:
    typer.echo(
        printable(
            f"{result.row_id} from {result.parent_id}, seed {result.record.seed}, {result.record.library}"
        )
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


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(_short(item) for item in value)}]"
    text = str(value)
    return text if len(text) <= 16 else f"{text[:12]}..."
