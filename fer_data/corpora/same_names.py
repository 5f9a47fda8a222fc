"""Names that differ in case alone, brought together where there is no doubt."""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

__all__ = ["folded", "join_by_case", "match_by_case"]


def folded(name: str) -> str:
    """Return a name without case, in composed Unicode.

    >>> folded("Video1") == folded("VIDEO1")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def match_by_case(
    wanted: Iterable[str], available: Iterable[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the available name for each wanted one that is not available as it is, and those where several fit.

    A name that is wanted as it is available is nobody else's; then the others fit nothing without doubt.

    >>> match_by_case(["A", "b", "C"], ["a", "b", "c", "C", "d"])
    ({'A': 'a'}, {})
    >>> match_by_case(["AB"], ["ab", "Ab"])
    ({}, {'AB': ('Ab', 'ab')})
    """
    wanted, there = set(wanted), _by_fold(available)
    asked = _by_fold(wanted)
    matched: dict[str, str] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    for name in sorted(wanted):
        found = there.get(folded(name), ())
        if not found or name in found:
            continue
        if len(found) == 1 and len(asked[folded(name)]) == 1:
            matched[name] = found[0]
        else:
            doubtful[name] = found
    return matched, doubtful


def join_by_case(
    groups: Mapping[str, Collection[str]], known: Collection[str]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return by which of several names that differ in case each is known, and those that stay apart in doubt.

    Names of different groups are one where each group has one of them; the one that `known` has is taken, else the
    first. Names that `known` has as they are stay as they are.

    >>> join_by_case({"expression": ["Video1"], "valence_arousal": ["video1"]}, ["video1"])
    ({'Video1': 'video1'}, {})
    >>> join_by_case({"expression": ["A", "a"]}, ["a"])
    ({}, {'A': ('a',)})
    """
    joined: dict[str, str] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    for names in _by_fold({name for group in groups.values() for name in group}).values():
        exact = [name for name in names if name in known]
        others = [name for name in names if name not in known]
        if len(names) == 1 or not others:
            continue
        once = all(sum(name in names for name in group) <= 1 for group in groups.values())
        target = exact[0] if exact else names[0]
        if once and len(exact) <= 1:
            joined |= {name: target for name in names if name != target}
        else:
            doubtful |= {name: tuple(other for other in names if other != name) for name in others}
    return joined, doubtful


def _by_fold(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        found[folded(name)].append(name)
    return {key: tuple(group) for key, group in found.items()}
