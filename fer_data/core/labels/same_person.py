"""One person under several names: who is who, out of pairs that somebody confirmed."""

from collections.abc import Iterable

__all__ = ["person_names"]


def person_names(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the person of every subject of the pairs, by union-find: the first of the names that are one person.

    >>> person_names([("b", "c"), ("c", "a"), ("x", "y")])
    {'a': 'a', 'b': 'a', 'c': 'a', 'x': 'x', 'y': 'x'}
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        parents.setdefault(name, name)
        while parents[name] != name:
            parents[name] = parents[parents[name]]
            name = parents[name]
        return name

    for pair in pairs:
        first, second = sorted(map(root, pair))
        parents[second] = first
    return {name: root(name) for name in sorted(parents)}
