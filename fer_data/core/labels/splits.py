"""The one split of each subject, where the organisers' lists name several."""

from collections.abc import Iterable, Mapping

__all__ = ["opposite_splits", "resolve_splits"]


def resolve_splits(
    listed: Iterable[tuple[str, str]], overlap: str
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return each subject's one split, and all splits of those that are listed in several.

    A subject of a test set stays in it, whatever else lists it; between train and validation `overlap` decides.

    >>> resolve_splits([("a", "train"), ("b", "train"), ("b", "validation")], "validation")[0]
    {'a': 'train', 'b': 'validation'}
    """
    every: dict[str, set[str]] = {}
    for subject, split in listed:
        every.setdefault(subject, set()).add(split)
    order = ("test", overlap, "validation", "train")
    splits = {subject: next(split for split in order if split in found) for subject, found in every.items()}
    return splits, {subject: found for subject, found in every.items() if len(found) > 1}


def opposite_splits(splits: Mapping[str, str], videos: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the videos whose subjects stand in different splits of one task, with those subjects in order.

    >>> opposite_splits({"a_left": "train", "a_right": "validation"}, {"a_left": "a", "a_right": "a"})
    {'a': ['a_left', 'a_right']}
    """
    subjects: dict[str, list[str]] = {}
    for subject in sorted(splits):
        subjects.setdefault(videos[subject], []).append(subject)
    return {
        video: found for video, found in subjects.items() if len({splits[subject] for subject in found}) > 1
    }
