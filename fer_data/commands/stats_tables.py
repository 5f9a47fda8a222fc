"""The tables that `fer-data stats` prints, 80 columns wide, and the lines below them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from fer_data.shell.shown import rich_text

if TYPE_CHECKING:
    from fer_data.core.metrics.circumplex import Spread
    from fer_data.stats import Stats
    from fer_data.stats.expression import SplitStats
    from fer_data.stats.tasks import ActionUnitSplit, ValenceArousalSplit

__all__ = ["action_unit_parts", "expression_parts", "gates_line", "valence_arousal_parts"]

_QUADRANTS = {
    "positive_active": "V+ A+",
    "negative_active": "V- A+",
    "negative_passive": "V- A-",
    "positive_passive": "V+ A-",
    "on_an_axis": "V or A = 0",
}


def expression_parts(found: "Stats", path: str) -> Iterator[Table | str]:
    """Yield the table of classes, a line a split, and what the numbers mean."""
    yield _expression_table(found.splits, f"{path}: {found.counts} by expression")
    yield from map(_expression_line, found.splits)
    yield (
        "[dim]share: of the split's labelled frames. eff. n: effective number of samples, "
        f"(1 - b^n) / (1 - b), b = {found.beta} (Cui et al. 2019). Neighbouring frames are near copies: "
        "people say more than frames.[/]"
    )


def action_unit_parts(found: "Stats", path: str) -> Iterator[Table | str]:
    """Yield the table of action units, a line a split, and what the numbers mean."""
    table = _table(
        f"{path}: {found.counts} by action unit",
        ("split", "unit"),
        ("frames", "present", "share", "imbalance", "in videos"),
    )
    for split in (split for split in found.action_units if split.frames):
        for index, unit in enumerate(split.units):
            table.add_row(
                "" if index else split.name,
                unit.name,
                f"{unit.frames:,}",
                f"{unit.positives:,}",
                f"{unit.share:.1%}",
                "-" if unit.imbalance_ratio is None else f"{unit.imbalance_ratio:,.1f}",
                f"{unit.positive_videos:,} of {unit.videos:,}",
            )
        table.add_row("", "any", f"{split.frames:,}", "", "", "", f"{split.videos:,}", style="bold")
        table.add_section()
    yield table
    for split in found.action_units:
        yield _line(split, "action units")
    yield (
        "[dim]frames: annotated with the unit. present: of them, those that show it. imbalance: the more frequent of "
        "present and absent over the other (-: one of them never occurs). in videos: with a frame that shows it, of "
        "those annotated.[/]"
    )


def valence_arousal_parts(found: "Stats", path: str) -> Iterator[Table | str]:
    """Yield the tables of the quadrants and of the two dimensions, a line a split, and what the numbers mean."""
    shown = [split for split in found.valence_arousal if split.frames]
    quadrants = _table(
        f"{path}: {found.counts} by quadrant of valence and arousal",
        ("split",),
        ("frames", "videos", *_QUADRANTS.values()),
    )
    table = _table("values", ("split", "of"), ("mean", "sd", "5 %", "median", "95 %"))
    for split in shown:
        shares = (f"{split.quadrant_shares[name]:.1%}" for name in _QUADRANTS)
        quadrants.add_row(split.name, f"{split.frames:,}", f"{split.videos:,}", *shares)
        table.add_row(split.name, "valence", *_spread(split.valence))
        table.add_row("", "arousal", *_spread(split.arousal))
        table.add_section()
    yield quadrants
    yield table
    for split in found.valence_arousal:
        yield _line(split, "valence and arousal")
    yield "[dim]V, A: the sign of valence and arousal; shares of the frames. sd: standard deviation.[/]"


def gates_line(rows: int) -> str:
    """Return how many training rows are missing from the tables because the quality gates took them."""
    taken = f"{rows:,} training {'row' if rows == 1 else 'rows'}" if rows else "no training row"
    return f"quality gates (align.quality) left out {taken}{' (state low_quality)' if rows else ''}."


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=rich_text(title), box=SIMPLE, pad_edge=False, title_justify="left")
    for name in left:
        table.add_column(name, no_wrap=True)
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _spread(spread: "Spread | None") -> tuple[str, ...]:
    if spread is None:
        return ()
    values = (spread.mean, spread.percentile_5, spread.median, spread.percentile_95)
    mean, low, median, high = (f"{round(value, 2) + 0.0:+.2f}" for value in values)  # no -0.00
    return mean, f"{spread.standard_deviation:.2f}", low, median, high


def _line(split: "ActionUnitSplit | ValenceArousalSplit", what: str) -> str:
    """Return what a table does not show of a split."""
    people = f"{split.subjects:,} {'person' if split.subjects == 1 else 'people'}"
    return _remarks(split, [people], f"{split.copies:,} augmented copies on top", what)


def _remarks(
    split: "SplitStats | ActionUnitSplit | ValenceArousalSplit", parts: list[str], copied: str, what: str
) -> str:
    """Return a line of a split: parts, what copies add where there are any, and the frames without a label."""
    without = _without(split.unlabelled, what)
    if not split.frames:
        return f"{split.name}: {without}."
    copies = [copied] if split.copies else []
    unlabelled = [without] if split.unlabelled else []
    return f"{split.name}: {', '.join([*parts, *copies, *unlabelled])}."


def _without(frames: int, what: str) -> str:
    return f"{frames:,} {'frame' if frames == 1 else 'frames'} without {what}"


def _expression_table(splits: "Sequence[SplitStats]", title: str) -> Table:
    copies = any(split.copies for split in splits)
    more = ("copies",) if copies else ()
    table = _table(title, ("split", "class"), ("frames", "share", *more, "videos", "people", "eff. n"))
    for split in (split for split in splits if split.frames):
        for index, row in enumerate(split.classes):
            table.add_row(
                split.name if index == 0 else "",
                rich_text(row.name),
                f"{row.frames:,}",
                f"{row.share:.1%}",
                *([f"+{row.copies:,}" if row.copies else ""] if copies else []),
                f"{row.videos:,}",
                f"{row.subjects:,}",
                f"{row.effective_number:,.0f}",
            )
        added = [f"+{split.copies:,}" if split.copies else ""] if copies else []
        counts = (f"{split.videos:,}", f"{split.subjects:,}")
        table.add_row("", "all", f"{split.frames:,}", "", *added, *counts, style="bold")
        table.add_section()
    return table


def _expression_line(split: "SplitStats") -> str:
    imbalance = f"imbalance {_ratio(split.imbalance_ratio)}"
    copied = f"with augmented copies {_ratio(split.imbalance_ratio_with_copies)}"
    return _remarks(split, [imbalance], copied, "an expression")


def _ratio(value: float | None) -> str:
    return "undefined (a class is empty)" if value is None else f"{value:.2f} : 1"
