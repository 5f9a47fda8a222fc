"""Files for the ABAW challenge, in the style of either age, from our predictions.

The rule for a frame without a prediction of its own: it takes the class of its subject's nearest predicted frame, the
earlier one of two as near; a subject without any takes the class predicted most often, the first one of two as often.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.expressions import EIGHT_CLASSES, SEVEN_CLASSES
from fer_data.core.filling import nearest_frames
from fer_data.corpora.labels import content_lines, parse_header
from fer_data.corpora.lists import SAMPLE_HEADER
from fer_data.corpora.names import check_name, parse_image_location
from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.files import atomic_directory, atomic_file
from fer_data.tables import PREDICTIONS, ROWS, read_table

__all__ = [
    "Answers",
    "Predictions",
    "SampleFile",
    "read_frame_counts",
    "read_predictions",
    "read_sample",
    "write_one_file",
    "write_subject_files",
]

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a model said of each frame it saw.

    Attributes:
        frames: predicted frames of each subject, 0-based, ascending.
        classes: the class of each of those frames.
        most_frequent: the class predicted most often.
    """

    frames: Mapping[str, Int64]
    classes: Mapping[str, Int64]
    most_frequent: int

    @property
    def highest(self) -> int:
        """Return the highest class that was predicted."""
        return max(int(classes.max()) for classes in self.classes.values())

    def answer(self, subject: str, frames: Int64) -> tuple[Int64, "Answers"]:
        """Return the class of each frame asked for, and how many were filled, by the rule of this module."""
        if subject not in self.frames:
            return np.full(frames.shape, self.most_frequent, np.int64), Answers(0, 0, frames.size)
        known = self.frames[subject]
        nearest = nearest_frames(frames, known)
        own = int((known[nearest] == frames).sum())
        return self.classes[subject][nearest], Answers(own, frames.size - own, 0)


@dataclass(frozen=True, slots=True)
class Answers:
    """Where the rows of a submission come from.

    Attributes:
        predicted: the frame's own prediction.
        nearest: the nearest predicted frame of its subject.
        most_frequent: the class predicted most often.
    """

    predicted: int
    nearest: int
    most_frequent: int

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.predicted + other.predicted,
            self.nearest + other.nearest,
            self.most_frequent + other.most_frequent,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SampleFile:
    """The organisers' sample file: which rows to answer, in which order.

    Attributes:
        header: its first line.
        classes: names of the expression classes in it.
        locations: image locations as written, such as `14-30-1920x1080/00001.jpg`.
        subjects: subject of each row.
        frames: 0-based frame of each row.
        lines: 1-based line of each row.
    """

    header: str
    classes: tuple[str, ...]
    locations: tuple[str, ...]
    subjects: tuple[str, ...]
    frames: Int64
    lines: tuple[int, ...]


def read_predictions(path: Path, resolution: int | None) -> Predictions:
    """Return the model's own predictions at one resolution; None: the only one there is.

    Raises:
        DatasetError: the table is missing, of another schema, or holds no prediction of a model.
        ParamsError: the table lacks that resolution, or holds several and none is named.
    """
    columns = ["subject_id", "frame_index", "resolution", "predicted", "source"]
    table = read_table(path, PREDICTIONS, columns)
    table = table.filter(pc.equal(table["source"], "model"))
    if not table.num_rows:
        raise DatasetError(f"{path} holds no prediction of a model. Run `dvc repro evaluate` to make some.")
    stored = sorted(pc.unique(table["resolution"]).to_pylist())
    if resolution is None and len(stored) != 1:
        raise ParamsError(f"{path} holds predictions at {stored} px. Name one with --resolution.")
    resolution = stored[0] if resolution is None else resolution
    if resolution not in stored:
        raise ParamsError(f"--resolution ({resolution}) is not in {path}. Expected one of {stored}.")
    table = table.filter(pc.equal(table["resolution"], resolution))
    subjects = np.asarray(table["subject_id"].to_pylist(), np.str_)
    frames, classes = (table[name].to_numpy().astype(np.int64) for name in ("frame_index", "predicted"))
    order = np.lexsort((frames, subjects))
    names, starts = np.unique(subjects[order], return_index=True)
    parts = np.split(order, starts[1:])
    by_subject = dict(zip(names.tolist(), parts, strict=True))
    return Predictions(
        {name: frames[part] for name, part in by_subject.items()},
        {name: classes[part] for name, part in by_subject.items()},
        int(np.bincount(classes).argmax()),
    )


