"""Split a published dataset further without putting one person, or one video, on two sides."""

from collections.abc import Mapping
from math import isclose

import datasets
import numpy as np
import pyarrow.compute as pc

from fer_data.core.sampling.linked import linked
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError, ParamsError
from fer_data.published.shards import are_copies

__all__ = ["split_by_person", "split_by_subject"]

_NOBODY = "none"


def split_by_subject(
    dataset: datasets.Dataset, *, fractions: Mapping[str, float], seed: int
) -> datasets.DatasetDict:
    """Return the dataset in parts that share no person and no video; rows keep their order.

    A fraction is one of videos: people filmed together stay together, and so do the videos of one person, over any
    number of others; such videos count as one. Augmented copies go with their parent into a part called `train` and are
    left out of every other part, so that nothing is scored on copies.

    Args:
        dataset: one split of a published dataset.
        fractions: part by name, in (0, 1], adding up to 1; every part gets at least one video.
        seed: draws which videos go where; the order of the rows does not matter.

    Raises:
        DatasetError: the dataset lacks a column that this needs, or nobody says whom its pictures show.
        ParamsError: a fraction is out of range, they do not add up to 1, or there are fewer videos than parts.
    """
    return _split(dataset, "subject_id", fractions, seed)


def split_by_person(
    dataset: datasets.Dataset, *, fractions: Mapping[str, float], seed: int
) -> datasets.DatasetDict:
    """Return the dataset in parts as `split_by_subject` does, people who have several names kept whole.

    Confirmed pairs stand in `dataset.same_person` of params.yaml, and the column `person_id` has what they come to.
    Where nobody was confirmed under a second name, the parts are those of `split_by_subject`.

    Raises:
        DatasetError: the dataset lacks a column that this needs, or nobody says whom its pictures show.
        ParamsError: a fraction is out of range, they do not add up to 1, or there are fewer videos than parts.
    """
    return _split(dataset, "person_id", fractions, seed)


def _split(
    dataset: datasets.Dataset, person: str, fractions: Mapping[str, float], seed: int
) -> datasets.DatasetDict:
    """Return the parts; `person` is the column that says who a row shows."""
    columns = (person, "video_id", "parent_id")
    _check(dataset, columns, fractions)
    plain = dataset.with_format("arrow").select_columns(list(columns))[:]
    _check_named(dataset)
    people, names = (np.asarray(plain[name].to_pylist(), np.str_) for name in (person, "video_id"))
    videos = linked(people, names).astype(object)
    copied = are_copies(plain["parent_id"]).to_numpy()
    parts = _drawn(sorted(set(videos.tolist())), fractions, seed)
    chosen = {}
    for name, members in parts.items():
        inside = np.fromiter((video in members for video in videos), np.bool_, len(videos))
        chosen[name] = dataset.select(np.flatnonzero(inside if name == "train" else inside & ~copied))
    return datasets.DatasetDict(chosen)


def _check(dataset: datasets.Dataset, columns: tuple[str, ...], fractions: Mapping[str, float]) -> None:
    missing = [name for name in columns if name not in dataset.column_names]
    if missing:
        kind = columns[0].removesuffix("_id")
        older = (
            " A dataset of an earlier version has no person_id: publish it again." if kind == "person" else ""
        )
        raise DatasetError(
            f"column {missing[0]!r} is missing: splitting by {kind} needs {', '.join(columns)}. "
            f"Give it a split of a published dataset.{older}"
        )
    for name, fraction in fractions.items():
        if not 0 < fraction <= 1:
            raise ParamsError(f"fractions[{name!r}] ({fraction}) must be in (0, 1].")
    if not isclose(sum(fractions.values()), 1):
        raise ParamsError(f"fractions {dict(fractions)} must add up to 1, not {sum(fractions.values())}.")


def _check_named(dataset: datasets.Dataset) -> None:
    """Refuse pictures of nobody knows whom: one person may be on many of them, each of which is a subject."""
    if "subject_source" not in dataset.column_names:
        return
    plain = dataset.with_format("arrow").select_columns(
        [name for name in ("subject_source", "corpus") if name in dataset.column_names]
    )[:]
    unnamed = plain.filter(pc.equal(plain["subject_source"], _NOBODY))
    if not len(unnamed):
        return
    corpora = pc.unique(unnamed["corpus"]).to_pylist() if "corpus" in plain.column_names else []
    of = f" of {', '.join(map(repr, corpora))}" if any(corpora) else ""
    raise DatasetError(
        f"{len(unnamed):,} of {len(dataset):,} rows{of} do not say whom they show (subject_source is none), so no "
        "split by subject keeps a person on one side. Split the others alone, "
        "`dataset.filter(lambda row: row['subject_source'] != 'none')`, and keep the corpus' own splits of these; "
        "`train` cuts its development rows by groups of near-duplicate pictures."
    )


def _drawn(videos: list[str], fractions: Mapping[str, float], seed: int) -> dict[str, set[str]]:
    """Return the videos of every part: cut where the fractions' running sum falls, with one video a part at least."""
    if len(videos) < len(fractions):
        raise ParamsError(
            f"fractions names {len(fractions)} parts, but there are {len(videos)} videos to share."
        )
    drawn = sorted(videos, key=lambda video: (seed_from(video, seed), video))
    ends = np.rint(np.cumsum(list(fractions.values())) * len(videos)).astype(int)
    parts, start = {}, 0
    for index, (name, end) in enumerate(zip(fractions, ends.tolist(), strict=True)):
        last = len(videos) - (len(fractions) - 1 - index)
        stop = min(max(end, start + 1), last)
        parts[name] = set(drawn[start:stop])
        start = stop
    return parts
