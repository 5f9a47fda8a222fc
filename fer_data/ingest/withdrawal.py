"""People who withdrew, by `sources.NAME.excluded`: their labels go while rows are read, their names when all are."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Mask
from fer_data.core.labels.rows import row_id
from fer_data.corpora.same_names import folded
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tables.label_fields import detail_fields, label_fields
from fer_data.tables.pictures import PICTURES, PICTURES_FILE
from fer_data.tables.schemas import ROWS, VIDEOS, iterate_table, read_metadata, read_table, write_table
from fer_data.tables.withdrawn import WITHDRAWN, is_pseudonym, mentioning, pseudonym, withdrawn_rows

__all__ = ["Withdrawal"]

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U(000[0-9a-f]{5}|0010[0-9a-f]{4})")
"""Letters of a name that is not plain, as messages show them."""

_BLANK = (*label_fields(classes=pa.int8()), *detail_fields())


@dataclass(slots=True)
class Withdrawal:
    """Who of a corpus withdrew, and what was met of them.

    Attributes:
        source: how the corpus is read.
        rows: of theirs, so far.
        met: their ids, and the number of the pseudonym of each.
    """

    source: SourceParams
    rows: int = 0
    met: dict[str, int] = field(default_factory=dict)
    _names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.source.excluded != "all":
            own = (normalize("NFC", name) for name in self.source.excluded)
            self._names = frozenset(self.source.prefix + name for name in own)

    def of(self, subject_id: str) -> bool:
        """Say whether a person withdrew."""
        return self.source.withdrew(subject_id)

    def blank(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Return rows of the catalog without the labels of those who withdrew, and the rows of all others."""
        if not self.source.excluded:
            return table, table
        gone = self._gone(table["subject_id"])
        if not gone.any():
            return table, table
        self.rows += int(gone.sum())
        for name in pc.unique(table["subject_id"].filter(gone)).to_pylist():
            self.met.setdefault(name, len(self.met) + 1)
        return _without_labels(table, gone), table.filter(~gone)

    def _gone(self, subjects: pa.ChunkedArray) -> Mask:
        if self.source.excluded == "all":
            return np.ones(len(subjects), np.bool_)
        return _is_in(subjects, self._names)

    def counts(self) -> dict[str, int]:
        """Return what a summary says of it: nothing where nobody withdrew."""
        return {"withdrawn": self.rows} if self.rows else {}

    def finish(self, folder: Path, findings: Iterable[Finding]) -> list[Finding]:
        """Take those who withdrew by name out of the tables of a written catalog, and out of findings.

        A name that the corpus does not have is one more finding.
        """
        kept = list(findings)
        if self.rows:
            renaming = _Renaming(self.source.prefix, self.met, _shared(folder, self.met))
            _rewrite(folder, renaming)
            spelt = _spelt({*self.met, *renaming.gone}, self.source.prefix)
            names = None if self.source.excluded == "all" else mentioning(spelt)
            _forget_videos(folder, names)
            kept = [one for one in kept if not _about(one, names)]
        return [*kept, *self._lacking()]

    def _lacking(self) -> Iterator[Finding]:
        lacking = len(self._names - set(self.met))
        if lacking:
            message = (
                f"{self.source.key('excluded')}: {lacking} of its {len(self._names)} names are no subjects of the "
                "corpus. They were removed from it, or are misspelt: `fer-data forget` takes only names that it knows."
            )
            yield Finding("excluded-unknown", Severity.WARNING, message)


def _about(finding: Finding, names: re.Pattern[str] | None) -> bool:
    """Say whether a finding has any `folded` name, in any case; None: whether it is about anybody or any file."""
    places = [text for text in (finding.subject_id, finding.video_id, finding.file) if text]
    if names is None:
        return bool(places)
    return any(names.search(folded(_ESCAPED.sub(_letter, text))) for text in (*places, finding.message))


def _spelt(names: Iterable[str], prefix: str) -> set[str]:
    """Return names as findings have them, `folded`: also without the source's prefix, of a picture its path.

    A person's files may be called like the person but for case, and findings tell of files.
    """
    bare = {name.removeprefix(prefix) for name in names}
    return {folded(name) for name in (*names, *bare, *map(unquote, bare))}


def _letter(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1] or escaped[2] or escaped[3], 16))


def _is_in(column: pa.ChunkedArray, names: Iterable[str]) -> Mask:
    return np.asarray(pc.is_in(column, pa.array(sorted(names), pa.string())).to_numpy(), np.bool_)


def _without_labels(table: pa.Table, gone: Mask) -> pa.Table:
    """Return a table in which some rows have lost every label and all that is known of it."""
    for blank in _BLANK:
        place = table.schema.get_field_index(blank.name)
        kind = table.schema.field(place)
        column = table.column(place).combine_chunks()
        taken = pa.array(np.where(gone, 0, np.arange(len(table))), mask=gone)
        if not kind.nullable:  # a struct, of which every part is lost
            inner = [part.take(taken) for part in column.flatten()]
            lost = pa.StructArray.from_arrays(inner, fields=list(kind.type))
        else:
            lost = column.take(taken)
        table = table.set_column(place, kind, lost)
    return table


