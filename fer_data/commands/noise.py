"""`fer-data noise`: labels that are probably wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.choices import DEVICES, check_choice
from fer_data.commands.completion import completes
from fer_data.commands.writing import Overwrite, note_for_git
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.terminal.table import TextTable

__all__ = ["noise"]

_SHOWN = 12
_BELIEVED = 0.25
"""Share of suspects up to which they are believed: with 15 % of the labels planted on the sample 18 to 21 % were."""

_TRAINED = {"with_suspects": "every label of train", "without_suspects": "train without its suspects"}


def noise(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    model: Annotated[
        Path, typer.Option(help="Folder of a trained model whose features the labels are judged by.")
    ],
    output: Annotated[
        Path, typer.Option(help="Folder for suspects.csv, summary.json and sheets of pictures.")
    ],
    device: Annotated[str, typer.Option(help="cpu or cuda.", autocompletion=completes(DEVICES))] = "cpu",
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Pictures at a time.")] = 64,
    seed: Annotated[int, typer.Option(min=0, max=(1 << 63) - 1, help="Of folds and draws.")] = 7,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """List expression labels that are probably wrong, by what was learnt from other people's labels.

    One suspect is a picture, a segment or a run of frames with one label. Nothing is changed, and test is never looked
    at. docs/label-noise.md says how many planted labels this finds, and what to do with a suspect.
    """
    from fer_data.model.description import check_model
    from fer_data.published.shards import check_dataset
    from fer_data.shell.files.outputs import check_new

    check_choice(device, DEVICES, "--device")
    check_dataset(dataset, ["train"])
    check_model(model)
    check_new(output, "noise", name="--output", overwrite=overwrite, inputs=[dataset, model])
    from fer_data.noise import NoiseOptions, find_suspects

    options = NoiseOptions(device, batch_size, seed)
    summary = find_suspects(dataset, model, output, options=options, overwrite=overwrite)
    note_for_git(output)
    for text in filter(None, (summary["note"], summary["seen"], _doubt(summary))):
        typer.echo(f"warning: {printable(text)}", err=True)
    if as_json:
        print_json({"output": output, **summary})
    else:
        _print(output, summary)


def _doubt(summary: dict[str, Any]) -> str:
    """Return what to know where so many labels are suspects that the answers are wrong rather than the labels."""
    counts = summary["splits"]["train"]
    if counts["suspects"] <= _BELIEVED * counts["labels"]:
        return ""
    return (
        f"answers agree with {summary['agreement']:.0%} of the labels of train, and {counts['suspects']:,} of "
        f"{counts['labels']:,} are suspects: the model's features hardly tell these expressions, so that says little"
    )


def _print(output: Path, summary: dict[str, Any]) -> None:
    from fer_data.terminal.show import show, show_line

    for name, counts in summary["splits"].items():
        listed = [one for one in summary["suspects"] if one["split"] == name]
        if listed:
            show(_suspects_table(name, counts, listed))
        else:
            show_line(f"{name}: no suspects among {counts['labels']:,} labels")
    if summary["validation"] is not None:
        show(_scores_table(summary["validation"]))
    for line in _closing(output, summary):
        show_line(line)


def _suspects_table(name: str, counts: dict[str, int], listed: list[dict[str, Any]]) -> "TextTable":
    from fer_data.terminal.table import TextTable, text, word

    title = (
        f"{name}: {counts['suspects']:,} of {counts['labels']:,} labels may be wrong "
        f"({counts['suspect_rows']:,} of {counts['rows']:,} rows), the likeliest first"
    )
    columns = (word("rank"), *map(text, ("video", "subject", "frames", "given", "answered", "sheet")))
    rest = len(listed) - _SHOWN
    table = TextTable(title, *columns, note=f"{rest:,} more in suspects.csv" if rest > 0 else "")
    for one in listed[:_SHOWN]:
        frames = (
            f"{one['first_frame']} to {one['last_frame']}" if one["rows"] > 1 else f"{one['first_frame']}"
        )
        table.add(
            str(one["rank"]), one["video_id"], one["subject_id"], frames,
            f"{one['given']} {one['given_probability']:.2f}",
            f"{one['answered']} {one['answered_probability']:.2f}", one["sheet"],
        )  # fmt: skip
    return table


def _scores_table(found: dict[str, Any]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text

    title = f"The probe on validation: {found['labels']:,} labels, {found['suspects']:,} of them suspects"
    gain = found["gain"]
    within = gain["interval"]
    interval = (
        f" [{within['low']:+.3f}, {within['high']:+.3f}]"
        if within
        else f", of too few {gain['drawn']} for an interval"
    )
    caption = (
        f"Without the suspects of train, on every label: {gain['macro_f1']:+.3f} macro F1{interval}. "
        "The last column leaves out what the probe disagrees with, which lifts any score: no result. "
        f"{gain['note']}"
    ).strip()
    headings = ("macro F1", "accuracy", "macro F1 without suspects")
    table = TextTable(title, text("fitted on"), *map(number, headings), note=caption)
    for key, scores in found["trained"].items():
        every, kept = scores["all_labels"], scores["without_suspects"]
        table.add(
            _TRAINED[key], f"{every['macro_f1']:.3f}", f"{every['accuracy']:.3f}", f"{kept['macro_f1']:.3f}"
        )
    return table


def _closing(output: Path, summary: dict[str, Any]) -> list[str]:
    sheets = f"{summary['sheets']} sheet{'' if summary['sheets'] == 1 else 's'} of pictures"
    lines = [f"{output}: suspects.csv, {sheets}. No label was changed; test was not looked at."]
    if summary["licence"]["kind"] != "open":
        lines += ["Only you may read that folder, and nothing of it may be passed on:"]
        lines += [f"- {reason}" for reason in summary["licence"]["reasons"]]
    return lines
