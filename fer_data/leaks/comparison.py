"""Compare everybody with everybody: similar pairs of names, and how often such a similarity is wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Float64, Int64, Mask
from fer_data.core.metrics.verification import Rate, link_threshold, rate_of
from fer_data.errors import DatasetError
from fer_data.leaks.appearances import Appearance

__all__ = ["LEAST_PEOPLE", "Described", "Group", "Link", "compare", "mean_vector"]

LEAST_PEOPLE = 10
"""With a genuine pair each: of fewer nobody can say how often one person is missed, and what a threshold is worth."""

MOST_SUBJECTS = 8_000
"""32 million pairs, of which similarity and both places take 0.6 GB."""

_APART_SECONDS = 0.3
_MOST_VIDEOS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """An appearance and the descriptions of its chosen faces, (k, length), in the order of time."""

    appearance: Appearance
    vectors: Float32


@dataclass(frozen=True, slots=True)
class Link:
    """Two names that may be one person.

    Attributes:
        first, second: places of the subjects in the order of the comparison.
        similarity: cosine of their mean descriptions.
        called: whether it reaches the threshold of its corpora; null where there is none.
        across: whether they are in two splits.
    """

    first: int
    second: int
    similarity: float
    called: bool | None
    across: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What is known of pairs of one corpus, or of two.

    Attributes:
        corpora: one name or two.
        subjects: names that are compared.
        pairs: of different names; `across` of them are in two splits, `together` are seen in one video.
        genuine: pairs of appearances of one person, `people` of them, from `different videos` or apart in `one video`.
        threshold: similarity from which a pair is called one person; null where genuine pairs are too few.
        false_rate: pairs in one split, of other videos, that reach it: other people, as far as anybody knows.
        together_rate: the same of people seen together, who are other people for sure.
        miss_rate: genuine pairs that do not reach it.
        expected_false: links among all pairs, and at the upper end of the interval of `false_rate`. The threshold was
            chosen on the same pairs, and may stand just above one of them: of the m pairs e reach it, and any other is
            expected to with (e + 1) / (m + 1), the mean of the distribution whose 97.5 % point is that upper end.
        note: what to know of it.
    """

    corpora: tuple[str, ...]
    subjects: int
    pairs: int
    across: int
    together: int
    genuine: dict[str, Any]
    threshold: float | None
    called: int
    false_rate: Rate
    together_rate: Rate
    miss_rate: Rate
    expected_false: tuple[float | None, float]
    note: str

    def row(self) -> dict[str, Any]:
        """Return it as plain values."""
        found = asdict(self)
        expected, most = found.pop("expected_false")
        return {**found, "corpora": list(self.corpora), "expected_false_links": expected, "at_most": most}


@dataclass(frozen=True, slots=True, eq=False)
class _Subjects:
    names: list[str]
    people: NDArray[np.str_]
    corpora: NDArray[np.str_]
    splits: NDArray[np.str_]
    vectors: Float32
    videos: list[set[str]] = field(default_factory=list)


def mean_vector(vectors: Float32) -> Float32:
    """Return the mean of descriptions, of length 1."""
    mean = vectors.astype(np.float64).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def compare(described: Sequence[Described]) -> tuple[list[list[Described]], list[Group], list[Link]]:
    """Return the appearances of each subject, what is known of each group of pairs, and the most similar pairs.

    Subjects of one person (`person_id`) are no pair: somebody confirmed them.

    Raises:
        DatasetError: there are more subjects than can be compared.
    """
    by_subject: dict[str, list[Described]] = {}
    for one in described:
        by_subject.setdefault(one.appearance.subject, []).append(one)
    if len(by_subject) > MOST_SUBJECTS:
        raise DatasetError(
            f"The dataset has {len(by_subject):,} named people, and {MOST_SUBJECTS:,} are compared at most. Publish "
            "a part of its sources."
        )
    subjects = _subjects(by_subject)
    groups, links = [], list[Link]()
    for corpora in _corpus_pairs(subjects.corpora):
        group, own = _group(subjects, corpora, _genuine(described, corpora))
        groups.append(group)
        links += own
    links.sort(key=lambda link: (not link.across, -link.similarity, link.first, link.second))
    return list(by_subject.values()), groups, links


def _subjects(by_subject: dict[str, list[Described]]) -> _Subjects:
    firsts = [own[0].appearance for own in by_subject.values()]
    return _Subjects(
        list(by_subject),
        np.array([one.person for one in firsts], np.str_),
        np.array([one.corpus for one in firsts], np.str_),
        np.array([one.split for one in firsts], np.str_),
        np.array([mean_vector(np.concatenate([one.vectors for one in own])) for own in by_subject.values()]),
        [{one.appearance.video for one in own} for own in by_subject.values()],
    )


def _corpus_pairs(corpora: NDArray[np.str_]) -> Iterator[tuple[str, ...]]:
    names = sorted(set(corpora.tolist()))
    yield from ((name,) for name in names)
    yield from combinations(names, 2)


