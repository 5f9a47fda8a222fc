"""`fer-data embed` and `fer-data probe`: features, and what can be read off them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import DEVICES, check_choice
from fer_data.commands.completion import completes
from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.shell.shown import printable

__all__ = ["embed", "probe"]


def embed(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    model: Annotated[Path, typer.Option(help="Folder of a trained model, such as models/senet50.")],
    output: Annotated[Path, typer.Option(help="File to write: .parquet or .safetensors.")],
    device: Annotated[str, typer.Option(help="cpu or cuda.", autocompletion=completes(DEVICES))] = "cpu",
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Pictures at a time.")] = 64,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Write the features of every picture of a published dataset, with row ids, people and labels."""
    from fer_data.model.description import check_model
    from fer_data.published.shards import check_dataset
    from fer_data.shell.files.outputs import check_new
    from fer_data.tables.features import check_suffix

    check_choice(device, DEVICES, "--device")
    check_suffix(output)
    check_dataset(dataset)
    check_model(model)
    check_new(output, name="--output", overwrite=overwrite, inputs=[dataset, model])
    from fer_data.embed import embed as run

    summary = run(dataset, model, output, device=device, batch_size=batch_size, overwrite=overwrite)
    note_for_git(output)
    if summary["note"]:
        typer.echo(f"warning: {printable(summary['note'])}", err=True)
    if as_json:
        print_json({"output": output, **summary})
        return
    of_class = f"licence class {summary['licence']['kind']}"
    typer.echo(
        printable(f"{output}: {summary['rows']:,} rows of {summary['dimensions']:,} features, {of_class}")
    )


def probe(
    features: Annotated[Path, typer.Argument(help="A file that `fer-data embed` wrote.")],
    folds: Annotated[
        int,
        typer.Option(
            min=0, max=1000, help="0: fit on train, score validation; else folds by person over both."
        ),
    ] = 0,
    draws: Annotated[
        int, typer.Option(min=100, max=100_000, help="Draws of whole videos behind the intervals.")
    ] = 2000,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 63) - 1, help="Of folds and draws.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Fit a linear and a nearest-neighbour probe on features, split by person, with intervals."""
    from fer_data.embed.probe import ProbeOptions
    from fer_data.embed.probe import probe as run
    from fer_data.errors import ParamsError

    if folds == 1:
        raise ParamsError("--folds (1) must be 0, or 2 and more.")
    found = run(features, ProbeOptions(folds, draws, seed))
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    from fer_data.core.metrics.bootstrap import interval_note
    from fer_data.core.metrics.scores import absent_note
    from fer_data.core.metrics.units import Drawn
    from fer_data.terminal.show import show, show_line
    from fer_data.terminal.table import TextTable, number, text

    drawn = Drawn(tuple(found["drawn"]))
    count = found[drawn.kind]
    rows = f"{found['rows']:,} rows of {drawn.counted(count)}"
    title = f"{found['split']}: {rows}, 95 % intervals over {drawn.words}"
    notes = (absent_note(found["absent"]), interval_note(count, {}, drawn))
    shown = {"macro_f1": "macro F1", "macro_f1_present": "macro F1, classes present", "accuracy": "accuracy"}
    if not found["absent"]:
        del shown["macro_f1_present"]
    headings = map(number, shown.values())
    table = TextTable(title, text("probe"), *headings, note=" ".join(filter(None, notes)))
    names = {"largest": "always the largest class", "linear": "linear", "knn": "20 nearest neighbours"}
    for key, scores in found["probes"].items():
        table.add(names[key], *(_with_interval(scores, name) for name in shown))
    show(table)
    gain = found["linear_minus_knn"]
    if gain["interval"] is not None:
        low, high = gain["interval"]["low"], gain["interval"]["high"]
        show_line(
            f"linear minus nearest neighbours, macro F1: {gain['macro_f1']:+.3f} [{low:+.3f}, {high:+.3f}]"
        )


def _with_interval(scores: dict[str, Any], name: str) -> str:
    interval = scores[f"{name}_interval"]
    if interval is None:
        return f"{scores[name]:.3f}"
    return f"{scores[name]:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"
