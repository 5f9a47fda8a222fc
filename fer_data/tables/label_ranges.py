"""What labels and places may be, in our tables and in published datasets; the first row that breaks a rule is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EIGHT_CLASSES, LABELS, NO_LABEL, SPLITS, TASKS, LabelSpec, split_column
from fer_data.errors import DatasetError
from fer_data.tables.label_fields import CHOICES, DETAILS

__all__ = ["check_published_rows", "check_table_rows"]


_UNLIMITED = (-float("inf"), float("inf"))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of one column: `holds` gives true, false or null a row; null breaks the rule unless it may be missing."""

    column: str
    text: str
    holds: Callable[[pa.Array], pa.Array]
    nullable: bool


def _within(low: float | str, high: float | str) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _nan_or_within(low: float, high: float) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.or_(pc.is_nan(values), _within(low, high)(values))


def _one_of(allowed: tuple[str, ...]) -> Callable[[pa.Array], pa.Array]:
    known = pa.array(allowed)
    return lambda values: pc.if_else(
        pc.is_valid(values), pc.is_in(values, known), pa.scalar(None, pa.bool_())
    )


def _table_rules(classes: int | None) -> Iterator[_Rule]:
    # Where `dataset.classes` drops Other, rows keep its label and the names end before it.
    last = 126 if classes is None else max(classes, len(EIGHT_CLASSES)) - 1
    for spec in LABELS.values():
        yield from (_table_rule(name, spec, last) for name in spec.columns)
    yield _Rule("frame_index", "0 or more", _within(0, float("inf")), nullable=False)
    for name in map(split_column, TASKS):
        yield _Rule(name, f"one of {', '.join(SPLITS)} or missing", _one_of(SPLITS), nullable=True)
    yield from _detail_rules(last, none=None)
    states = tuple(str(state) for state in RowState)
    yield _Rule("state", f"one of {', '.join(states)}", _one_of(states), nullable=False)


def _detail_rules(last: int, none: str | None) -> Iterator[_Rule]:
    """Yield the rules of what is said of labels; `none` is "" in a published dataset, whose -1 and NaN say nothing."""
    nullable, low = none is None, 0 if none is None else NO_LABEL
    suffix = "or missing" if nullable else "or -1 for none"
    for name, kind in DETAILS.items():
        if name in CHOICES:
            known = (*CHOICES[name], *(() if none is None else (none,)))
            text = f"one of {', '.join(CHOICES[name])} {suffix if nullable else 'or empty'}"
            yield _Rule(name, text, _one_of(known), nullable=True)
        elif name == "expression_intended":
            yield _Rule(name, f"from 0 to {last} {suffix}", _within(low, last), nullable=nullable)
        elif name == "expression_agreement":
            yield _Rule(name, "in [0, 1] or missing", _nan_or_within(0, 1), nullable=nullable)
        elif pa.types.is_struct(kind):
            yield _Rule(name, "0 or more, or missing", _nan_or_within(0, float("inf")), nullable=nullable)
        elif pa.types.is_list(kind):
            yield _Rule(name, f"votes of 0 or more {suffix}", _each_at_least(low), nullable=True)
        elif pa.types.is_integer(kind):
            yield _Rule(name, f"0 or more {suffix}", _within(low, float("inf")), nullable=nullable)


def _each_at_least(low: int) -> Callable[[pa.Array], pa.Array]:
    """Return a rule of lists: no value of a row is smaller; a null list is as it may be."""

    def holds(lists: pa.Array) -> pa.Array:
        inner = lists.flatten()
        wrong = pc.fill_null(pc.less(inner, low), fill_value=True)
        if not pc.any(wrong).as_py():
            return pa.repeat(pa.scalar(value=True), len(lists))
        rows = pc.list_parent_indices(lists).filter(wrong)
        return pc.invert(pc.is_in(pa.array(range(len(lists)), rows.type), rows))

    return holds


def _table_rule(name: str, spec: LabelSpec, last: int) -> _Rule:
    if spec.kind == "classes":
        last = len(spec.names) - 1 if spec.names else last
        return _Rule(name, f"from 0 to {last} or missing", _within(0, last), nullable=True)
    if spec.kind == "values":
        low, high = spec.limits or _UNLIMITED
        return _Rule(name, f"in [{low:g}, {high:g}] or missing", _within(low, high), nullable=True)
    return _Rule(name, "0, 1 or missing", _within(0, 1), nullable=True)


