"""`fer-data compare` and `fer-data ensemble`: what several evaluations say together."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import Overwrite, check_suffix, note_for_git
from fer_data.shell.shown import printable

if TYPE_CHECKING:
    from fer_data.core.metrics.units import Drawn
    from fer_data.terminal.table import TextTable

__all__ = ["compare", "ensemble"]

_NAMES = {"macro_f1": "macro F1", "macro_f1_present": "macro F1, classes present", "accuracy": "accuracy"}
_UNSCORED: dict[str, Any] = {"ensemble": {}, "gain_over_mean_member": {}}
"""Of an ensemble without labels, for which no side has scores."""

DrawsOption = Annotated[
    int,
    typer.Option(
        min=100, max=100_000, help="Draws of whole videos, people or pictures behind the intervals."
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, max=(1 << 63) - 1, help="Of the draws.")]


def compare(
    first: Annotated[Path, typer.Argument(help="An evaluation: its folder, or its predictions.parquet.")],
    second: Annotated[Path, typer.Argument(help="The other one, over the same rows.")],
    draws: DrawsOption = 2000,
    seed: SeedOption = 7,
    as_json: AsJson = False,
) -> None:
    """Say what the second of two evaluations gains over the first, paired on the same videos."""
    from fer_data.compare import compare_predictions, read_evaluation

    names = (str(first), str(second))
    found = compare_predictions(
        read_evaluation(first), read_evaluation(second), draws=draws, seed=seed, names=names
    )
    if as_json:
        print_json(found)
        return
    from fer_data.terminal.show import show, show_line

    show(_gain_table(found, draws))
    show_line(f"first: {first}", "dim")
    show_line(f"second: {second}", "dim")


def ensemble(
    predictions: Annotated[
        list[Path], typer.Argument(help="Evaluations over the same rows: folders or predictions.parquet.")
    ],
    output: Annotated[Path, typer.Option(help="Parquet file to write, which `submit` and `compare` read.")],
    draws: DrawsOption = 2000,
    seed: SeedOption = 7,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Average the logits of several evaluations, write the joint predictions and say what that gains.

    Predictions of unlabelled rows, from `predict --split test`, are averaged as well; they have no gain to show.
    """
    check_suffix(output, ".parquet")
    from fer_data.compare import read_evaluation, run_gains, run_scores
    from fer_data.compare.ensemble import ensemble as average
    from fer_data.core.labels.tasks import EXPRESSION
    from fer_data.predictions.rows import stated_metadata
    from fer_data.predictions.schemas import schema_of
    from fer_data.shell.files.outputs import new_file
    from fer_data.tables.schemas import write_table

    with new_file(output, name="--output", overwrite=overwrite, inputs=predictions) as temporary:
        members = [read_evaluation(path) for path in predictions]
        joint = average(members, [str(path) for path in predictions])
        write_table(
            temporary, [joint], schema_of(joint.column_names, EXPRESSION), stated_metadata(joint, members)
        )
    note_for_git(output)
    if not any(label is not None and label >= 0 for label in joint["expression"].to_pylist()):
        if as_json:
            print_json({"members": {path: {} for path in map(str, predictions)}} | _UNSCORED)
        else:
            text = f"{len(joint):,} rows without labels, so nothing to score: written to {output}"
            typer.echo(printable(text))
        return
    found = {
        "members": {
            str(path): run_scores([table], draws=draws, seed=seed)
            for path, table in zip(predictions, members, strict=True)
        },
        "ensemble": run_scores([joint], draws=draws, seed=seed),
        "gain_over_mean_member": run_gains(members, [joint] * len(members), draws=draws, seed=seed),
    }
    if as_json:
        print_json(found)
        return
    from fer_data.terminal.show import show, show_line

    show(_ensemble_table(found))
    show_line(f"written to {output}")


