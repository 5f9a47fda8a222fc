"""Whom a text names: its words are looked up among those of the names, then the letters that stand about each."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fer_data.forget.people import People
from fer_data.forget.spellings import composed, is_joined, path_of, piece_of, readings_of, squeezed, words_of

__all__ = ["Names"]

_FILE_OR_ROW = re.compile(r"\.(?:arrow|jpg|jpeg|png|parquet|mp4|avi|txt|csv|npz)\b|/\d{5}\b")
_QUOTE = '"'
_MANY = 64
"""Names that are looked for one by one; words of a text are looked up among more."""


@dataclass(slots=True)
class Names:
    """The names of people as texts have them.

    A name counts where no letter, digit, `_` or `-` is beside it; one that is a number, or that means others as well,
    only where it is a file, a row or, of a number, in quotes.

    Attributes:
        people: whose names they are.
    """

    people: People
    _signs: tuple[str, ...] = field(init=False)
    _loud: frozenset[str] = field(init=False)
    _quiet: frozenset[str] = field(init=False)
    _shapes: dict[str, list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        names, loud = self.people.names, self.people.loud
        self._signs = tuple(sorted(set(map(piece_of, names))))
        paths = map(path_of, loud)  # of a picture the name is its path, quoted
        self._loud = frozenset(squeezed(composed(name)) for name in (*loud, *paths))
        self._quiet = frozenset(squeezed(composed(name)) for name in names - loud)
        self._shapes = _shapes(self._loud | self._quiet)

    def may_stand(self, text: str) -> bool:
        """Say whether a text has letters of a name at all, which most have not; of very many names it may."""
        return len(self._signs) > _MANY or any(sign in text for sign in self._signs)

    def stand(self, text: str) -> bool:
        """Say whether a text names any of them, by letters or by what stands for letters."""
        if not self.may_stand(text):
            return False
        return self._read(composed(text), quoted=True) or any(map(self._read, readings_of(text)))

    def _read(self, text: str, *, quoted: bool = False) -> bool:
        """Say whether a text names them by its letters; whether quotes do that is what it says before it is read."""
        if self._shapes.keys().isdisjoint(words_of(text)):
            return False
        text = squeezed(text)
        return any(self._counts(text, begin, end, quoted=quoted) for begin, end in self._places(text))

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where a name may begin and end; of any number of names each word of a text has a few such places."""
        at = 0
        for word in words_of(text):
            at = text.index(word, at)
            for before, length in self._shapes.get(word, ()):
                if at >= before:
                    yield at - before, at - before + length
            at += len(word)

    def _counts(self, text: str, begin: int, end: int, *, quoted: bool) -> bool:
        name, before, after = text[begin:end], text[begin - 1 : begin], text[end : end + 1]
        if is_joined(before) and not name.startswith(_QUOTE):  # that of another may be squeezed into its own
            return False
        if name in self._loud:
            return not is_joined(after) or name.endswith(_QUOTE)
        if name not in self._quiet:
            return False
        if quoted and name.isdigit() and before == after == _QUOTE:
            return True
        return before != "." and _FILE_OR_ROW.match(text, end) is not None


def _shapes(names: Iterable[str]) -> dict[str, list[tuple[int, int]]]:
    """Return by a word of each name, the one that the fewest have, what stands before it and how long the name is.

    Names of many pictures have the same few shapes about a word.

    >>> _shapes(["a/1.jpg", "b/1.jpg", "tall one"])
    {'a': [(0, 7)], 'b': [(0, 7)], 'tall': [(0, 8)]}
    """
    words = {name: words_of(name) for name in sorted(names)}
    counts = Counter(word for found in words.values() for word in set(found))
    shapes: dict[str, set[tuple[int, int]]] = {}
    for name, found in words.items():
        rarest = min(found, key=lambda word: (word == _QUOTE, counts[word], -len(word)))
        before, at = 0, 0
        for word in found[: found.index(rarest) + 1]:
            before = name.index(word, at)
            at = before + len(word)
        shapes.setdefault(rarest, set()).add((before, len(name)))
    return {word: sorted(found) for word, found in shapes.items()}
