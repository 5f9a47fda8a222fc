"""Names of expression classes that a user gave: in folders or in a column of a table."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from fer_data.core.labels.tasks import Expression
from fer_data.corpora.names import check_name
from fer_data.errors import CorpusError
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["MAX_CLASSES", "class_spellings", "spelling_findings"]

MAX_CLASSES = 127
"""Indices of classes are whole numbers of one byte."""

_SHOWN = 8
_KNOWN = {name.lower(): str(name) for name in Expression}


def class_spellings(written: Iterable[str], file: str | None = None) -> dict[str, str]:
    """Return the name of the class that each written name means; names that differ in case alone mean one.

    Names that Aff-Wild2 or AffectNet have are spelled as there, others as the first of theirs in order.

    >>> class_spellings(["happiness", "bored", "Bored"])
    {'Bored': 'Bored', 'bored': 'Bored', 'happiness': 'Happiness'}

    Raises:
        CorpusError: a name is no plain one, or there are more than `MAX_CLASSES`.
    """
    taken = dict(_KNOWN)
    names = sorted(written)
    found = {name: taken.setdefault(_key(name, file), _composed(name)) for name in names}
    if len(set(found.values())) > MAX_CLASSES:
        raise CorpusError(
            f"{len(set(found.values())):,} expression classes were found ({', '.join(map(ascii, names[:3]))}, ...), "
            f"and {MAX_CLASSES} at most are read. Say which column or folder has the expression.",
            rule="too-many-classes",
            file=file,
        )
    return found


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _key(name: str, file: str | None) -> str:
    return check_name(name, file=file).casefold()


def spelling_findings(spellings: Mapping[str, str]) -> Iterable[Finding]:
    """Yield that classes are written in several ways, and that names are numbers."""
    written: dict[str, list[str]] = {}
    for name, meant in sorted(spellings.items()):
        written.setdefault(meant, []).append(name)
    several = [" and ".join(map(repr, names)) for names in written.values() if len(names) > 1]
    if several:
        message = f"Names that differ in case alone are one class: {_some(several)}. Write each in one way."
        yield Finding("class-spelling", Severity.WARNING, message)
    if numbers := sorted(filter(str.isdecimal, written)):
        message = (
            f"Classes are called by numbers ({_some(numbers)}), and every corpus numbers them otherwise. Say what they "
            "mean in dataset.class_map."
        )
        yield Finding("class-number", Severity.INFO, message)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
