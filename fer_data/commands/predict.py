"""`fer-data predict`: expressions of new videos and pictures, and of the rows of a published dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import DEVICES, check_choice
from fer_data.commands.completion import completes, splits
from fer_data.commands.writing import Overwrite
from fer_data.core.labels.tasks import LABELS, TASKS
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.predict.dataset import DatasetOptions

__all__ = ["predict"]

_BATCH = 64
_NAMED = 5
"""Files that are named in one line."""


def predict(
    source: Annotated[
        Path, typer.Argument(help="A video, a picture, a folder of them, or a published dataset.")
    ],
    model: Annotated[Path, typer.Option(help="Folder of a trained model, such as models/senet50.")],
    output: Annotated[Path, typer.Option(help="Folder to write.")] = Path("predictions"),
    params: Annotated[
        Path, typer.Option(help="Params file whose section `align` says how faces are found and cropped.")
    ] = Path("params.yaml"),
    device: Annotated[
        str, typer.Option(help="Of the network: cpu or cuda.", autocompletion=completes(DEVICES))
    ] = "cpu",
    temperature: Annotated[
        float, typer.Option(min=1e-3, max=1e3, help="Divides the logits; `evaluate` states a fitted one.")
    ] = 1.0,
    smooth: Annotated[
        int, typer.Option(min=0, max=100_000, help="Average over this many frames to either side.")
    ] = 0,
    draw: Annotated[
        bool, typer.Option(help="Write annotated videos, timelines and the gallery of a folder.")
    ] = True,
    faces: Annotated[
        bool,
        typer.Option(
            "--faces", help="Also write a gallery of a folder with pictures, for nobody else to read."
        ),
    ] = False,
    max_pixels: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000_000, help="Pixels of a picture (default 64 million) or frame, at most."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Of a published dataset: whose rows, such as test; `submit` reads the result.",
            autocompletion=splits,
        ),
    ] = None,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Find faces in new material and tell their expressions; refuses a model whose input contract does not match.

    With --split SOURCE is a published dataset whose crops are predicted as they are, labelled or not.
    """
    from fer_data.errors import ParamsError

    check_choice(device, DEVICES, "--device")
    from fer_data.model.description import check_model
    from fer_data.published.shards import check_dataset
    from fer_data.shell.files.outputs import check_new

    if faces and (split is not None or not draw or source.is_file()):
        raise ParamsError(
            f"--faces shows pictures in the gallery of a folder, and SOURCE ({source}) has none. Name a folder, "
            "without --split and --no-draw, or leave --faces out."
        )
    if split is not None:
        check_dataset(source, [split])
        check_model(model)
        check_new(output, "predictions", name="--output", overwrite=overwrite, inputs=[source, model])
        from fer_data.predict.dataset import DatasetOptions

        options = DatasetOptions(split, device, _BATCH, temperature, smooth)
        _predict_dataset(source, model, output, options=options, overwrite=overwrite, as_json=as_json)
        return
    if (source / "dataset_dict.json").is_file():
        raise ParamsError(
            f"SOURCE ({source}) is a published dataset. Say whose rows with --split, such as test."
        )
    from fer_data.params.align import AlignParams
    from fer_data.predict.sources import list_sources
    from fer_data.shell.run import FINDINGS
    from fer_data.shell.sections.load import load_section

    align = load_section("align", AlignParams, params)
    list_sources(source)
    check_model(model)
    check_new(output, "predictions", name="--output", overwrite=overwrite, inputs=[source, model])
    from fer_data.predict import PredictOptions
    from fer_data.predict import predict as run

    summary = run(
        source,
        model,
        output,
        align=align,
        options=PredictOptions(device, temperature, smooth, draw, max_pixels, faces),
        overwrite=overwrite,
        on_found=_complain,
    )
    if not as_json:
        for found in summary["sources"]:
            if found["frames"] or not found["error"]:
                typer.echo(printable(_line(found)))
    _note_unread(summary)
    _warn(summary)
    damaged = [found for found in summary["sources"] if found["error"]]
    if damaged:
        counts = f"{len(damaged):,} of {_counted(len(summary['sources']), 'source')}"
        named = _named([found["name"] for found in damaged])
        typer.echo(f"warning: {counts} could not be read or drawn whole: {named}", err=True)
    _end(summary, output, as_json=as_json)
    if damaged:
        raise typer.Exit(FINDINGS)


def _end(summary: dict[str, Any], output: Path, *, as_json: bool) -> None:
    if as_json:
        print_json({"output": output, **summary})
        return
    for page in summary.get("gallery", ()):
        typer.echo(printable(f"gallery: {output / page}"))
    typer.echo(printable(f"written to {output}"))


def _note_unread(summary: dict[str, Any]) -> None:
    """Name the files of a folder that nothing reads."""
    if summary["unread"]:
        from fer_data.media.suffixes import UNREAD_REMEDY, counted

        named = _named(summary["unread_files"])
        typer.echo(f"note: not read: {counted(summary['unread'])} ({named}). {UNREAD_REMEDY}", err=True)


def _predict_dataset(
    dataset: Path,
    model: Path,
    output: Path,
    *,
    options: "DatasetOptions",
    overwrite: bool,
    as_json: bool,
) -> None:
    from fer_data.predict.dataset import predict_dataset

    summary = predict_dataset(dataset, model, output, options=options, overwrite=overwrite)
    _warn(summary)
    if not as_json:
        typer.echo(f"{options.split}: {_counted(summary['rows'], 'row')}: {', '.join(summary['tasks'])}")
    _end(summary, output, as_json=as_json)


def _warn(summary: dict[str, Any]) -> None:
    """Say that a model knows rendered faces alone."""
    if summary["note"]:
        typer.echo(f"warning: {printable(summary['note'])}", err=True)


def _complain(found: Mapping[str, Any]) -> None:
    """Say at once what is odd or wrong about a source."""
    from fer_data.shell.progress import say

    for remark in found.get("remarks", ()):
        say(f"note: {remark}")
    if found["error"]:
        say(f"warning: {found['error']}")


def _line(found: Mapping[str, Any]) -> str:
    """Return what was found in a source in one line."""
    frames, faces = _counted(found["frames"], "frame"), _counted(found["faces"], "face")
    if found["people"] != found["faces"]:
        faces = f"{faces} of {found['people']:,} {'person' if found['people'] == 1 else 'people'}"
    return f"{found['name']}: {frames}, {faces}: {_said(found) if found['faces'] else 'no face'}"


def _named(names: Sequence[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - _NAMED
    shown = ", ".join(printable(name) for name in names[:_NAMED])
    return f"{shown} and {more:,} more" if more > 0 else shown


def _said(found: Mapping[str, Any]) -> str:
    """Return what a model says of a source's faces in one line."""
    from fer_data.predict.answers import summary_key

    counted, means = [], []
    for task in TASKS:
        said = found.get(summary_key(task), {})
        if LABELS[task].kind == "values":
            means += [f"mean {name} {value:+.2f}" for name, value in said.items()]
        else:
            ordered = sorted(said.items(), key=lambda item: -item[1])
            counted += [f"{name} {count:,}" for name, count in ordered if count]
    return ", ".join([*counted, *means])


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
