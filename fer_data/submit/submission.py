"""Files for the ABAW challenge, of any of its three tasks and in the style of either age."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import EXPRESSION, LABELS, UNITS, AnnotatedTask, split_column
from fer_data.corpora.labels import Header, content_lines, header_line, parse_header
from fer_data.corpora.lists import MTL_UNITS, SAMPLE_HEADER
from fer_data.corpora.names import check_name, parse_image_location
from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.shell.files.places import found_at, kind_at, must_be
from fer_data.shell.files.reading import read_regular
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.submit.answers import Answers, FrameAnswers
from fer_data.tables.face_rows import metadata
from fer_data.tables.origin import stated_prefixes
from fer_data.tables.schemas import ROWS, read_table
from fer_data.tables.source_folders import ROWS_FILE, source_folders
from fer_data.tables.withdrawn import is_withdrawn

__all__ = [
    "SUBMISSION_BYTES",
    "SampleFile",
    "catalog_prefix",
    "label_header",
    "read_frame_counts",
    "read_sample",
    "write_one_file",
    "write_subject_files",
]

SUBMISSION_BYTES = 256 << 20
"""Of a sample file or a submission: a million frames with twelve action units have some 50 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class SampleFile:
    """The organisers' sample file: which rows to answer, in which order.

    Attributes:
        header: its first line.
        format: the task, and the names of its classes, dimensions or units.
        locations: image locations as written, such as `14-30-1920x1080/00001.jpg`.
        subjects: subject of each row.
        frames: 0-based frame of each row.
        lines: 1-based line of each row.
    """

    header: str
    format: Header
    locations: tuple[str, ...]
    subjects: tuple[str, ...]
    frames: Int64
    lines: tuple[int, ...]


def read_sample(path: Path) -> SampleFile:
    """Return the organisers' sample file of one task's test set; what follows a location is ignored.

    Raises:
        ParamsError: the file does not exist.
        ReadingError: it is no regular file, or too large for a list.
        CorpusError: the header, a location, or a repeated row is wrong.
    """
    if not path.is_file():
        raise ParamsError(f"--sample ({path}) {found_at(path)}. Name the organisers' sample file.")
    lines = content_lines(read_regular(path, SUBMISSION_BYTES), path.name)
    first, _, names = lines[0].partition(",")
    if first.strip() != SAMPLE_HEADER:
        raise CorpusError(
            f"--sample ({path}) must be the organisers' sample file, but {_said_by(lines[0])}. A sample file begins "
            f"with {SAMPLE_HEADER} and the names of classes, of valence and arousal, or of units.",
            rule="sample-header",
            file=path.name,
            line=1,
        )
    header = parse_header(names, file=path.name)
    rows = [(number, line.split(",", 1)[0].strip()) for number, line in enumerate(lines[1:], 2) if line]
    if not rows:
        raise CorpusError(
            "The sample file asks for no rows. Restore the organisers' file.",
            rule="sample-empty",
            file=path.name,
            line=1,
        )
    locations = [parse_image_location(location, file=path.name, line=number) for number, location in rows]
    _check_unique(locations, [number for number, _ in rows], path.name)
    return SampleFile(
        lines[0],
        header,
        tuple(location for _, location in rows),
        tuple(subject for subject, _ in locations),
        np.array([frame for _, frame in locations], np.int64),
        tuple(number for number, _ in rows),
    )


def _said_by(line: str) -> str:
    """Return in words what a file is by its first line, which is no sample file's."""
    try:
        return f"is a label file of {parse_header(line, file='').task}"
    except CorpusError:
        pass
    if not line:
        return "begins with an empty line"
    if "," not in line and not any(blank in line for blank in " \t"):
        return f"begins with {line[:80]!a}, as a list of videos does"
    return f"begins with {line[:80]!a}"


def _check_unique(locations: list[tuple[str, int]], lines: list[int], file: str) -> None:
    first: dict[tuple[str, int], int] = {}
    for location, line in zip(locations, lines, strict=True):
        if first.setdefault(location, line) != line:
            raise CorpusError(
                f"The row stands on line {first[location]} already. Restore the organisers' file.",
                rule="sample-repeat",
                file=file,
                line=line,
            )


