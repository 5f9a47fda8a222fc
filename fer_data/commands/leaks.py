"""`fer-data leaks`: people and clips that stand in two splits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_data.commands.as_json import AsJson, print_json
from fer_data.commands.writing import Overwrite, note_for_git

if TYPE_CHECKING:
    from fer_data.terminal.table import TextTable

__all__ = ["leaks"]

_SHOWN = 12


def leaks(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    output: Annotated[Path, typer.Option(help="Folder for tables and sheets of pictures.")],
    params: Annotated[Path, typer.Option(help="Params file whose align.identity names the network.")] = Path(
        "params.yaml"
    ),
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Rank pairs of names that may be one person, and find clips that two videos show, for a person to look at.

    Nothing is changed: write the pairs that you confirm into dataset.same_person. Faces are described by a network in
    memory, which is biometric processing of the people filmed. docs/leaks.md says how to read what is printed.
    """
    from fer_data.params.document import load_params
    from fer_data.published.shards import check_dataset
    from fer_data.shell.files.outputs import check_new

    check_dataset(dataset)
    check_new(output, "leaks", name="--output", overwrite=overwrite, inputs=[dataset])
    from fer_data.leaks import check_describer, find_leaks

    document = load_params(params)
    check_describer(document)
    summary = find_leaks(dataset, output, document, overwrite=overwrite)
    note_for_git(output)
    if as_json:
        print_json({"output": output, **summary})
    else:
        _print(output, summary)


def _print(output: Path, summary: dict[str, Any]) -> None:
    from fer_data.terminal.show import show, show_line

    for across, title in (("yes", "in two splits"), ("no", "in one split")):
        pairs = [one for one in summary["suspects"] if one["across_splits"] == across]
        if pairs:
            show(_pairs_table(title, pairs))
    show(_groups_table(summary["groups"]))
    if summary["copies"]:
        show(_copies_table(summary["copies"]))
    for line in _closing(output, summary):
        show_line(line)


def _pairs_table(title: str, pairs: list[dict[str, Any]]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text, word

    called = sum(one["called"] == "yes" for one in pairs)
    known = any(one["called"] != "unknown" for one in pairs)
    columns = (
        word("rank"),
        text("subject"),
        text("subject"),
        number("similarity"),
        text("one person"),
        text("sheet"),
    )
    table = TextTable(
        f"Names that may be one person, {title}{f': {called} called' if known else ''}", *columns
    )
    for one in pairs[:_SHOWN]:
        clip = " (one clip)" if one["same_clip"] == "yes" else ""
        table.add(
            str(one["rank"]), f"{one['subject_a']} ({one['split_a']})",
            f"{one['subject_b']} ({one['split_b']})", f"{one['similarity']:.3f}", one["called"] + clip,
            one["sheet"],
        )  # fmt: skip
    if len(pairs) > _SHOWN:
        table.note = f"{len(pairs) - _SHOWN:,} more in suspects.csv"
    return table


def _groups_table(groups: list[dict[str, Any]]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text

    title = "What the similarity is worth: 95 % intervals as if pairs were independent"
    headings = ("pairs", "from", "called", "expected false", "one person missed")
    table = TextTable(title, text("corpora"), *map(number, headings))
    for one in groups:
        expected = "unknown"
        if one["expected_false_links"] is not None:
            expected = f"{one['expected_false_links']:.1f} (at most {one['at_most']:.1f})"
        table.add(
            " and ".join(one["corpora"]), f"{one['pairs']:,}",
            "no threshold" if one["threshold"] is None else f"{one['threshold']:.3f}", f"{one['called']:,}", expected,
            _rate(one["miss_rate"]),
        )  # fmt: skip
    return table


def _rate(rate: dict[str, Any]) -> str:
    if rate["rate"] is None:
        return "unknown"
    return f"{rate['errors']} of {rate['pairs']} ({rate['low']:.1%} to {rate['high']:.1%})"


def _copies_table(copies: list[dict[str, Any]]) -> "TextTable":
    from fer_data.terminal.table import TextTable, number, text, word

    columns = (word("rank"), text("video"), text("video"), number("later by"), text("sheet"))
    table = TextTable("One clip in two videos, by its frames alone", *columns)
    for one in copies[:_SHOWN]:
        table.add(
            str(one["rank"]), f"{one['video_a']} ({one['split_a']})",
            f"{one['video_b']} ({one['split_b']})", f"{one['offset_seconds']:.2f} s", one["sheet"],
        )  # fmt: skip
    if len(copies) > _SHOWN:
        table.note = f"{len(copies) - _SHOWN:,} more in copies.csv"
    return table


def _closing(output: Path, summary: dict[str, Any]) -> list[str]:
    groups, people = summary["groups"], summary["people"]
    lines = [f"{' and '.join(one['corpora'])}: {one['note']}." for one in groups if one["note"]]
    if people["not_described"]:
        lines.append(
            f"{people['not_described']:,} people were not compared: no face is large and sure enough."
        )
    if people["unnamed_pictures"]:
        lines.append(f"{people['unnamed_pictures']:,} pictures of nobody known were not compared.")
    copied, groups_across = summary["copied_clips"], summary["near_duplicate_groups_across_splits"]
    lines.append(
        f"{copied['all']} clips stand in two videos, {copied['across_splits']} of them in two splits; {groups_across} "
        "groups of near-duplicate pictures are in two splits."
    )
    lines.append(
        f"{output}: look at the sheets, then copy the lines of lines.csv that you confirm into dataset.same_person."
    )
    return lines
