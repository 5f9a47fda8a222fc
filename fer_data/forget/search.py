"""Look into a file of any kind for people: their ids in tables and texts, their pictures by hash."""

import base64
import binascii
import csv
import hashlib
import io
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.forget.names import Names
from fer_data.forget.people import People
from fer_data.forget.spellings import composed, is_utf16, texts_of
from fer_data.pictures.notes import png_notes

__all__ = ["Finder", "Hit", "is_named", "is_torn"]

_ID_COLUMNS = frozenset(
    {"row_id", "parent_id", "series_id", "subject_id", "video_id", "person_id", "subject_a", "subject_b"}
)
_FRAME = r"/\d+(?:\+\d+)?$"
_EMBEDDED = re.compile(rb"base64,([A-Za-z0-9+/=]{64,})")
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_JPEG_END, _PNG_END = b"\xff\xd9", b"IEND\xaeB`\x82"
_HEAD_BYTES = 8192

_TAR, _TAR_AT = b"ustar", 257


class Hit(NamedTuple):
    """How a file holds people, in a few words, and how many rows of it are theirs."""

    how: str
    rows: int = 0


@dataclass(slots=True)
class Finder:
    """Finds people in files; what it finds in tables adds to the hashes of their pictures.

    Attributes:
        people: whom it looks for.
        by_picture: whether files without their names are held against those hashes too.
    """

    people: People
    by_picture: bool = False
    _names: pa.Array = field(init=False)
    _texts: Names = field(init=False)

    def __post_init__(self) -> None:
        self._names = pa.array(sorted(self.people.names), pa.string())
        self._texts = Names(self.people)

    def look(self, path: Path) -> Hit | None:
        """Return how a file holds anything of them, or None."""
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
            if _is_table(head):
                hit, whole = self._tables(_any_table(path, head))
                return hit or (None if whole else self._raw(path.read_bytes()))
            if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
                return self._members(path)
            return self._content(path.read_bytes())
        except OSError:
            return None

    def learn(self, path: Path) -> None:
        """Note the pictures of theirs in a file, of which tables alone say whose they are."""
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
            if _is_table(head):
                self._tables(_any_table(path, head))
        except OSError:
            return

    def named(self, text: str) -> bool:
        """Say whether a text names any of them, by letters or by what stands for letters."""
        return self._texts.stand(text)

    def _content(self, content: bytes) -> Hit | None:
        if content[:8] == _PNG:
            return self._noted(content) or self._binary(content)
        binary = (b"\0" in content[:_HEAD_BYTES] and not is_utf16(content)) or content[:3] == _JPEG
        return self._binary(content) if binary else self._text(content)

    def _noted(self, content: bytes) -> Hit | None:
        """Return whether the texts of a PNG name any of them: a picture of several says there whom it shows."""
        return Hit("shows them") if any(map(self.named, png_notes(content))) else None

    def _raw(self, content: bytes) -> Hit | None:
        """Return what the bytes of a table that cannot be read whole have of them."""
        return self._binary(content) or self._text(content)

    def _members(self, path: Path) -> Hit | None:
        """Return what the files of a tar file have of them; one that is cut off is searched as far as it goes.

        A link has no bytes of its own: what it leads to is a file of the tar file as well, or none of it.
        """
        count = 0
        try:
            with tarfile.open(path) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.isreg() else None
                    held = file is not None and self._content(file.read()) is not None
                    count += held or is_named(self, member.name) or is_named(self, member.linkname)
        except tarfile.TarError:
            return Hit(f"{count:,} files of theirs") if count else self._raw(path.read_bytes())
        return Hit(f"{count:,} files of theirs") if count else None

    def _text(self, content: bytes) -> Hit | None:
        if any(self._cells(text) or self.named(text) for text in texts_of(content)):
            return Hit("names them")
        if self.by_picture and any(self._known(data) for data in _embedded(content)):
            return Hit("shows them")
        return None

    def _cells(self, text: str) -> bool:
        """Say whether a CSV with columns of ids has one of theirs, numbers included."""
        places = _id_columns(text)
        if not places or not self._texts.may_stand(text.replace('"', "")):  # a quote may stand within a name
            return False
        names, own_videos = self.people.names, self.people.names - self.people.shared
        for row in _rows(composed(text)):
            for index, name in places.items():
                cell = row[index].strip() if index < len(row) else ""
                if re.sub(_FRAME, "", cell) in (own_videos if name == "video_id" else names):
                    return True
        return False

    def _binary(self, content: bytes) -> Hit | None:
        if not self.by_picture:
            return None
        pieces = (*_pieces(content, _JPEG, _JPEG_END), *_pieces(content, _PNG, _PNG_END), content)
        return Hit("shows them") if any(map(self._known, pieces)) else None

    def _known(self, data: bytes) -> bool:
        return hashlib.sha256(data).hexdigest() in self.people.pictures

    def _tables(self, tables: Iterable[pa.Table | pa.RecordBatch]) -> tuple[Hit | None, bool]:
        """Return what tables have of them, and whether they could be read to their end."""
        rows, shown, told, whole = 0, 0, False, True
        try:
            for table in tables:
                told = told or self._metadata(table.schema)
                mine = self._rows(table)
                rows += pc.sum(mine).as_py() or 0
                shown += self._pictures(table, mine)
        except (OSError, pa.ArrowException):
            whole = False
        if rows:
            return Hit(f"{rows:,} rows of theirs", rows), whole
        if shown:
            return Hit(f"{shown:,} pictures of theirs", shown), whole
        return (Hit("names them") if told else None), whole

    def _metadata(self, schema: pa.Schema) -> bool:
        stated = (schema.metadata or {}).items()
        return any(
            self.named(value.decode("utf-8", "replace")) for key, value in stated if key != b"ARROW:schema"
        )

    def _rows(self, table: pa.Table | pa.RecordBatch) -> pa.Array:
        """Return which rows are theirs by any column of ids; a shared video is others' too."""
        found = pa.repeat(pa.scalar(value=False), table.num_rows)
        for name in _ID_COLUMNS & set(table.schema.names):
            column = table[name]
            column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
                continue
            known = self._names if name != "video_id" else self._own_videos()
            plain = pc.replace_substring_regex(column.cast(pa.string()), _FRAME, "")
            found = pc.or_(found, pc.fill_null(pc.is_in(plain, known), fill_value=False))
        return found

    def _own_videos(self) -> pa.Array:
        return pa.array(sorted(self.people.names - self.people.shared), pa.string())

    def _pictures(self, table: pa.Table | pa.RecordBatch, mine: pa.Array) -> int:
        """Note the hashes of pictures of theirs, and count those among other rows that are known."""
        count, other = 0, pc.invert(mine)
        for name in {"image", "pixels_sha256"} & set(table.schema.names):
            column = table[name]
            column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            if pa.types.is_struct(column.type):
                column = pc.struct_field(column, "bytes")
            for own in column.filter(mine):
                self.people.pictures.add(_digest(own.as_py(), hashed=name != "image"))
            if self.by_picture:
                hashed = (_digest(one.as_py(), hashed=name != "image") for one in column.filter(other))
                count += sum(digest in self.people.pictures for digest in hashed)
        return count


