"""The tables that `fer-data stats` prints, 80 columns wide, and the lines below them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from fer_data.core.labels.tasks import DIMENSIONS, LABELS, LabelSpec
from fer_data.shell.shown import shown_people
from fer_data.tables.footage import BOTH, Footage
from fer_data.terminal.table import TextTable, number, text, word

if TYPE_CHECKING:
    from fer_data.core.metrics.circumplex import Spread
    from fer_data.stats import Stats
    from fer_data.stats.classes import ClassSplit
    from fer_data.stats.tallies import Means, Split, UnitSplit, ValueSplit

__all__ = ["gates_line", "means_table", "task_parts", "within_videos_parts"]

_QUADRANTS = {
    "positive_active": "V+ A+",
    "negative_active": "V- A+",
    "negative_passive": "V- A-",
    "positive_passive": "V+ A-",
    "on_an_axis": "V or A = 0",
}


def task_parts(found: "Stats", task: str, path: str) -> Iterator[TextTable | str]:
    """Yield the tables of a task, a line a split, and what the numbers mean."""
    spec = LABELS[task]
    yield from _PARTS[spec.kind](found.splits[task], spec, f"{path}: {found.counts} by", found)


def means_table(means: "Means", task: str, corpora: int) -> TextTable:
    """Return the mean over corpora of each label, a column a split: no corpus counts more for having more frames."""
    spec = LABELS[task]
    what = "mean of values" if spec.kind == "values" else "share"
    labels = dict.fromkeys(label for split in means.values() for label in split)
    table = _table(
        f"all together, {spec.title}: {what}, mean over {corpora} corpora", ("label",), tuple(means)
    )
    for label in labels:
        cells = (split.get(label) for split in means.values())
        form = "{:.3f}" if spec.kind == "values" else "{:.1%}"
        table.add(label, *("-" if cell is None else form.format(cell) for cell in cells))
    return table


def within_videos_parts(found: "Stats", task: str) -> Iterator[TextTable | str]:
    """Yield how much frames of one video repeat each other's labels; nothing of single pictures."""
    footage = found.footage
    table = _table(
        f"{LABELS[task].title} within {footage.clips or 'videos'}",
        ("split", "label"),
        (footage.rows, "ICC", "design effect", f"eff. {footage.rows}"),
    )
    for split in found.splits[task]:
        known = {label: one for label, one in split.within_videos.items() if one is not None}
        for index, (label, one) in enumerate(known.items()):
            frames = one.effective_frames * one.design_effect
            numbers = (
                f"{frames:,.0f}",
                f"{round(one.correlation, 2) + 0.0:.2f}",
                f"{one.design_effect:,.1f}",
            )
            effective = f"{one.effective_frames:,.0f}"
            table.add("" if index else split.name, label, *numbers, effective)
        if known:
            table.end_group()
    if footage.clips is None or not table.rows:
        return
    table.note = (
        f"ICC: intraclass correlation of the label in {footage.clips} (one-way ANOVA), 1 where all {footage.rows} "
        f"of one say the same. design effect: 1 + (m - 1) ICC, m {footage.rows} of one (Kish). It describes the "
        f"labels, not how alike pictures are; splits and intervals draw whole {footage.clips} or people."
    )
    yield table


def _class_parts(
    splits: "Sequence[ClassSplit]", spec: LabelSpec, title: str, found: "Stats"
) -> Iterator[TextTable | str]:
    footage = found.footage
    table = _class_table(splits, f"{title} {spec.title}", footage)
    near = (
        "" if footage.clips is None else " Neighbouring frames are near copies: people say more than frames."
    )
    both = " clips: videos, and single pictures." if footage == BOTH else ""
    nobody = any(split.frames and not split.subjects for split in splits)
    unnamed = " people: unknown where a corpus names nobody: there may be as many as pictures, or fewer."
    table.note = (
        f"share: of the split's labelled {footage.rows}. eff. n: effective number of samples, "
        f"(1 - b^n) / (1 - b), b = {found.beta} (Cui et al. 2019).{both}{near}{unnamed if nobody else ''}"
    )
    yield table
    yield from (_class_line(split, _with_article(spec.title), footage) for split in splits)


def _unit_parts(
    splits: "Sequence[UnitSplit]", spec: LabelSpec, title: str, found: "Stats"
) -> Iterator[TextTable | str]:
    footage = found.footage
    table = _table(
        f"{title} {spec.title.removesuffix('s')}",
        ("split", "unit"),
        (footage.rows, "present", "share", "imbalance", *_if_clips(footage, f"in {footage.clips}")),
    )
    for split in (split for split in splits if split.frames):
        for index, unit in enumerate(split.units):
            table.add(
                "" if index else split.name,
                unit.name,
                f"{unit.frames:,}",
                f"{unit.positives:,}",
                f"{unit.share:.1%}",
                "-" if unit.imbalance_ratio is None else f"{unit.imbalance_ratio:,.1f}",
                *_if_clips(footage, f"{unit.positive_videos:,} of {unit.videos:,}"),
            )
        counted = _if_clips(footage, f"{split.videos:,}")
        table.add("", "any", f"{split.frames:,}", "", "", "", *counted, style="bold")
        table.end_group()
    clips = f" in {footage.clips}: with a {footage.row} that shows it, of those annotated."
    table.note = (
        f"{footage.rows}: annotated with the unit. present: of them, those that show it. imbalance: the more "
        "frequent of present and absent over the other (-: one of them never occurs)."
        f"{clips if footage.clips else ''}"
    )
    yield table
    yield from (_line(split, spec.title, footage) for split in splits)


