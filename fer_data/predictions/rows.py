"""Read tables of predictions, and hold every row against what a model and its evaluation can say.

`evaluate`, `predict DATASET` and `ensemble` write these tables; `ensemble`, `compare` and `submit` trust them no
further than this module does.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import EXPRESSION, LABELS, NO_LABEL, LabelSpec
from fer_data.corpora.given import LabelScope, SubjectSource
from fer_data.corpora.names import check_name
from fer_data.errors import CorpusError, DatasetError
from fer_data.predictions.schemas import FILES, TABLES, schema_of
from fer_data.published.licences import joined_licence, licence_metadata
from fer_data.shell.files.places import kind_at, must_be
from fer_data.tables.origin import prefix_metadata, stated_prefixes
from fer_data.tables.schemas import read_table

__all__ = ["check_rows", "read_rows", "stated_classes", "stated_metadata", "table_prefixes"]

MAX_ROWS = 50_000_000
"""Some twenty times the frames of Aff-Wild2; a file that claims more is not read."""

MAX_BYTES = 16 << 30
MAX_CLASS_NAME = 100
_REMEDY = "Evaluate or predict again."


def read_rows(path: Path, task: str = EXPRESSION) -> pa.Table:
    """Return the checked predictions of a task, from a table or from the folder of an evaluation that holds it.

    Raises:
        DatasetError: the table is missing, damaged, of another task, without rows, or holds what no model says.
    """
    path = _table_path(path, task)
    try:
        _check_file(pq.read_metadata(path), task, path)
        table = read_table(path, schema_of(pq.read_schema(path).names, task))
        table.validate(full=True)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise DatasetError(f"{path} cannot be read: {reason}. {_REMEDY}") from error
    check_rows(table, task, str(path))
    return table


def _table_path(path: Path, task: str) -> Path:
    """Return the table of a task in the folder of an evaluation, or the file itself."""
    if path.is_file():
        return path
    if kind_at(path) != "an evaluation":
        raise DatasetError(must_be(path, "an evaluation"))
    if not (path / FILES[task]).is_file():
        others = " and ".join(one for one, name in FILES.items() if (path / name).is_file())
        raise DatasetError(
            f"{path} cannot be read: it is no evaluation of {task}; there are predictions of {others} alone. "
            f"Name the evaluation of a model with a head for {task}."
        )
    return path / FILES[task]


def _check_file(stored: pq.FileMetaData, task: str, path: Path) -> None:
    """Hold the schema and the size that a file claims, before its rows are read."""
    schema = stored.schema.to_arrow_schema().remove_metadata()
    if not schema.equals(schema_of(schema.names, task).remove_metadata()):
        fitting = (one for one in TABLES if schema.equals(schema_of(schema.names, one).remove_metadata()))
        other = next(fitting, None)
        holds = f"predictions of {other}" if other else f"the columns {_brief(schema.names)}"
        raise DatasetError(
            f"{path} holds no predictions of {task}, but {holds}. Name {FILES[task]} of an evaluation that has them, "
            "such as reports/evaluation."
        )
    claimed = sum(stored.row_group(index).total_byte_size for index in range(stored.num_row_groups))
    if not 0 <= stored.num_rows <= MAX_ROWS or not 0 <= claimed <= MAX_BYTES:
        raise DatasetError(
            f"{path} claims {stored.num_rows:,} rows of {claimed:,} bytes; at most {MAX_ROWS:,} of {MAX_BYTES:,} are "
            f"read. {_REMEDY}"
        )


def _brief(names: Sequence[str]) -> str:
    """Return the first of a table's columns for a message."""
    shown = ", ".join(name[:MAX_CLASS_NAME] for name in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown or "of no table"


def stated_metadata(table: pa.Table, members: Sequence[pa.Table]) -> dict[str, str]:
    """Return the metadata of a table that has the classes and the rows of others: its licence is their strictest."""
    classes = stated_classes(table)
    named = {"classes": json.dumps(list(classes))} if classes else {}
    licence = joined_licence(map(_metadata, members))
    return named | prefix_metadata(table_prefixes(table)) | licence_metadata(licence)


def table_prefixes(table: pa.Table) -> dict[str, str]:
    """Return the prefix of each source's ids that a table states; nothing where no source has one."""
    return stated_prefixes(_metadata(table))


def _metadata(table: pa.Table) -> dict[str, str]:
    stored = table.schema.metadata or {}
    return {key.decode(): value.decode(errors="replace") for key, value in stored.items()}


def stated_classes(table: pa.Table, source: str = "The table") -> tuple[str, ...]:
    """Return the names of the classes that a table states, in order; none in tables of earlier versions.

    Raises:
        DatasetError: they are no list of different names.
    """
    stored = (table.schema.metadata or {}).get(b"classes")
    if stored is None:
        return ()
    try:
        names = json.loads(stored)
    except (ValueError, RecursionError):
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise DatasetError(f"{source}: the class names ({stored[:80]!a}) must be a list of names. {_REMEDY}")
    if len(set(names)) != len(names):
        raise DatasetError(f"{source}: the class names ({stored[:80]!a}) must differ. {_REMEDY}")
    if not all(name.strip() and name.isprintable() and len(name) <= MAX_CLASS_NAME for name in names):
        raise DatasetError(
            f"{source}: the class names ({stored[:80]!a}) must be printable, of 1 to {MAX_CLASS_NAME} characters. "
            f"{_REMEDY}"
        )
    return tuple(names)


def check_rows(table: pa.Table, task: str, source: str) -> None:
    """Hold every row of a table of predictions against its task: places, sources, labels, answers, no row twice.

    Raises:
        DatasetError: naming `source`, the column, the first row that is wrong and how many are.
    """
    checked = _Checked(table, source)
    checked.keys()
    allowed = ["model", "nearest", TABLES[task].last_resort]
    checked.hold("source", ~checked.true(pc.is_in(table["source"], pa.array(allowed))), f"one of {allowed}")
    stated = LABELS[task]
    if stated.kind == "classes":
        checked.classes(stated.columns[0])
    elif stated.kind == "values":
        checked.values(stated)
    else:
        checked.units(stated.columns[0])


class _Checked:
    """One table under check."""

    def __init__(self, table: pa.Table, source: str) -> None:
        self.table, self.source = table, source

    @staticmethod
    def true(mask: pa.ChunkedArray | pa.Array) -> Mask:
        return np.asarray(pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False), np.bool_)

    def hold(self, column: str, wrong: Mask, rule: str) -> None:
        """Refuse the table when any row is wrong, naming the first."""
        if not wrong.any():
            return
        first = int(wrong.argmax())
        value = self.table[column][first].as_py()
        row, px = self.table["row_id"][first].as_py(), self.table["resolution"][first].as_py()
        count = int(wrong.sum())
        others = f", and in {count - 1:,} more" if count > 1 else ""
        raise DatasetError(
            f"{self.source}: {column} ({value!a:.80}) must be {rule}, in row {row!a:.80} at {px} px{others}. {_REMEDY}"
        )

    def numbers(self, column: str) -> NDArray[Any]:
        return np.asarray(self.table[column].to_numpy())

    def keys(self) -> None:
        """Check what says which frame of whom a row is about."""
        if not len(self.table):
            raise DatasetError(f"{self.source} holds no rows, so it says nothing. {_REMEDY}")
        for field in self.table.schema:
            if not field.nullable:
                self.hold(field.name, self.true(pc.is_null(self.table[field.name])), "given")
        self.hold("frame_index", self.numbers("frame_index") < 0, "0 or more")
        self.hold("resolution", self.numbers("resolution") < 1, "1 px or more")
        for column in ("subject_id", "video_id"):
            self.names(column)
        self.known("subject_source", get_args(SubjectSource))
        self.known("label_scope", get_args(LabelScope))
        number = pc.cast(pc.add(pc.cast(self.table["frame_index"], pa.int64()), 1), pa.string())
        series = pc.replace_substring_regex(self.table["row_id"], "/[^/]*$", "")
        told = pc.binary_join_element_wise(series, pc.utf8_lpad(number, 5, "0"), "/")
        rule = "its subject or video, and its frame counted from 1, in five digits"
        self.hold("row_id", ~self.true(pc.equal(self.table["row_id"], told)), rule)
        self.series(series, rule)
        self.once(["row_id", "resolution"], "row_id", "there once at a resolution")

    def known(self, column: str, allowed: Sequence[str]) -> None:
        """Check a column that a table may have."""
        if column in self.table.column_names:
            wrong = ~self.true(pc.is_in(self.table[column], pa.array(allowed)))
            self.hold(column, wrong, f"one of {list(allowed)}")

    def series(self, series: pa.ChunkedArray, rule: str) -> None:
        """Check that rows are called after one person in one video: the subject, or the video and its face."""
        clips = self.table.select(["subject_id", "video_id"]).append_column("series", series)
        clips = clips.group_by(["series", "subject_id", "video_id"]).aggregate([])
        names = clips["series"].to_pylist()
        for name, subject, video in zip(
            names, clips["subject_id"].to_pylist(), clips["video_id"].to_pylist(), strict=True
        ):
            if name != subject and not name.startswith(video):
                self.hold("row_id", self.true(pc.equal(series, name)), rule)
        if len(set(names)) != len(names):
            raise DatasetError(f"{self.source}: rows of one name are of two people or videos. {_REMEDY}")

    def names(self, column: str) -> None:
        for name in pc.unique(self.table[column]).to_pylist():
            try:
                check_name(name)
            except CorpusError:
                wrong = self.true(pc.equal(self.table[column], name))
                self.hold(column, wrong, "a plain name without separators, '..' or control characters")

    def once(self, keys: list[str], column: str, rule: str) -> None:
        counts = self.table.group_by(keys).aggregate([([], "count_all")])
        twice = counts.filter(pc.greater(counts["count_all"], 1))
        if len(twice):
            row = twice.slice(0, 1).to_pylist()[0]
            wrong = [self.true(pc.equal(self.table[key], row[key])) for key in keys]
            self.hold(column, np.logical_and.reduce(wrong), rule)

    def classes(self, column: str) -> None:
        """Check logits, classes and labels."""
        own = self.true(pc.equal(self.table["source"], "model"))
        given = self.true(pc.is_valid(self.table["logits"]))
        self.hold("logits", own != given, "given where the source is 'model', and nowhere else")
        lengths = pc.fill_null(pc.list_value_length(self.table["logits"]), -1).to_numpy()
        classes = len(stated_classes(self.table, self.source)) or int(lengths.max())
        self.hold("logits", own & (lengths != max(classes, 2)), f"{max(classes, 2)} numbers, one a class")
        flat = pc.list_flatten(self.table["logits"].filter(pa.array(given)))
        finite = self.true(pc.is_finite(flat)).reshape(int(own.sum()), max(classes, 2)).all(axis=1)
        wrong = np.zeros(len(own), np.bool_)
        wrong[own] = ~finite
        self.hold("logits", wrong, "finite")
        highest = (classes if classes > 0 else 1 << 7) - 1
        said, label = self.numbers("predicted"), self.numbers(column)
        self.hold("predicted", (said < 0) | (said > highest), f"a class in [0, {highest}]")
        rule = f"a class in [0, {highest}], or -1 for none"
        self.hold(column, (label < NO_LABEL) | (label > highest), rule)
        pairs = self.table.group_by(["row_id", column]).aggregate([])
        counts = pairs.group_by("row_id").aggregate([([], "count_all")])
        two = counts.filter(pc.greater(counts["count_all"], 1))["row_id"].combine_chunks()
        self.hold(column, self.true(pc.is_in(self.table["row_id"], two)), "the same at every resolution")

    def values(self, stated: LabelSpec) -> None:
        """Check values such as valence: labels may be missing, as NaN, answers may not."""
        low, high = stated.limits or (-np.inf, np.inf)
        rule = f"a number in [{low:g}, {high:g}]"
        for name in stated.columns:
            label, said = self.numbers(name), self.numbers(f"predicted_{name}")
            self.hold(f"predicted_{name}", ~((said >= low) & (said <= high)), rule)
            wrong = ~np.isnan(label) & ~((label >= low) & (label <= high))
            self.hold(name, wrong, f"{rule}, or NaN for none")

    def units(self, column: str) -> None:
        """Check action units: the model answers the same units in every row."""
        answered = 0
        for unit, said in self._parts("predicted"):
            missing = said.null_count
            if missing not in (0, len(said)):
                rule = f"given for {unit} in every row or in none"
                self.hold("predicted", ~self.true(pc.is_valid(said)), rule)
            answered += not missing
        if not answered:
            raise DatasetError(f"{self.source}: predicted must answer at least one action unit. {_REMEDY}")
        for name in ("predicted", column):
            for unit, values in self._parts(name):
                known = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
                self.hold(name, (known != 0) & (known != 1), f"0 or 1 for {unit}, or null for none")
        for unit, values in self._parts("probability"):
            known = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
            self.hold(
                "probability", ~((known >= 0) & (known <= 1)), f"in [0, 1] for {unit}, or null for none"
            )

    def _parts(self, column: str) -> list[tuple[str, pa.Array]]:
        fields = self.table[column].combine_chunks()
        if isinstance(fields, pa.ChunkedArray):
            fields = pa.concat_arrays(fields.chunks)
        return list(zip([field.name for field in fields.type], fields.flatten(), strict=True))
