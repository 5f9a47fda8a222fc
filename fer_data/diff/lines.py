"""The report of a comparison in words and numbers, for a terminal and for a page alike."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fer_data.core.labels.tasks import LABELS

__all__ = [
    "RECORDS",
    "Line",
    "Shift",
    "change_lines",
    "kind_title",
    "record_lines",
    "shift_lines",
    "side_line",
]

RECORDS = {
    "params": "params",
    "code": "code, by stage",
    "libraries": "libraries, by stage",
    "provenance": "other provenance",
}
"""The parts of a report that are about how datasets were made, and what they are called."""

_KINDS = {
    "resplit": "in another split",
    "recropped": "re-cropped",
    "box_moved": "box moved a little",
    "other_look": "other picture",
    "alike_look": "picture looks alike",
}
_SHOWN_PAIRS = 4
_HASH_DIGITS = 12


class Line(NamedTuple):
    """One kind of change: what it is, how many rows, and what to know of it."""

    change: str
    originals: int
    copies: int
    detail: str


class Shift(NamedTuple):
    """What the labels of one name are in either dataset: rows, and their share or mean."""

    split: str
    name: str
    first: str
    second: str
    first_share: str
    second_share: str


def side_line(side: Mapping[str, Any]) -> str:
    """Return a dataset in one line: as it was named, what it calls itself, its side in px and its content."""
    commit = f" at {side['commit'][:_HASH_DIGITS]}" if side["commit"] else ""
    content = (
        f"content {str(side['dataset_sha256'])[:_HASH_DIGITS]}"
        if side["dataset_sha256"]
        else "no content hash"
    )
    return f"{side['given']}{commit}: {side['name']} {side['version']}, {side['resolution']} px, {content}"


def change_lines(report: Mapping[str, Any]) -> list[Line]:
    """Return a line for each kind of change of rows that a report has."""
    return [line for line in _lines(report) if line.originals or line.copies]


def _lines(report: Mapping[str, Any]) -> Iterator[Line]:
    yield _of_splits("added", report["added"], {})
    yield _of_splits("removed", report["removed"], report["removed_states"])
    for moved in report["resplit"]:
        detail = f"{moved['from']} -> {moved['to']}, {_people(moved['subjects'])}"
        yield Line(_KINDS["resplit"], moved["originals"], moved["copies"], detail)
    for task, part in report["relabelled"].items():
        title = f"relabelled: {LABELS[task].title}"
        yield Line(title, part["originals"], part["copies"], _RELABELLED[LABELS[task].kind](part))
    if report["recropped"] is not None:
        yield from _crops(report["recropped"])
    if report["pictures"] is not None:
        yield from _pictures(report["pictures"])
    for name, part in report["columns"].items():
        largest = part["largest_difference"]
        detail = "" if largest is None else f"by {largest:.6g} at most"
        yield Line(f"value: {name}", part["originals"], part["copies"], detail)


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _of_splits(change: str, splits: Mapping[str, Any], states: Mapping[str, int]) -> Line:
    detail = ", ".join(f"{split} {one['originals'] + one['copies']:,}" for split, one in splits.items())
    told = ", ".join(f"{state} {count:,}" for state, count in states.items())
    counts = [sum(one[key] for one in splits.values()) for key in ("originals", "copies")]
    return Line(change, counts[0], counts[1], f"{detail}; in B {told}" if told else detail)


def _pairs(changes: list[dict[str, Any]]) -> str:
    shown = [
        f"{one['from']} -> {one['to']} {one['originals'] + one['copies']:,}" for one in changes[:_SHOWN_PAIRS]
    ]
    rest = len(changes) - _SHOWN_PAIRS
    return ", ".join([*shown, *([f"{rest:,} more kinds"] if rest > 0 else [])])


def _class_detail(part: Mapping[str, Any]) -> str:
    return _pairs(part["changes"])


def _value_detail(part: Mapping[str, Any]) -> str:
    told = [f"{name} {sum(part[name].values()):,}" for name in ("gained", "lost") if any(part[name].values())]
    if part["largest_difference"] is not None:
        by = ", ".join(f"{name} {value:.3f}" for name, value in part["largest_difference"].items())
        told.append(f"by at most {by}")
    return "; ".join(told)


def _unit_detail(part: Mapping[str, Any]) -> str:
    shown = [f"{unit}: {_pairs(changes)}" for unit, changes in list(part["units"].items())[:_SHOWN_PAIRS]]
    rest = len(part["units"]) - _SHOWN_PAIRS
    return "; ".join([*shown, *([f"{rest:,} more units"] if rest > 0 else [])])


_RELABELLED = {"classes": _class_detail, "values": _value_detail, "units": _unit_detail}


def _crops(part: Mapping[str, Any]) -> Iterator[Line]:
    counts = part["originals"], part["copies"]
    iou = f"smallest IoU {part['smallest_iou']:.2f}"
    yield Line(_KINDS["recropped"], *counts, f"IoU of the boxes below {part['below_iou']}; {iou}")
    close = part["moved_originals"] - counts[0], part["moved_copies"] - counts[1]
    yield Line(_KINDS["box_moved"], *close, f"IoU {part['below_iou']} or more")


def _pictures(part: Mapping[str, Any]) -> Iterator[Line]:
    other = part["other_look"]
    limit = part["above_bits"]
    detail = f"hashes differ by more than {limit} of 64 bits; by {part['largest_bits']} at most"
    yield Line(_KINDS["other_look"], other["originals"], other["copies"], detail)
    rest = part["originals"] - other["originals"], part["copies"] - other["copies"]
    yield Line(_KINDS["alike_look"], *rest, f"other bytes; hashes within {limit} of 64 bits")


def kind_title(kind: str) -> str:
    """Return what a kind of example rows is called.

    >>> kind_title("relabelled_expression"), kind_title("column_track_id"), kind_title("other_look")
    ('relabelled: expression', 'value: track_id', 'other picture')
    """
    word, _, rest = kind.partition("_")
    if word == "relabelled":
        return f"relabelled: {LABELS[rest].title}"
    if word == "column":
        return f"value: {rest}"
    return _KINDS.get(kind, kind)


def shift_lines(report: Mapping[str, Any], task: str) -> list[Shift]:
    """Return how the labels of a task are spread in both datasets, for each split and name where they differ."""
    found = []
    for split, sides in report["spreads"].get(task, {}).items():
        first, second = sides["first"] or {}, sides["second"] or {}
        for name in dict.fromkeys([*first, *second]):
            one, other = first.get(name), second.get(name)
            if one != other and (_has_rows(one) or _has_rows(other)):
                (rows, share), (new_rows, new_share) = _shown(one), _shown(other)
                found.append(Shift(split, name, rows, new_rows, share, new_share))
    return found


def _has_rows(part: Mapping[str, Any] | None) -> bool:
    return part is not None and bool(part["originals"] or part.get("copies"))


def _shown(part: Mapping[str, Any] | None) -> tuple[str, str]:
    """Return rows, copies behind a plus, and the share, or mean and spread, of one side."""
    if part is None:
        return "-", "-"
    rows = f"{part['originals']:,}" + (f" + {part['copies']:,}" if part.get("copies") else "")
    if "mean" in part:
        spread = part["standard_deviation"]
        return rows, "-" if part["mean"] is None else f"{part['mean']:+.3f} ({spread:.3f})"
    if "positives" in part:
        rows = f"{part['positives']:,} of {part['originals']:,}"
    return rows, "-" if part["share"] is None else f"{part['share']:.1%}"


def record_lines(report: Mapping[str, Any], part: str) -> list[tuple[str, str, str]]:
    """Return key, old and new value of what differs in a part of `RECORDS`."""
    changes = report[part]
    if part == "libraries":
        return _library_lines(changes)
    return [(key, _value(one, "old", part), _value(one, "new", part)) for key, one in changes.items()]


def _library_lines(changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return each change of a version once, with the stages that have it."""
    stages: dict[tuple[str, str, str], list[str]] = {}
    for key, one in changes.items():
        stage, _, library = key.partition(".")
        stages.setdefault((library, _value(one, "old", ""), _value(one, "new", "")), []).append(stage)
    return [(f"{name} ({', '.join(of)})", old, new) for (name, old, new), of in stages.items()]


def _value(change: Mapping[str, Any], side: str, part: str) -> str:
    if side not in change:
        return "-"
    value = change[side]
    return str(value)[:_HASH_DIGITS] if part == "code" else str(value)