def _gain_table(found: dict[str, Any], draws: int) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text, word

    at = next(iter(found.values()))
    drawn = _drawn(at)
    tested = "" if drawn.lower_bound else " and two-sided p-values"
    how = f"Gains with 95 % intervals{tested} over {drawn.words}, {draws:,} paired draws."
    shown = ("first", "second", "gain", "95 %", *([] if drawn.lower_bound else ["p"]))
    table = TextTable(
        f"Second against first: {at['rows']:,} rows of {drawn.counted(at[drawn.kind])}",
        word("side"), text("score"), *map(number, shown), note=_caption(how, at),
    )  # fmt: skip
    for px, scores in found.items():
        named = _NAMES if scores["absent"] else {key: _NAMES[key] for key in ("macro_f1", "accuracy")}
        for index, (key, name) in enumerate(named.items()):
            gain = scores[key]
            table.add(
                "" if index else f"{px} px",
                name,
                f"{gain['first']:.3f}",
                f"{gain['second']:.3f}",
                f"{gain['difference']:+.3f}",
                _between(gain["interval"], "+.3f"),
                *(
                    []
                    if drawn.lower_bound
                    else ["-" if gain["p_value"] is None else f"{gain['p_value']:.3f}"]
                ),
                end=key == "accuracy",
            )
    return table


def _ensemble_table(found: dict[str, Any]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text, word

    at = next(iter(found["gain_over_mean_member"].values()))
    present = ("of classes present",) if at["absent"] else ()
    table = TextTable(
        f"Macro F1 of the members and of their mean logits, 95 % intervals over {' and '.join(at['drawn'])}",
        word("side"), text("evaluation"), *map(number, ("macro F1", *present, "gain")),
        note=_caption("gain: over the mean of the members' scores, paired.", at),
    )  # fmt: skip
    names = _short(list(found["members"]))
    for px, joint in found["ensemble"].items():
        for index, (name, at) in enumerate(zip(names, found["members"].values(), strict=True)):
            table.add("" if index else f"{px} px", name, *_both(at[px], present), "")
        gain = found["gain_over_mean_member"][px]["macro_f1"]
        gained = f"{gain['difference']:+.3f} {_between(gain['interval'], '+.3f')}"
        table.add("", "ensemble", *_both(joint, present), gained, end=True)
    return table


def _caption(how: str, at: dict[str, Any]) -> str:
    """Return what stands below a table: how it was made, which classes no row has, why an interval lacks."""
    from fer_data.core.metrics.bootstrap import interval_note
    from fer_data.core.metrics.scores import absent_note

    drawn, pooled = _drawn(at), at.get("pooled_corpora", [])
    pool = (
        f"Rows of {', '.join(pooled)} are pooled; `evaluate` ranks by the mean over corpora."
        if pooled
        else ""
    )
    notes = (how, pool, absent_note(at["absent"]), interval_note(at[drawn.kind], {}, drawn))
    return " ".join(filter(None, notes))


def _drawn(at: dict[str, Any]) -> "Drawn":
    """Return what intervals drew."""
    from fer_data.core.metrics.units import Drawn

    return Drawn(tuple(at["drawn"]))


def _short(paths: list[str]) -> list[str]:
    """Return paths without the folders that they share.

    >>> _short(["runs/7/report", "runs/8/report"])
    ['7/report', '8/report']
    """
    parts = [Path(path).parts for path in paths]
    shared = next(
        (index for index, level in enumerate(zip(*parts, strict=False)) if len(set(level)) > 1),
        min(map(len, parts)) - 1,
    )
    return [str(Path(*part[shared:])) for part in parts]


def _both(scores: dict[str, Any], present: tuple[str, ...]) -> list[str]:
    """Return macro F1, and that over the classes present where it is shown."""
    keys = ("macro_f1", *(["macro_f1_present"] if present else []))
    return [f"{scores[key]['mean']:.3f} {_between(scores[key]['interval'], '.3f')}" for key in keys]


def _between(interval: dict[str, float] | None, form: str) -> str:
    """Return an interval as text."""
    return "-" if interval is None else f"[{interval['low']:{form}}, {interval['high']:{form}}]"
