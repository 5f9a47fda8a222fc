"""Which of some known names a person meant who wrote another, and how a refusal says so."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import islice
from reprlib import Repr

__all__ = ["closest", "did_you_mean", "ended", "quoted"]

LIKENESS = 0.7
"""Of two names, 0 to 1, least to suggest one for the other: the share of equal letters, raised by an equal beginning.

`trian` and `train` have 0.84, `happy` and `Happiness` 0.74; `extra` and `train` 0.6, `Boredom` and `Contempt` 0.27.
"""

_SHARED_BEGINNING = 4
_RAISED_BY = 0.1
"""As Winkler does with Jaro's likeness: a tenth of what lacks, for each of the first four letters that are equal."""

_SHORTEST_BEGINNING = 2
_LONGEST = 100
"""Characters of a name that a person mistyped; what is longer is no slip."""

_LOOKED_AT = 50_000
_LISTED = 20
_APART = re.compile(r"[\s_-]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_REPR = Repr()
_REPR.maxstring = 60


def did_you_mean(value: object, expected: Iterable[object]) -> str:
    """Return the remedy in a message that refuses a name: the one that was meant, or else those that there are.

    Names may come out of files: they are cut short, and control characters stand as their code.

    >>> did_you_mean("hapiness", ["Neutral", "Happiness"])
    "Did you mean 'Happiness'?"
    >>> did_you_mean("x", ["train", "validation", "test"])
    'Expected train, validation or test.'
    >>> did_you_mean("x", [])
    'There is none to choose from.'
    """
    names = list(dict.fromkeys(map(str, expected)))
    if not names:
        return "There is none to choose from."
    meant = closest(value, names)
    return f"Expected {_listed(names)}." if meant is None else f"Did you mean {quoted(meant)}?"


def closest(value: object, expected: Sequence[str]) -> str | None:
    """Return the name that a mistyped one most likely stands for; None where no name is near.

    Case, blanks, hyphens, underscores and leading zeros do not tell names apart; of equally near ones the first is
    taken. A beginning stands for the one name that begins so.

    >>> closest("AU1", ["AU01", "AU10", "AU12"]), closest("RAF-DB", ["affectnet", "rafdb"])
    ('AU01', 'rafdb')
    >>> closest("val", ["train", "validation", "test"]), closest("extra", ["train"])
    ('validation', None)
    """
    text = str(value)
    if not text or len(text) > _LONGEST:
        return None
    wanted = _folded(text)
    known = [(name, _folded(name)) for name in islice(expected, _LOOKED_AT) if len(name) <= 2 * _LONGEST]
    begun = [name for name, folded in known if folded.startswith(wanted)]
    same = next((name for name, folded in known if folded == wanted), None)
    if same is not None:
        return same
    if len(begun) == 1 and len(wanted) >= _SHORTEST_BEGINNING:
        return begun[0]
    return _nearest(wanted, known)


def quoted(name: object) -> str:
    r"""Return a name in quotes for a message, cut short and with control characters as their code.

    >>> quoted("a\x1b[2J"), len(quoted("x" * 1000))
    ("'a\\x1b[2J'", 60)
    """
    return _REPR.repr(str(name))


def ended(said: object) -> str:
    """Return a message as a sentence: with a full stop, unless it has an end of its own.

    >>> ended("split must be one"), ended("Did you mean 'train'?")
    ('split must be one.', "Did you mean 'train'?")
    """
    text = str(said)
    return text if text.endswith((".", "?")) else f"{text}."


def _nearest(wanted: str, known: Iterable[tuple[str, str]]) -> str | None:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best, found = LIKENESS, None
    for name, folded in known:
        matcher.set_seq1(folded)
        shared = _RAISED_BY * _shared_beginning(wanted, folded)
        least = (best - shared) / (1 - shared)
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            continue
        likeness = shared + (1 - shared) * matcher.ratio()
        if likeness > best or (found is None and likeness >= best):
            best, found = likeness, name
    return found


def _shared_beginning(one: str, other: str) -> int:
    pairs = zip(one[:_SHARED_BEGINNING], other[:_SHARED_BEGINNING], strict=False)
    return next(
        (index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other), _SHARED_BEGINNING)
    )


def _folded(name: str) -> str:
    """Return a name without what people write in several ways.

    >>> _folded("AU 01"), _folded("Valence-Arousal")
    ('au1', 'valencearousal')
    """
    return _LEADING_ZEROS.sub("", _APART.sub("", name.casefold()))


def _listed(names: Sequence[str]) -> str:
    """Return names in words, the first of very many.

    >>> _listed(["a"]), _listed(["a", "b c"]), _listed([str(n) for n in range(30)])[-17:]
    ('a', "a or 'b c'", '18, 19 or 10 more')
    """
    shown = [_bare(name) for name in names[:_LISTED]]
    if len(names) > _LISTED:
        return f"{', '.join(shown)} or {len(names) - _LISTED:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _bare(name: str) -> str:
    """Return a name as it stands in a list: in quotes only where it would not be read as one word."""
    plain = name.isprintable() and len(name) <= _LONGEST and not re.search(r"[\s,'\"]", name)
    return name if plain and name else quoted(name)
