"""People in videos: which pictures of a dataset show whom, and a few of them that describe the face well."""

from collections.abc import Sequence
from dataclasses import dataclass

import datasets
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64
from fer_data.core.vision.geometry import eye_distance
from fer_data.leaks.describers import Face
from fer_data.pictures.images import decode
from fer_data.published.dataset import Published, column, copy_mask
from fer_data.published.row_facts import UNNAMED, texts

__all__ = ["Appearance", "faces_of", "read_appearances"]

_FACES = 8
"""Of each appearance that are described."""

_MIN_SCORE, _MIN_EYES_PX = 0.6, 10.0
"""As `align.identity` has them: smaller faces have similar descriptions whoever they show."""


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """One person in one video, or on the single pictures that bear one name.

    Attributes:
        split: of the dataset.
        corpus: name of the source.
        subject, person: as they are published; of a dataset without `person_id` both are the subject.
        video: whose frames these are; of single pictures the first one's.
        named: whether anybody says whom it shows.
        rows: places in the split, in the order of time, copies left out.
        seconds: (n,) of each row in the video.
        chosen: places among `rows` of faces that are described, at most eight, spread over them.
    """

    split: str
    corpus: str
    subject: str
    person: str
    video: str
    named: bool
    rows: Int64
    seconds: Float64
    chosen: Int64


def read_appearances(published: Published) -> list[Appearance]:
    """Return who appears in which video of every split, in the order of the rows."""
    return [one for name in published.splits for one in _of_split(name, published.split(name))]


def _of_split(name: str, split: datasets.Dataset) -> list[Appearance]:
    rows = np.flatnonzero(~copy_mask(split))
    subjects, videos = (column(split, one).astype(np.str_)[rows] for one in ("subject_id", "video_id"))
    persons = (
        column(split, "person_id").astype(np.str_)[rows] if "person_id" in split.column_names else subjects
    )
    corpora, named = texts(split, "corpus")[rows], texts(split, "subject_source")[rows] != UNNAMED
    seconds, sharp = column(split, "pts_seconds")[rows].astype(np.float64), column(split, "sharpness")[rows]
    good = _good(split, rows)
    alone = _single(split, rows)
    keys = np.char.add(np.char.add(subjects, "\n"), np.where(alone, "", videos))
    _, index = np.unique(keys, return_inverse=True)
    order = np.lexsort((np.arange(len(rows)), seconds, index))
    found = []
    for own in np.split(order, np.flatnonzero(np.diff(index[order])) + 1) if len(order) else []:
        first = int(own[0])
        chosen = _spread(np.flatnonzero(good[own]), sharp[own])
        found.append(
            Appearance(
                name, str(corpora[first]), str(subjects[first]), str(persons[first]), str(videos[first]),
                bool(named[first]), rows[own], seconds[own], chosen,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: int(one.rows[0]))


def _single(split: datasets.Dataset, rows: Int64) -> NDArray[np.bool_]:
    """Return which rows are single pictures: those whose video has no other row."""
    videos = column(split, "video_id").astype(np.str_)[rows]
    _, index, counts = np.unique(videos, return_inverse=True, return_counts=True)
    return np.asarray(counts[index] == 1)


def _good(split: datasets.Dataset, rows: Int64) -> NDArray[np.bool_]:
    """Return which faces can be described: not small, not uncertain; of a crop that was given nothing is known."""
    scores = column(split, "detector_score")[rows]
    marks = _numbers(split, "landmarks", (5, 2))[rows]
    eyes = np.array([eye_distance(one) for one in marks]) if len(marks) else np.zeros(0)
    return np.asarray(np.isnan(scores) | ((scores >= _MIN_SCORE) & ~(eyes < _MIN_EYES_PX)))


def _numbers(split: datasets.Dataset, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    values: pa.Array = split.select_columns(name)[:][name].combine_chunks()
    while pa.types.is_fixed_size_list(values.type):
        values = values.flatten()
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float32).reshape(-1, *shape)


def _spread(places: Int64, sharp: NDArray[np.float32]) -> Int64:
    """Return the sharpest of each of eight equal parts."""
    parts = np.array_split(places, min(_FACES, len(places))) if len(places) else []
    return np.array([part[np.argmax(np.nan_to_num(sharp[part]))] for part in parts], np.int64)


def faces_of(published: Published, one: Appearance, places: Sequence[int] | Int64) -> list[Face]:
    """Return some faces of an appearance, by their places among its rows.

    Raises:
        MediaError: a picture cannot be decoded.
    """
    split = published.split(one.split)
    rows = split.select_columns(["image", "box", "landmarks"])[
        one.rows[np.asarray(places, np.int64)].tolist()
    ]
    pictures = rows["image"].combine_chunks().field("bytes").to_pylist()
    found = []
    for picture, box, marks in zip(
        pictures, rows["box"].to_pylist(), rows["landmarks"].to_pylist(), strict=True
    ):
        values, points = np.array(box, np.float32), np.array(marks, np.float32)
        known = not (np.isnan(values).any() or np.isnan(points).any())
        found.append(Face(decode(picture), values if known else None, points if known else None))
    return found