def _published_rule(name: str, spec: LabelSpec, last: int) -> _Rule:
    if spec.kind == "classes":
        last = len(spec.names) - 1 if spec.names else last
        return _Rule(name, f"from 0 to {last}, or -1 for none", _within(NO_LABEL, last), nullable=False)
    if spec.kind == "values":
        low, high = spec.limits or _UNLIMITED
        return _Rule(
            name, f"in [{low:g}, {high:g}], or NaN for none", _nan_or_within(low, high), nullable=False
        )
    return _Rule(name, "0, 1, or -1 for none", _within(NO_LABEL, 1), nullable=False)


def _published_rules(classes: int, split: str) -> Iterator[_Rule]:
    last = classes - 1
    for spec in LABELS.values():
        yield from (_published_rule(name, spec, last) for name in spec.columns)
    yield from _detail_rules(last, none="")
    yield _Rule("frame_index", "0 or more", _within(0, float("inf")), nullable=False)
    for name in ("row_id", "subject_id", "person_id", "video_id"):
        yield _Rule(name, "a name", lambda values: pc.greater(pc.binary_length(values), 0), nullable=False)
    if split != "train":
        # Older datasets have null where "" stands now.
        yield _Rule("parent_id", "empty outside the split train", _within("", ""), nullable=True)


def check_table_rows(rows: pa.RecordBatch | pa.Table, classes: int | None, location: str) -> None:
    """Hold the rows of the catalog or the faces, or some of their columns, against what each may be.

    Raises:
        DatasetError: naming the first row that breaks a rule, the value and the rule.
    """
    _check(rows, _table_rules(classes), location)
    _check_votes(rows, location)


def check_published_rows(batch: pa.RecordBatch, classes: int, split: str, location: str) -> None:
    """Hold rows of a published split against what each column may be; pictures are not looked at.

    Raises:
        DatasetError: naming the first row that breaks a rule, the value and the rule.
    """
    _check(batch, _published_rules(classes, split), location)
    _check_votes(batch, location)


def _check(rows: pa.RecordBatch | pa.Table, rules: Iterator[_Rule], location: str) -> None:
    for rule in rules:
        if rule.column not in rows.schema.names:
            continue
        for name, values in _parts(rule.column, rows[rule.column]):
            held = rule.holds(values)
            if pc.all(held, skip_nulls=rule.nullable).as_py():
                continue
            first = pc.index(pc.fill_null(held, fill_value=rule.nullable), pa.scalar(value=False)).as_py()
            if first >= 0:
                row = rows["row_id"][first].as_py() if "row_id" in rows.schema.names else f"number {first}"
                raise DatasetError(
                    f"{location}: {name} of row {row} is {values[first].as_py()!r}; it must be {rule.text}."
                )


def _check_votes(rows: pa.RecordBatch | pa.Table, location: str) -> None:
    """Hold the votes of each row that has raters against their number."""
    others = ("votes_outside", "votes_unknown", "votes_no_face")
    if not {"row_id", "raters", "expression_votes", *others} <= set(rows.schema.names):
        return
    voted = pc.fill_null(pc.greater_equal(rows["raters"], 0), fill_value=False)
    if not pc.any(voted).as_py():
        return
    chosen = rows.filter(voted) if isinstance(rows, pa.Table) else pa.Table.from_batches([rows]).filter(voted)
    _check_known(chosen, ("expression_votes", *others), location)
    counted = sum(chosen[name].to_numpy().astype(np.int64) for name in others)
    lists = chosen["expression_votes"].combine_chunks()
    parents, inner = pc.list_parent_indices(lists).to_numpy(), lists.flatten().to_numpy()
    counted = counted + np.bincount(parents, weights=inner, minlength=len(chosen)).astype(np.int64)
    wrong = np.flatnonzero(counted != chosen["raters"].to_numpy())
    if len(wrong):
        row, first = chosen["row_id"][int(wrong[0])].as_py(), int(wrong[0])
        raise DatasetError(
            f"{location}: the votes of row {row} add up to {counted[first]}, and raters is "
            f"{chosen['raters'][first].as_py()}; they must be equal."
        )


def _check_known(voted: pa.Table, columns: tuple[str, ...], location: str) -> None:
    """Hold rows that have raters against having each kind of votes, none of which may be missing then."""
    for name in columns:
        if voted[name].null_count:
            row = voted["row_id"][pc.index(pc.is_null(voted[name]), pa.scalar(value=True)).as_py()].as_py()
            raise DatasetError(
                f"{location}: {name} of row {row} is missing, and raters is given; votes stand in all columns or none."
            )


def _parts(name: str, column: pa.Array | pa.ChunkedArray) -> Iterator[tuple[str, pa.Array]]:
    """Yield a column, or the fields of a column of action units under their names."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_struct(whole.type):
        yield name, whole
        return
    yield from zip((field.name for field in whole.type), whole.flatten(), strict=True)