def read_sample(path: Path) -> SampleFile:
    """Return the organisers' sample file of an expression test set; what follows a location is ignored.

    Raises:
        ParamsError: the file does not exist.
        CorpusError: the header, a location, or a repeated row is wrong.
    """
    if not path.is_file():
        raise ParamsError(f"--sample ({path}) does not exist. Name the organisers' sample file.")
    lines = content_lines(path.read_bytes(), path.name)
    first, _, names = lines[0].partition(",")
    header = parse_header(names, file=path.name)
    if first.strip() != SAMPLE_HEADER or header.task != "expression":
        raise CorpusError(
            f"Header {lines[0][:80]!a} is no expression sample's. Expected {SAMPLE_HEADER} and the class names.",
            rule="sample-header",
            file=path.name,
            line=1,
        )
    rows = [(number, line.split(",", 1)[0].strip()) for number, line in enumerate(lines[1:], 2) if line]
    places = [parse_image_location(location, file=path.name, line=number) for number, location in rows]
    _check_unique(places, [number for number, _ in rows], path.name)
    return SampleFile(
        lines[0],
        header.names,
        tuple(location for _, location in rows),
        tuple(subject for subject, _ in places),
        np.array([frame for _, frame in places], np.int64),
        tuple(number for number, _ in rows),
    )


def _check_unique(places: list[tuple[str, int]], lines: list[int], file: str) -> None:
    first: dict[tuple[str, int], int] = {}
    for place, line in zip(places, lines, strict=True):
        if first.setdefault(place, line) != line:
            raise CorpusError(
                f"The row stands on line {first[place]} already. Restore the organisers' file.",
                rule="sample-repeat",
                file=file,
                line=line,
            )


def read_frame_counts(catalog: Path, split: str) -> dict[str, int]:
    """Return the number of frames of every subject that the expression task puts in a split, from its last row.

    Raises:
        DatasetError: the catalog is missing, or has no such subject.
    """
    table = read_table(catalog / "rows.parquet", ROWS, ["subject_id", "frame_index", "split_expression"])
    table = table.filter(pc.equal(table["split_expression"], split))
    last = table.group_by("subject_id").aggregate([("frame_index", "max")])
    if not last.num_rows:
        raise DatasetError(
            f"{catalog} has no expression subject in split {split!r}. Name another with --split."
        )
    pairs = zip(last["subject_id"].to_pylist(), last["frame_index_max"].to_pylist(), strict=True)
    return {check_name(subject): frame + 1 for subject, frame in sorted(pairs)}


def write_one_file(predictions: Predictions, sample: SampleFile, output: Path) -> Answers:
    """Write the one file of ABAW5 and later: the sample's header and rows, in its order, each with a class.

    Raises:
        DatasetError: a class was predicted that the sample's header lacks.
    """
    _check_classes(predictions, len(sample.classes))
    subjects = np.asarray(sample.subjects, np.str_)
    classes, total = np.empty(len(subjects), np.int64), Answers(0, 0, 0)
    for subject in dict.fromkeys(sample.subjects):
        rows = np.flatnonzero(subjects == subject)
        classes[rows], answers = predictions.answer(subject, sample.frames[rows])
        total += answers
    lines = [f"{location},{label}\n" for location, label in zip(sample.locations, classes, strict=True)]
    with atomic_file(output) as temporary:
        temporary.write_text("".join([sample.header + "\n", *lines]), encoding="utf-8", newline="\n")
    return total


def write_subject_files(
    predictions: Predictions, frame_counts: Mapping[str, int], output: Path, *, classes: int
) -> Answers:
    """Write the files of ABAW3 and before: one a subject, in the label format, a line for every frame.

    Raises:
        DatasetError: a class was predicted that the header of that many classes lacks.
    """
    _check_classes(predictions, classes)
    header = ",".join(SEVEN_CLASSES if classes == len(SEVEN_CLASSES) else EIGHT_CLASSES)
    total = Answers(0, 0, 0)
    with atomic_directory(output) as temporary:
        for subject, count in frame_counts.items():
            labels, answers = predictions.answer(subject, np.arange(count))
            total += answers
            text = "".join([header + "\n", *(f"{label}\n" for label in labels)])
            (temporary / f"{check_name(subject)}.txt").write_text(text, encoding="utf-8", newline="\n")
    return total


def _check_classes(predictions: Predictions, classes: int) -> None:
    if predictions.highest >= classes:
        raise DatasetError(
            f"The predictions hold class {predictions.highest}, but the header names {classes} classes. "
            "Predict with a model of that edition's classes."
        )
