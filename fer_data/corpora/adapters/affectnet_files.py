"""The npy release of AffectNet: pictures, and small numpy files with one number each beside them."""

import os
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from fer_data.corpora.adapters.picture_folders import is_picture
from fer_data.corpora.contents import corpus_error, read_content
from fer_data.corpora.names import is_plain
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.picture_lists import Listed
from fer_data.errors import CorpusError, ReadingError
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.walking import MAX_ENTRIES

__all__ = ["annotated_pictures", "read_number"]

_EXPRESSION = "_exp.npy"
_MAX_BYTES = 4096
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '([<>=|][USfiu][0-9]{1,3})', 'fortran_order': \w+, 'shape': \((?:1,)?\), \} *\n"
)


def annotated_pictures(root: Path, name: str, odd: OddityCounts) -> Iterator[Listed]:
    """Yield the pictures of a set with the start of the paths of their annotations, empty where there are none.

    Annotations without a picture give a row as well, which ends as one whose picture is missing.
    """
    pictures = {
        _stem(file): file for file in _names(root, f"{name}/images") if is_picture(file) and _plain(file, odd)
    }
    stems = {
        file.removesuffix(_EXPRESSION)
        for file in _names(root, f"{name}/annotations")
        if file.endswith(_EXPRESSION)
    }
    for stem, file in pictures.items():
        path = f"{name}/images/{file}"
        if stem not in stems:
            message = "The picture has no annotation, and so no label."
            odd.add(Finding("picture-without-label", Severity.WARNING, message, path))
        yield Listed(path, values=(f"{name}/annotations/{stem}" if stem in stems else "",))
    for stem in stems - pictures.keys():
        if _plain(stem, odd):
            yield Listed(f"{name}/images/{stem}.jpg", values=(f"{name}/annotations/{stem}",))


def _plain(file: str, odd: OddityCounts) -> bool:
    if not is_plain(file):
        message = "The name is no UTF-8 text, or holds control characters, and is not read. Rename the file."
        odd.add(Finding("unsafe-name", Severity.ERROR, message, ascii(file)))
    return is_plain(file)


def _stem(file: str) -> str:
    return file.rpartition(".")[0]


def _names(root: Path, folder: str) -> Iterator[str]:
    """Yield the names of the files in a folder, hidden ones left out."""
    try:
        with os.scandir(root / folder) as entries:
            for number, entry in enumerate(entries):
                if number >= MAX_ENTRIES:
                    raise CorpusError(
                        f"It holds more than {MAX_ENTRIES:,} files.", rule="too-many-files", file=folder
                    )
                if not entry.name.startswith("."):
                    yield entry.name
    except OSError as error:
        text = f"The folder cannot be read: {error.strerror}. Restore it."
        raise corpus_error(ReadingError(root / folder, text, rule="unreadable"), folder) from error


def read_number(root: Path, file: str) -> str:
    """Return the one number or text in a numpy file, as text; nothing in it is ever run.

    Raises:
        CorpusError: it cannot be read, or holds anything but one number or text.
    """
    content = read_content(root, file, _MAX_BYTES)
    try:
        kind, start = _header(content[: 10 + struct.unpack_from("<H", content, 8)[0]])
        return _value(kind, content[start:])
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise CorpusError(
            f"It must be a numpy file with one number: {error}. Restore the file.",
            rule="label-line",
            file=file,
        ) from error


def _value(kind: str, content: bytes) -> str:
    """Return a value of a numpy type such as `<U1` or `<f8` as text."""
    order, code, size = ">" if kind[0] == ">" else "<", kind[1], int(kind[2:])
    if code not in "US":
        return repr(struct.unpack(f"{order}{_format(code, size)}", content)[0])
    if len(content) != size * (4 if code == "U" else 1):
        raise ValueError("its length is wrong")
    encoding = "ascii" if code == "S" else "utf-32-be" if order == ">" else "utf-32-le"
    return content.decode(encoding).rstrip("\0").strip()


def _format(code: str, size: int) -> str:
    floats, whole = {4: "f", 8: "d", 2: "e"}, {1: "b", 2: "h", 4: "i", 8: "q"}
    return floats[size] if code == "f" else whole[size] if code == "i" else whole[size].upper()


@lru_cache(maxsize=64)
def _header(head: bytes) -> tuple[str, int]:
    """Return the type of the value and where it begins; all files of a corpus have a few headers between them.

    Source: numpy.lib.format, version 1.0.
    """
    if not head.startswith(_MAGIC) or (match := _HEADER.fullmatch(head, len(_MAGIC) + 2)) is None:
        raise ValueError("it is another kind of file or array")
    return match[1].decode(), len(head)