def _id_columns(text: str) -> dict[int, str]:
    """Return the columns of ids that the header of a CSV names, by their places; none of another text."""
    line = re.split(r"[\r\n]", text[:2000].removeprefix("\ufeff"), maxsplit=1)[0]
    names = (name.strip() for name in next(csv.reader([line]), ()))
    return {index: name for index, name in enumerate(names) if name in _ID_COLUMNS}


def _rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of a CSV; from one on that is none, each line as it comes: nothing behind it is passed over."""
    try:
        yield from csv.reader(io.StringIO(text))
    except csv.Error:
        for line in re.split(r"[\r\n]+", text.replace('"', "")):
            yield line.split(",")


def _digest(data: bytes | None, *, hashed: bool) -> str:
    data = data or b""
    return data.hex() if hashed else hashlib.sha256(data).hexdigest()


def is_named(finder: Finder, path: str) -> bool:
    """Say whether a path names people, or is called as one by one of its parts."""
    path = composed(path)
    return finder.named(path) or not finder.people.names.isdisjoint(path.split("/"))


def _is_table(head: bytes) -> bool:
    """Say whether a file begins as Parquet or Arrow do."""
    return head[:4] in (b"PAR1", b"\xff\xff\xff\xff") or head[:6] == b"ARROW1"


def is_torn(path: Path) -> bool:
    """Say whether a file begins as a table and cannot be read to its end: nobody can tell whom it holds."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        for _ in _any_table(path, head) if _is_table(head) else ():
            pass
    except (OSError, pa.ArrowException):
        return True
    return False


def _any_table(path: Path, head: bytes) -> Iterator[pa.Table] | Iterator[pa.RecordBatch]:
    return _parquet(path) if head[:4] == b"PAR1" else _arrow(path, head)


def _parquet(path: Path) -> Iterator[pa.Table]:
    with pq.ParquetFile(path) as file:
        metadata = file.schema_arrow.metadata
        yield pa.table({}).replace_schema_metadata(metadata)
        for batch in file.iter_batches(batch_size=4096):
            yield pa.Table.from_batches([batch])


def _arrow(path: Path, head: bytes) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        if head[:6] == b"ARROW1":
            reader = pa.ipc.open_file(source)
            yield from (reader.get_batch(index) for index in range(reader.num_record_batches))
        else:
            with pa.ipc.open_stream(source) as stream:
                yield from stream


def _embedded(content: bytes) -> Iterator[bytes]:
    for found in _EMBEDDED.finditer(content):
        try:
            yield base64.b64decode(found[1])
        except binascii.Error:
            continue


def _pieces(content: bytes, begin: bytes, end: bytes) -> Iterator[bytes]:
    """Yield the pictures that lie in a file one behind the other."""
    start = content.find(begin)
    while start >= 0:
        stop = content.find(end, start)
        following = content.find(begin, start + 1)
        if stop < 0:
            return
        while (
            following >= 0
            and stop < following
            and (later := content.find(end, stop + 1)) >= 0
            and later < following
        ):
            stop = later
        yield content[start : stop + len(end)]
        start = following