def label_header(task: AnnotatedTask, classes: int, catalog: Path) -> Header:
    """Return the header of a task's label files: 7 or 8 classes, or the units of the catalog's own label files.

    A catalog without labels of units gives the twelve of ABAW2 and later.

    Raises:
        DatasetError: the catalog is missing or damaged.
    """
    spec = LABELS[task]
    if spec.kind == "classes":
        names = next((scheme for scheme in spec.schemes if len(scheme) == classes), spec.schemes[-1])
        return Header(task, tuple(map(str, names)))
    if spec.kind == "values":
        return Header(task, spec.names)
    stated = json.loads(metadata(catalog, ROWS).get(task, "[]"))
    return Header(task, tuple(stated) or (MTL_UNITS if task == UNITS else spec.names))


def catalog_prefix(catalog: Path) -> str:
    """Return what stands before the ids of a source's catalog, which the organisers' names lack.

    Raises:
        ParamsError: the folder holds the catalogs of several sources, which are of several submissions.
        DatasetError: it is no catalog, or damaged.
    """
    folders = source_folders(catalog)
    if len(folders) > 1:
        names = ", ".join(folder.name for folder in folders)
        raise ParamsError(
            f"--catalog ({catalog}) must be that of one source, such as {folders[0]}: it has {names}."
        )
    return next(iter(stated_prefixes(metadata(catalog, ROWS)).values()), "")


def read_frame_counts(catalog: Path, split: str, task: AnnotatedTask = EXPRESSION) -> dict[str, int]:
    """Return the number of frames of every subject that a task puts in a split, from its last row.

    `catalog` is that of one source; its subjects have the names of the corpus itself, without the source's prefix.

    Raises:
        ParamsError: the folder holds the catalogs of several sources.
        DatasetError: the catalog is missing, or has no such subject.
    """
    wrong = must_be(catalog, "a catalog", name="--catalog", made_by="dvc repro ingest")
    folder = source_folders(catalog)[0]
    kind = kind_at(folder)
    if kind not in {"a catalog", "aligned faces"}:
        raise DatasetError(wrong)
    column = split_column(task)
    try:
        prefix = catalog_prefix(catalog)
        subjects = read_table(folder / ROWS_FILE, ROWS, ["series_id", "subject_id", "frame_index", column])
        subjects = subjects.filter(pc.invert(is_withdrawn(subjects)))
    except DatasetError as error:
        if kind == "aligned faces":  # not of another version: of another stage
            raise DatasetError(wrong) from error
        raise
    last = (
        subjects.filter(pc.equal(subjects[column], split))
        .group_by("series_id")
        .aggregate([("frame_index", "max")])
    )
    if not last.num_rows:
        held = pc.unique(subjects[column]).drop_null().to_pylist()
        remedy = did_you_mean(split, sorted(held)) if held else f"Name a catalog with {task} splits."
        raise DatasetError(f"--split ({quoted(split)}): {catalog} has no {task} subject in it. {remedy}")
    pairs = zip(last["series_id"].to_pylist(), last["frame_index_max"].to_pylist(), strict=True)
    return {check_name(subject).removeprefix(prefix): frame + 1 for subject, frame in sorted(pairs)}


def write_one_file(predictions: FrameAnswers, sample: SampleFile, file: Path) -> Answers:
    """Write the one file of ABAW5 and later: the sample's header and rows, in its order, each with an answer.

    Raises:
        DatasetError: the sample is of another task, or its header lacks a class that was predicted.
    """
    subjects = np.asarray(sample.subjects, np.str_)
    labels, total = np.empty(len(subjects), object), Answers(0, 0, 0)
    for subject in dict.fromkeys(sample.subjects):
        rows = np.flatnonzero(subjects == subject)
        found, answers = predictions.answer(subject, sample.frames[rows])
        labels[rows] = predictions.lines(found, sample.format)
        total += answers
    lines = [f"{location},{label}\n" for location, label in zip(sample.locations, labels, strict=True)]
    file.write_text("".join([sample.header + "\n", *lines]), encoding="utf-8", newline="\n")
    return total


def write_subject_files(
    predictions: FrameAnswers, frame_counts: Mapping[str, int], folder: Path, *, header: Header
) -> Answers:
    """Write the files of ABAW3 and before: one a subject, in the label format, a line for every frame.

    Raises:
        DatasetError: the header is of another task, or lacks a class that was predicted.
    """
    total = Answers(0, 0, 0)
    for subject, count in frame_counts.items():
        found, answers = predictions.answer(subject, np.arange(count))
        total += answers
        lines = [header_line(header), *predictions.lines(found, header)]
        text = "".join(f"{line}\n" for line in lines)
        (folder / f"{check_name(subject)}.txt").write_text(text, encoding="utf-8", newline="\n")
    return total