def _genuine(described: Sequence[Described], corpora: tuple[str, ...]) -> tuple[dict[str, Any], Float64]:
    """Return what genuine pairs there are, and their similarities: of different videos, if these are enough."""
    by_person: dict[str, list[Described]] = {}
    for one in described:
        if one.appearance.corpus in corpora:
            by_person.setdefault(one.appearance.person, []).append(one)
    apart, within = dict[str, list[float]](), dict[str, list[float]]()
    for person, own in by_person.items():
        means = [mean_vector(one.vectors) for one in own[:_MOST_VIDEOS]]
        if len(means) > 1:
            apart[person] = [float(one @ other) for one, other in combinations(means, 2)]
        halves = [sides for one in own if (sides := _halves(one)) is not None]
        if halves:
            within[person] = [float(one @ other) for one, other in halves]
    kind, found = (
        ("different videos", apart) if len(apart) >= LEAST_PEOPLE or not within else ("one video", within)
    )
    values = np.array([value for own in found.values() for value in own], np.float64)
    return {"of": kind, "people": len(found), "pairs": len(values)}, values


def _halves(one: Described) -> tuple[Float32, Float32] | None:
    """Return the mean descriptions of the first and the last third of an appearance, if time passes between them."""
    third = len(one.vectors) // 3
    if not third:
        return None
    seconds = one.appearance.seconds[one.appearance.chosen]
    if seconds[-third] - seconds[third - 1] < _APART_SECONDS:
        return None
    return mean_vector(one.vectors[:third]), mean_vector(one.vectors[-third:])


def _group(
    subjects: _Subjects, corpora: tuple[str, ...], genuine: tuple[dict[str, Any], Float64]
) -> tuple[Group, list[Link]]:
    first, second = _pairs(subjects, corpora)
    similarity = (subjects.vectors @ subjects.vectors.T)[first, second].astype(np.float64)
    across = subjects.splits[first] != subjects.splits[second]
    together = np.isin(first * len(subjects.names) + second, _together(subjects))
    stated, of_one = genuine
    threshold = link_threshold(similarity[~across & ~together], of_one, len(similarity))
    threshold = threshold if stated["people"] >= LEAST_PEOPLE else None
    reached = None if threshold is None else similarity >= threshold
    false = _rate(reached, ~across & ~together)
    group = Group(
        corpora=corpora,
        subjects=len(np.unique(np.concatenate([first, second]))),
        pairs=len(similarity),
        across=int(across.sum()),
        together=int(together.sum()),
        genuine=stated,
        threshold=threshold,
        called=0 if reached is None else int(reached.sum()),
        false_rate=false,
        together_rate=_rate(reached, together),
        miss_rate=_rate(None if threshold is None else of_one < threshold, np.ones(len(of_one), np.bool_)),
        expected_false=(
            None if false.rate is None else (false.errors + 1) / (false.pairs + 1) * len(similarity),
            false.high * len(similarity),
        ),
        note=_note(stated),
    )
    return group, _links((first, second), similarity, across=across, reached=reached)


def _rate(happened: Mask | None, among: Mask) -> Rate:
    """Return how often something happened among some pairs; of none where there is no threshold."""
    return rate_of(0, 0) if happened is None else rate_of(int(happened[among].sum()), int(among.sum()))


def _note(genuine: dict[str, Any]) -> str:
    if genuine["people"] < LEAST_PEOPLE:
        return (
            f"{genuine['people']} people with a genuine pair are too few for a threshold ({LEAST_PEOPLE} are needed): "
            "pairs are ranked alone"
        )
    if genuine["of"] == "one video":
        return "genuine pairs are apart in one video, in one light: more people are missed in different ones"
    return ""


def _together(subjects: _Subjects) -> Int64:
    """Return the pairs of subjects who share a video: the lower place times the number of subjects, and the higher."""
    seen: dict[str, list[int]] = {}
    for place, videos in enumerate(subjects.videos):
        for video in videos:
            seen.setdefault(video, []).append(place)
    count = len(subjects.names)
    codes = {one * count + other for places in seen.values() for one, other in combinations(places, 2)}
    return np.array(sorted(codes), np.int64)


def _pairs(subjects: _Subjects, corpora: tuple[str, ...]) -> tuple[Int64, Int64]:
    """Return the places of both subjects of each pair of different people, the lower place first."""
    sides = [np.flatnonzero(subjects.corpora == name) for name in corpora]
    if len(sides) == 1:
        one, other = np.triu_indices(len(sides[0]), 1)
        first, second = sides[0][one], sides[0][other]
    else:
        first, second = (grid.ravel() for grid in np.meshgrid(*sides, indexing="ij"))
    lower, higher = np.minimum(first, second), np.maximum(first, second)
    different = subjects.people[lower] != subjects.people[higher]
    return lower[different], higher[different]


_LISTED = 100
"""Pairs that are listed of each group, across splits and within one."""


def _links(
    pairs: tuple[Int64, Int64], similarity: Float64, *, across: Mask, reached: Mask | None
) -> list[Link]:
    """Return the most similar pairs in two splits, and in one."""
    first, second = pairs
    found = []
    for wanted in (True, False):
        own = np.flatnonzero(across == wanted)
        order = own[np.argsort(-similarity[own], kind="stable")][:_LISTED]
        found += [
            Link(
                int(first[place]), int(second[place]), float(similarity[place]),
                None if reached is None else bool(reached[place]), wanted,
            )
            for place in order.tolist()
        ]  # fmt: skip
    return found