def _value_parts(
    splits: "Sequence[ValueSplit]", spec: LabelSpec, title: str, found: "Stats"
) -> Iterator[TextTable | str]:
    shown, footage = [split for split in splits if split.frames], found.footage
    circumplex = spec.columns == DIMENSIONS
    if circumplex:
        yield _quadrant_table(shown, f"{title} quadrant of {spec.title}", footage)
    table = _table("values", ("split", "of"), ("mean", "sd", "5 %", "median", "95 %"))
    for split in shown:
        for index, (name, spread) in enumerate(split.spreads.items()):
            table.add("" if index else split.name, name, *_spread(spread))
        table.end_group()
    signs = f"V, A: the sign of valence and arousal; shares of the {footage.rows}. " if circumplex else ""
    table.note = f"{signs}sd: standard deviation."
    yield table
    yield from (_line(split, spec.title, footage) for split in splits)


def _quadrant_table(splits: "Sequence[ValueSplit]", title: str, footage: Footage) -> TextTable:
    counts = (footage.rows, *_if_clips(footage, str(footage.clips)))
    table = _table(title, ("split",), (*counts, *_QUADRANTS.values()))
    for split in splits:
        of = split.quadrant_shares or {}
        shares = (f"{of[name]:.1%}" for name in _QUADRANTS)
        counted = _if_clips(footage, f"{split.videos:,}")
        table.add(split.name, f"{split.frames:,}", *counted, *shares)
    return table


def gates_line(rows: int) -> str:
    """Return how many training rows are missing from the tables because the quality gates took them."""
    taken = f"{rows:,} training {'row' if rows == 1 else 'rows'}" if rows else "no training row"
    return f"quality gates (align.quality) left out {taken}{' (state low_quality)' if rows else ''}."


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> TextTable:
    keys = (word(name) if name == "split" else text(name) for name in left)
    return TextTable(title, *keys, *map(number, right))


def _spread(spread: "Spread | None") -> tuple[str, ...]:
    if spread is None:
        return ()
    values = (spread.mean, spread.percentile_5, spread.median, spread.percentile_95)
    mean, low, median, high = (f"{round(value, 2) + 0.0:+.2f}" for value in values)  # no -0.00
    return mean, f"{spread.standard_deviation:.2f}", low, median, high


def _if_clips(footage: Footage, cell: str) -> list[str]:
    """Return the cell of a column of videos; nothing of single pictures, which would be counted twice."""
    return [] if footage.clips is None else [cell]


def _line(split: "UnitSplit | ValueSplit", what: str, footage: Footage) -> str:
    """Return what a table does not show of a split."""
    known = split.subjects or not split.frames
    people = (
        f"{split.subjects:,} {'person' if split.subjects == 1 else 'people'}" if known else "people unknown"
    )
    copied = f"{split.copies:,} augmented copies on top"
    return _remarks(split, [people], copied, _without(split.unlabelled, what, footage))


def _remarks(split: "Split", parts: list[str], copied: str, without: str) -> str:
    """Return a line of a split: parts, what copies add where there are any, and the frames without a label."""
    if not split.frames:
        return f"{split.name}: {without}."
    copies = [copied] if split.copies else []
    unlabelled = [without] if split.unlabelled else []
    return f"{split.name}: {', '.join([*parts, *copies, *unlabelled])}."


def _without(count: int, what: str, footage: Footage) -> str:
    return f"{footage.counted(count)} without {what}"


def _class_table(splits: "Sequence[ClassSplit]", title: str, footage: Footage) -> TextTable:
    copies = any(split.copies for split in splits)
    more = ("copies",) if copies else ()
    clips = _if_clips(footage, str(footage.clips))
    table = _table(title, ("split", "class"), (footage.rows, "share", *more, *clips, "people", "eff. n"))
    for split in (split for split in splits if split.frames):
        for index, row in enumerate(split.classes):
            table.add(
                split.name if index == 0 else "",
                row.name,
                f"{row.frames:,}",
                f"{row.share:.1%}",
                *([f"+{row.copies:,}" if row.copies else ""] if copies else []),
                *_if_clips(footage, f"{row.videos:,}"),
                shown_people(row.subjects, row.frames),
                f"{row.effective_number:,.0f}",
            )
        added = [f"+{split.copies:,}" if split.copies else ""] if copies else []
        counts = (*_if_clips(footage, f"{split.videos:,}"), shown_people(split.subjects, split.frames))
        table.add("", "all", f"{split.frames:,}", "", *added, *counts, style="bold")
        table.end_group()
    return table


def _class_line(split: "ClassSplit", what: str, footage: Footage) -> str:
    imbalance = f"imbalance {_ratio(split.imbalance_ratio)}"
    copied = f"with augmented copies {_ratio(split.imbalance_ratio_with_copies)}"
    words = [f"{word} {frames:,}" for word, frames in split.given.items()]
    without = _without(split.unlabelled, what, footage)
    given = f" Of these the corpus says {', '.join(words)}." if words else ""
    return f"{_remarks(split, [imbalance], copied, without)}{given}"


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _ratio(value: float | None) -> str:
    return "undefined (a class is empty)" if value is None else f"{value:.2f} : 1"


_PARTS: Mapping[str, Callable[..., Iterator[TextTable | str]]] = {
    "classes": _class_parts,
    "values": _value_parts,
    "units": _unit_parts,
}
