"""`fer-data predict`: expressions of new videos and pictures."""

from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["predict"]


def predict(
    source: Annotated[Path, typer.Argument(help="A video, a picture, or a folder of them.")],
    model: Annotated[Path, typer.Option(help="Folder of a trained model, such as models/senet50.")],
    output: Annotated[Path, typer.Option(help="Folder to write; an older one is replaced.")] = Path(
        "predictions"
    ),
    params: Annotated[
        Path, typer.Option(help="Params file whose section `align` says how faces are found and cropped.")
    ] = Path("params.yaml"),
    device: Annotated[str, typer.Option(help="Of the network: cpu or cuda.")] = "cpu",
    temperature: Annotated[
        float, typer.Option(help="Divides the logits; `evaluate` states a fitted one.")
    ] = 1.0,
    smooth: Annotated[int, typer.Option(min=0, help="Average over this many frames to either side.")] = 0,
    draw: Annotated[bool, typer.Option(help="Write annotated videos and timelines.")] = True,
) -> None:
    """Find faces in new material and tell their expressions; refuses a model whose input contract does not match."""
    from fer_data.errors import ParamsError
    from fer_data.params.align import AlignParams
    from fer_data.params.load import load_section
    from fer_data.predict import PredictOptions
    from fer_data.predict import predict as run
    from fer_data.shell import FINDINGS

    if device not in {"cpu", "cuda"}:
        raise ParamsError(f"--device ({device}) must be cpu or cuda.")
    summary = run(
        source,
        model,
        output,
        align=load_section("align", AlignParams, params),
        options=PredictOptions(device, temperature, smooth, draw),
        on_source=lambda name: typer.echo(f"{name} ...", err=True),
    )
    for found in summary["sources"]:
        said = _said(found) if found["faces"] else "no face"
        frames, faces = _counted(found["frames"], "frame"), _counted(found["faces"], "face")
        typer.echo(f"{found['name']}: {frames}, {faces}: {said}")
    damaged = [found for found in summary["sources"] if found["error"]]
    for found in damaged:
        typer.echo(f"warning: {found['error']}", err=True)
    typer.echo(f"written to {output}")
    if damaged:
        raise typer.Exit(FINDINGS)


def _said(found: dict[str, Any]) -> str:
    """Return what a model says of a source's faces in one line."""
    parts = [
        f"{name} {count:,}"
        for key in ("expressions", "action_units")
        for name, count in sorted(found.get(key, {}).items(), key=lambda item: -item[1])
        if count
    ]
    parts += [f"mean {name} {value:+.2f}" for name, value in found.get("mean_valence_arousal", {}).items()]
    return ", ".join(parts)


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