def _shared(folder: Path, met: Iterable[str]) -> set[str]:
    """Return the videos and pictures that show somebody else as well."""
    columns, own = ["subject_id", "video_id"], set[str]()
    for table in iterate_table(folder / "rows.parquet", ROWS, columns):
        own.update(table["video_id"].filter(_is_in(table["subject_id"], met)).to_pylist())
    shared = set[str]()
    for table in iterate_table(folder / "rows.parquet", ROWS, columns):
        others = ~_is_in(table["subject_id"], met) & _is_in(table["video_id"], own)
        shared.update(table["video_id"].filter(others).to_pylist())
    return shared


@dataclass(slots=True)
class _Renaming:
    """What stands for the names of those who withdrew; `gone` are the videos and pictures that show nobody else."""

    prefix: str
    met: Mapping[str, int]
    shared: set[str]
    gone: set[str] = field(default_factory=set)
    _series: dict[str, str] = field(default_factory=dict)
    _pictures: Counter[str] = field(default_factory=Counter)

    def rows(self, table: pa.Table, *, pictures: bool) -> pa.Table:
        """Return rows of the catalog with these names."""
        gone = _is_in(table["subject_id"], self.met)
        if not gone.any():
            return table
        names = ("row_id", "series_id", "subject_id", "video_id")
        columns = {name: table[name].to_numpy().astype(object) for name in names}
        frames = table["frame_index"].to_numpy()
        for at in np.flatnonzero(gone).tolist():
            old = {name: str(columns[name][at]) for name in names}
            new = self._picture(old) if pictures else self._frame(old, int(frames[at]))
            for name, value in new.items():
                columns[name][at] = value
        for name, values in columns.items():
            place = table.schema.get_field_index(name)
            table = table.set_column(place, table.schema.field(place), pa.array(values, pa.string()))
        return table

    def _frame(self, old: Mapping[str, str], frame: int) -> dict[str, str]:
        subject = pseudonym(self.prefix, self.met[old["subject_id"]])
        series = self._series.setdefault(old["series_id"], f"{subject}.{len(self._series) + 1}")
        return {
            "row_id": row_id(series, frame),
            "series_id": series,
            "subject_id": subject,
            "video_id": self._video(old["video_id"], series),
        }

    def _picture(self, old: Mapping[str, str]) -> dict[str, str]:
        subject = pseudonym(self.prefix, self.met[old["subject_id"]])
        self._pictures[subject] += 1
        own = f"{subject}.{self._pictures[subject]}"
        return {
            "row_id": row_id(own, 0),
            "subject_id": subject,
            "video_id": self._video(old["video_id"], own),
        }

    def _video(self, video_id: str, own: str) -> str:
        if video_id in self.shared:
            return video_id
        self.gone.add(video_id)
        return own


def _rewrite(folder: Path, renaming: _Renaming) -> None:
    """Write the tables of a catalog anew with other names; a picture that shows nobody else has lost its path too."""
    rows, pictures = folder / "rows.parquet", folder / PICTURES_FILE
    metadata = read_metadata(rows, ROWS)
    sparse = json.loads(metadata.get("sparse_series", "[]"))
    kept = sparse if sparse is True else [name for name in sparse if name not in renaming.met]
    numbers = renaming.met.values()
    metadata |= {
        "sparse_series": json.dumps(kept),
        WITHDRAWN: json.dumps([pseudonym(renaming.prefix, number) for number in numbers]),
    }
    of_pictures, new = pictures.is_file(), folder / "renamed.parquet"
    tables = (
        renaming.rows(table, pictures=of_pictures) for table in iterate_table(rows, ROWS, batch_rows=1 << 17)
    )
    write_table(new, tables, ROWS, metadata)
    new.replace(rows)
    if of_pictures:
        _rewrite_pictures(rows, pictures)


def _forget_videos(folder: Path, names: re.Pattern[str] | None) -> None:
    """Take videos out of the table that no row has any longer, or never had, and that are called by a name; None: all.

    A person's may be called like the person but for case, and yet be nobody's: where two are, it is in doubt whose.
    """
    shown = set[str]()
    for table in iterate_table(folder / "rows.parquet", ROWS, ["video_id"]):
        shown.update(pc.unique(table["video_id"]).to_pylist())
    videos = read_table(folder / "videos.parquet", VIDEOS)
    ids = videos["video_id"].to_pylist()
    kept = [name in shown or not (names is None or names.search(folded(name))) for name in ids]
    write_table(folder / "videos.parquet", [videos.filter(pa.array(kept, pa.bool_()))], VIDEOS)


def _rewrite_pictures(rows: Path, pictures: Path) -> None:
    renamed = read_table(rows, ROWS, ["row_id", "subject_id", "video_id"])
    table, ids = read_table(pictures, PICTURES), renamed["row_id"]
    lost = withdrawn_rows(renamed) & np.asarray(is_pseudonym(renamed["video_id"]).to_numpy(), np.bool_)
    values: dict[str, Any] = {"path": "", "content_hash": "", "width": 0, "height": 0, "codec": ""}
    columns = {
        name: pc.if_else(lost, pa.scalar(value, PICTURES.field(name).type), table[name])
        for name, value in values.items()
    }
    box = table["box"].combine_chunks().take(pa.array(np.where(lost, 0, np.arange(len(table))), mask=lost))
    write_table(pictures, [pa.table({**columns, "row_id": ids, "box": box})], PICTURES)
