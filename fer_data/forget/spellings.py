r"""How a name is written: JSON, YAML, HTML and addresses escape letters; macOS takes accents apart, CSV doubles quotes.

::

    josé 7     jos\u00e9 7   "jos\xE9 7"   jos&eacute; 7   jos%C3%A9%207   jose + U+0301
"""

import codecs
import html
import re
from collections.abc import Iterator
from html.entities import codepoint2name
from unicodedata import normalize
from urllib.parse import unquote

__all__ = [
    "composed",
    "is_joined",
    "is_utf16",
    "path_of",
    "pattern_for_git",
    "piece_of",
    "readings_of",
    "squeezed",
    "texts_of",
    "words_of",
]

_LINE_BREAK = re.compile(r"\\\r?\n[ \t]*(?:\\(?= ))?")
_ESCAPES = re.compile(
    r"""(?<!\\)\\+(?:(?P<units>u[0-9A-Fa-f]{4}(?:\\+u[0-9A-Fa-f]{4})*)|x(?P<byte>[0-9A-Fa-f]{2})|U(?P<point>[0-9A-Fa-f]{8})"""
    r"""|(?P<one>[ -/:-@^-`{-~\[\]])|(?P<blank>[bfnrt]))"""
)
"""Also one within another, as JSON in JSON has it: any number of backslashes, the first of which begins it."""
_UNIT = re.compile(r"u([0-9A-Fa-f]{4})")
_KEPT = re.compile(r"[A-Za-z0-9]+")
"""Letters that everybody writes as they are; of any other Markdown and shells make one behind a backslash."""
_QUOTED = re.compile("%[0-9A-Fa-f]{2}")
_ALONE = (
    r"\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Letters of Thai, Lao, Tibetan, Burmese, Khmer, Japanese, Chinese and Korean, which are written without blanks."""
_WORD = re.compile(rf"[^\W{_ALONE}]+|\S")
_JOINED = re.compile(rf"[^\W{_ALONE}]|-")
_BEFORE = r"(^|[^A-Za-z0-9_-]|\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[bfnrt])|%[0-9A-Fa-f]{2})"
_APART = "[^A-Za-z0-9_-]"
_AFTER = f"($|{_APART})"
"""The rule of `is_joined`, as far as git can tell: of other letters it knows bytes."""
_ZERO = "[^\t -~]"
"""A byte that is zero, as half a letter of UTF-16: no program takes it as an argument, and `.` stands for none."""
_QUOTES = "\"'"
_SOME_QUOTES = re.compile(f"[{_QUOTES}]+")
_BLANKS = re.compile(r"\s+")
_ENTITIES = {**codepoint2name, ord("'"): "apos"}
_ASCII = 0x7F
_SELECTIVE = 3
"""Letters of which few lines have all in a row."""


def composed(text: str) -> str:
    r"""Return a text with whole letters (Unicode NFC), as names have them.

    >>> composed("jose\u0301") == "jos\u00e9"
    True
    """
    return text if text.isascii() else normalize("NFC", text)


def readings_of(text: str) -> Iterator[str]:
    r"""Yield a text as JSON, YAML and HTML read it, and then as an address reads that, where it has what they escape.

    >>> list(readings_of(r"jos\u00e9 jos\xE9 jos&eacute; \ud83d\ude00 a\/1 b\nc"))
    ['josé josé josé 😀 a/1 b c']
    >>> list(readings_of("jos%C3%A9")), list(readings_of("?who=tall+one"))
    (['josé'], ['?who=tall one'])
    """
    read = text
    if "\\" in read:
        read = _ESCAPES.sub(_letters, _LINE_BREAK.sub("", read))
    if "&" in read:
        read = html.unescape(read)
    if read != text:
        yield composed(read)
    if "%" in read:
        yield path_of(read)
    if "+" in read:
        yield path_of(read.replace("+", " "))


def path_of(name: str) -> str:
    """Return the path that the name of a picture stands for; other names are what they are.

    >>> path_of("train%2Ftall%20one.jpg"), path_of("anna")
    ('train/tall one.jpg', 'anna')
    """
    return composed(unquote(name))


def _letters(found: re.Match[str]) -> str:
    if found["units"]:
        units = bytes.fromhex("".join(_UNIT.findall(found["units"])))
        return units.decode("utf-16-be", "replace")
    if found["blank"]:
        return " "
    code = int(found["byte"] or found["point"] or "0", 16)
    return found["one"] or (chr(code) if code < 0x110000 else "\ufffd")


def is_utf16(content: bytes) -> bool:
    """Say whether a file begins with the mark of UTF-16, in which letters have bytes that are zero."""
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def texts_of(content: bytes) -> tuple[str, ...]:
    r"""Return a file as text: by its mark UTF-16, else UTF-8, and where it is none as old Windows has it too.

    >>> texts_of(b"jos\xe9")
    ('jos\ufffd', 'josé')
    """
    if is_utf16(content):
        return (content.decode("utf-16", "replace"),)
    try:
        return (content.decode("utf-8"),)
    except UnicodeDecodeError:
        return (content.decode("utf-8", "replace"), content.decode("cp1252", "replace"))


def words_of(text: str) -> list[str]:
    """Return the words and marks of a text in a row; a letter of a script without blanks is a word.

    >>> words_of("train/tall one, 张伟left")
    ['train', '/', 'tall', 'one', ',', '张', '伟', 'left']
    """
    return _WORD.findall(text)


def is_joined(letter: str) -> bool:
    """Say whether a letter beside a name makes it a part of another; of scripts without blanks none does.

    >>> [is_joined(letter) for letter in ("a", "é", "_", "-", ".", "退", "")]
    [True, True, True, True, False, False, False]
    """
    return _JOINED.match(letter) is not None


def squeezed(text: str) -> str:
    r"""Return a text on one line, with one quote for any: a name may be broken, CSV doubles quotes and shells mix them.

    >>> squeezed("o'\"'\"'neil\n  b")
    'o"neil b'
    """
    return _BLANKS.sub(" ", _SOME_QUOTES.sub('"', text))


def piece_of(name: str) -> str:
    """Return the longest piece of a name that stands as it is in every text that has the name; none may be.

    >>> piece_of("jürgen"), piece_of("é"), piece_of("a%2Fanna_b.jpg")
    ('rgen', '', 'anna')
    """
    return max(_KEPT.findall(_QUOTED.sub("/", composed(name))), key=len, default="")


def pattern_for_git(name: str, *, whole: bool = True) -> str:
    r"""Return what `git log -E -G` finds a name by, in whatever way a line writes it; or a part that is quick to find.

    >>> pattern_for_git("ann", whole=False).replace("\t", "TAB")
    'ann|a[^TAB -~]n[^TAB -~]n'
    """
    name, piece = composed(name), piece_of(name)
    if whole:
        spelt = list(dict.fromkeys((name, path_of(name))))  # of a picture the name is its path, quoted
        written = "|".join("".join(map(_written, one)) for one in spelt)
        little, big = ("|".join(_units(one, order) for one in spelt) for order in ("le", "be"))
        return (
            f"{_BEFORE}({written}){_AFTER}"
            f"|(^{_ZERO}?|\udcff\udcfe|{_APART}{_ZERO})({little})($|{_APART})"
            f"|(^|\udcfe\udcff|{_APART})({big})($|{_ZERO}($|{_APART}))"
        )
    if piece == name or len(piece) >= _SELECTIVE:
        return f"{piece}|{_ZERO.join(piece)}"
    some = name[:2]
    return "|".join(("".join(map(_written, some)), _units(some, "le"), _units(some, "be")))


def _units(name: str, order: str) -> str:
    """Return a pattern of the bytes of a name in UTF-16, little or big end first."""
    return "".join(map(_byte, name.encode(f"utf-16-{order}")))


def _byte(byte: int) -> str:
    """Return a pattern of one byte; one of no letter by itself stands as Python gives it to a program."""
    if byte:
        return re.escape(bytes([byte]).decode("utf-8", "surrogateescape"))
    return _ZERO


def _written(letter: str) -> str:
    """Return a pattern of the ways to write a letter, in one piece or in parts."""
    if _KEPT.fullmatch(letter):
        return re.escape(letter)
    parts = normalize("NFD", letter)
    ways = [
        *_ways(letter),
        *(["".join(f"({'|'.join(_ways(part))})" for part in parts)] if parts != letter else []),
    ]
    return f"({'|'.join(ways)})"


def _ways(letter: str) -> list[str]:
    code, escaped = ord(letter), re.escape(letter)
    if _KEPT.fullmatch(letter):
        return [escaped]
    units = letter.encode("utf-16-be")
    found = [
        rf"(\\*[{_QUOTES}])+" if letter in _QUOTES else rf"\\*{escaped}",
        "".join(rf"\\+u{_hex(units[at : at + 2].hex())}" for at in range(0, len(units), 2)),
        rf"\\+U{_hex(f'{code:08x}')}",
        "".join(f"%{_hex(f'{byte:02x}')}" for byte in letter.encode()),
        rf"\\*&#(0*{code}|[xX]0*{_hex(f'{code:x}')});",
    ]
    found += [_byte(old[0]) for old in [letter.encode("cp1252", "ignore")] if len(old) == 1 and code > _ASCII]
    found += [rf"\\+x{_hex(f'{code:02x}')}"] if code < 0x100 else []
    found += [rf"\\*&{_ENTITIES[code]};"] if code in _ENTITIES else []
    found += [r"\+"] if letter == " " else []
    return found


def _hex(digits: str) -> str:
    return "".join(f"[{one}{one.upper()}]" if one.isalpha() else one for one in digits)
