"""`fer-data sensitivity`: how far a model's answer moves under each operation of augmentation."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import DEVICES, check_choice
from fer_data.commands.completion import completes, operations, splits
from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.core.labels.tasks import LABELS
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.terminal.table import TextTable

__all__ = ["sensitivity"]

_HEADINGS: dict[tuple[str, str], str] = {
    ("classes", "answer"): "another class, %",
    ("classes", "probability"): "probability",
    ("values", "valence"): "valence",
    ("values", "arousal"): "arousal",
    ("units", "answer"): "units changed, %",
    ("units", "probability"): "probability",
}


def sensitivity(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    model: Annotated[Path, typer.Option(help="Folder of a trained model that never saw what is audited.")],
    output: Annotated[
        Path, typer.Option(help="Folder for sensitivity.json, .csv and .png, and contact sheets.")
    ],
    split: Annotated[
        str,
        typer.Option(help="Whose originals are changed: train, validation or test.", autocompletion=splits),
    ] = "validation",
    operation: Annotated[
        list[str] | None,
        typer.Option(
            help="Operation to audit; repeatable. By default all that the model never saw.",
            autocompletion=operations,
        ),
    ] = None,
    faces: Annotated[
        bool, typer.Option("--faces", help="Write contact sheets of restricted pictures too.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu or cuda.", autocompletion=completes(DEVICES))] = "cpu",
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Pictures at a time.")] = 64,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 63) - 1, help="Of copies and draws.")] = 7,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Say how often and how far a model's answer moves when a picture is augmented, one operation at a time.

    It says what a model feels, not that a label changed. A model that saw an operation in training is refused for it.
    docs/sensitivity.md says how to read the figures, and what to train for them.
    """
    _check(dataset, model, output, split, operations=operation or [], device=device, overwrite=overwrite)
    from fer_data.sensitivity import SensitivityOptions
    from fer_data.sensitivity import sensitivity as measure

    options = SensitivityOptions(split, tuple(operation or ()), faces, device, batch_size, seed)
    summary = measure(dataset, model, output, options=options, overwrite=overwrite)
    note_for_git(output)
    for text in filter(None, (summary["note"], summary["start"], _learnt(summary))):
        typer.echo(f"warning: {printable(text)}", err=True)
    if as_json:
        print_json({"output": output, **summary})
    else:
        _print(output, summary)


def _check(
    dataset: Path,
    model: Path,
    output: Path,
    split: str,
    *,
    operations: list[str],
    device: str,
    overwrite: bool,
) -> None:
    """Refuse what can be known to be wrong before torch is loaded."""
    from fer_data.core.sampling.operations import OPERATIONS
    from fer_data.model.description import check_model
    from fer_data.published.shards import check_dataset
    from fer_data.shell.files.outputs import check_new

    check_choice(device, DEVICES, "--device")
    for name in operations:
        check_choice(name, tuple(OPERATIONS), "--operation")
    check_dataset(dataset, [split])
    check_model(model)
    check_new(output, "sensitivity", name="--output", overwrite=overwrite, inputs=[dataset, model])


def _learnt(summary: dict[str, Any]) -> str:
    return (
        "the model learnt from these very pictures, of which it is surer than of others: audit validation"
        if summary["learnt_from_these"]
        else ""
    )


def _print(output: Path, summary: dict[str, Any]) -> None:
    from fer_data.terminal.show import show, show_line

    for task in dict.fromkeys(one["task"] for one in summary["results"]):
        show(_table(task, summary))
    for line in _closing(output, summary):
        show_line(line)


def _table(task: str, summary: dict[str, Any]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, word

    kind, own = LABELS[task].kind, [one for one in summary["results"] if one["task"] == task]
    headings = {one["measure"]: _HEADINGS[kind, one["measure"]] for one in own}
    by_setting: dict[tuple[str, float], dict[str, Any]] = {}
    for one in own:
        by_setting.setdefault((one["operation"], one["strength"]), {})[one["measure"]] = one
    columns = [word("operation"), number("x")]
    for heading in headings.values():
        columns += [number(heading), number("two seeds, %" if heading.endswith("%") else "two seeds")]
    table = TextTable(f"{LABELS[task].title}: how far the answers move (95 % intervals)", *columns)
    previous = ""
    for (name, strength), entries in by_setting.items():
        cells = [
            _cell(
                entries[measure][side],
                percent=heading.endswith("%"),
                whole=side == "moved" if kind == "values" else not index,
            )
            for index, (measure, heading) in enumerate(headings.items())
            for side in ("moved", "two_seeds")
        ]
        table.add(name if name != previous else "", f"{strength:g}" if strength else "", *cells)
        previous = name
    return table


def _cell(moved: dict[str, Any], *, percent: bool, whole: bool) -> str:
    """Return a value, in per cent or as it is, and its interval where `whole`."""
    shown, interval = _number(moved["value"], percent=percent), moved["interval"]
    if not whole or interval is None:
        return shown
    return (
        f"{shown} [{_number(interval['low'], percent=percent)}, {_number(interval['high'], percent=percent)}]"
    )


def _number(value: float, *, percent: bool) -> str:
    return f"{100 * value:.1f}" if percent else f"{value:.3f}".removeprefix("0")


def _closing(output: Path, summary: dict[str, Any]) -> Iterator[str]:
    from fer_data.core.metrics.units import Drawn

    measured = f"{summary['pictures']:,} pictures"
    if summary["pictures"] < summary["pictures_of_split"]:
        measured += f" (of {summary['pictures_of_split']:,})"
    counted = Drawn(tuple(summary["drawn"])).counted(summary["units"])
    yield (
        f"{measured} of {summary['split']}, {counted}, each changed twice. x: times what balance draws at most; "
        "two seeds: what two draws on one picture differ by; encoding: the same picture encoded once more."
    )
    if summary["interval_note"]:
        yield summary["interval_note"]
    if summary["left_out"]:
        left = "; ".join(f"{name} ({why})" for name, why in summary["left_out"].items())
        yield f"Not audited: {left}."
    yield summary["says"]
    yield from _licence(output, summary)


def _licence(output: Path, summary: dict[str, Any]) -> Iterator[str]:
    count = len(summary["sheets"])
    sheets = f"{count} contact sheet{'' if count == 1 else 's'}"
    yield f"{output}: sensitivity.json, .csv and .png, {sheets}."
    if summary["licence"]["kind"] != "open":
        yield "Only you may read that folder, and nothing of it may be passed on:"
        yield from (f"- {reason}" for reason in summary["licence"]["reasons"])
        if not count:
            yield "Contact sheets of these faces are written with --faces alone."
