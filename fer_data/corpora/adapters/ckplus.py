"""CK+: sequences of pictures from a neutral face (the first) to the peak of an expression (the last).

::

    cohn-kanade-images/S005/001/S005_001_00000001.png ... S005_001_00000011.png
    Emotion/S005/001/S005_001_00000011_emotion.txt      3.0000000e+00      of a sequence whose expression is sure
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.core.labels.held_out import hold_out
from fer_data.core.labels.tasks import EXPRESSION, Expression, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.contents import read_content
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import content_lines, parse_whole
from fer_data.corpora.named_files import NamedFile, NamedFiles, check_root, find_named, unknown_release
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.streamed import StreamedCorpus
from fer_data.errors import CorpusError, LabelFileError
from fer_data.params.source import CkPlusSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["CKPLUS"]

_PICTURE = re.compile(r"(S\d{3})_(\d{3})_(?!0{8})(\d{8})\.png", re.ASCII)
_EMOTION = re.compile(r"(S\d{3})_(\d{3})_(\d{8})_emotion\.txt", re.ASCII)
_EMOTION_BYTES = 4096
_TABLE = ClassTable(
    {
        "0": Expression.NEUTRAL,
        "1": Expression.ANGER,
        "2": "Contempt",
        "3": Expression.DISGUST,
        "4": Expression.FEAR,
        "5": Expression.HAPPINESS,
        "6": Expression.SADNESS,
        "7": Expression.SURPRISE,
    }
)
_FIRST_IS_NEUTRAL = GivenLabels(str(Expression.NEUTRAL), rule="first frame of a sequence")


@dataclass(slots=True)
class _Sequence:
    """One sequence: its pictures by number, and the emotion of one of them."""

    person: str
    name: str
    pictures: dict[int, str] = field(default_factory=dict)
    emotion: tuple[int, str] | None = None


def _sequences(files: NamedFiles) -> tuple[list[_Sequence], list[Finding]]:
    """Return the sequences in the order of their pictures' paths, and what is there twice."""
    found: dict[str, _Sequence] = {}
    findings = []
    for kind in ("pictures", "emotions"):
        for path, name in files.known[kind]:
            sequence = found.setdefault(f"{name[1]}_{name[2]}", _Sequence(name[1], f"{name[1]}_{name[2]}"))
            if not _take(sequence, kind, path, int(name[3])):
                message = f"{PurePosixPath(path).name!a} is there twice; this one is not used. Remove one."
                findings.append(Finding("duplicate-file", Severity.WARNING, message, path))
    return sorted(found.values(), key=lambda one: min(one.pictures.values(), default=one.name)), findings


def _take(sequence: _Sequence, kind: str, path: str, number: int) -> bool:
    """Return whether a file was the first of its name, and is kept."""
    if kind == "pictures":
        return sequence.pictures.setdefault(number, path) == path
    if sequence.emotion is not None:
        return False
    sequence.emotion = number, path
    return True


def _rows(sequence: _Sequence, split: SplitName, labels: Mapping[int, GivenLabels]) -> list[GivenRow]:
    """Return a row for each picture; those between the first and the peak have no label."""
    return [
        GivenRow(
            path,
            split,
            labels.get(number, GivenLabels()),
            person=sequence.person,
            clip=sequence.name,
            frame_index=number - 1,
        )
        for number, path in sorted(sequence.pictures.items())
    ]


def _labels(root: Path, sequence: _Sequence, met: OddityCounts) -> dict[int, GivenLabels]:
    """Return the labels of a sequence by the number of the picture.

    Raises:
        CorpusError: the file of its emotion is no number.
    """
    labels: dict[int, GivenLabels] = {}
    first, last = min(sequence.pictures), max(sequence.pictures)
    if first == 1:
        labels[first] = _FIRST_IS_NEUTRAL
    else:
        message = (
            f"{sequence.name} begins with picture {first}: the neutral one is missing. Restore the sequence."
        )
        met.add(Finding("first-frame-missing", Severity.WARNING, message, video_id=sequence.name))
    if sequence.emotion is None:
        return labels
    number, file = sequence.emotion
    code = _code(root, file)
    if number != last:
        message = (
            f"{sequence.name} ends with picture {last}, but its emotion is of {number}. Restore the sequence."
        )
        met.add(Finding("peak-missing", Severity.WARNING, message, file, video_id=sequence.name))
    if (name := _TABLE.codes.get(str(code))) is None:
        message = f"The emotion ({code}) must be 0 to 7; the sequence has no expression. Restore the file."
        met.add(Finding("label-out-of-range", Severity.ERROR, message, file))
    else:
        labels[number] = GivenLabels(str(name))
    return labels


def _code(root: Path, file: str) -> int:
    """Return the number of an emotion file.

    Raises:
        CorpusError: it is none, or cannot be read.
    """
    lines = [line for line in content_lines(read_content(root, file, _EMOTION_BYTES), file) if line]
    try:
        (line,) = lines
        return parse_whole(line)
    except ValueError as error:
        raise LabelFileError(
            "The file must have one number, such as 3.0000000e+00. Restore the organisers' file.",
            rule="label-line",
            file=file,
            line=1,
        ) from error


@dataclass(frozen=True, slots=True)
class _CkPlus:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> StreamedCorpus:
        """Return the folder, opened, its pictures and emotions found by their names."""
        check_root(root, source)
        files = find_named(root, {"pictures": _PICTURE, "emotions": _EMOTION})
        if not all(files.known.values()):
            raise unknown_release(
                "CK+",
                root,
                files,
                "cohn-kanade-images/S005/001/S005_001_00000001.png and Emotion/S005/001/S005_001_00000011_emotion.txt",
            )
        sequences, doubts = _sequences(files)
        splits = hold_out((sequence.person for sequence in sequences), source.own(CkPlusSection).held_out)

        def read(met: OddityCounts) -> Iterator[Sequence[GivenRow]]:
            for sequence in (one for one in sequences if one.pictures):
                try:
                    labels = _labels(root, sequence, met)
                except CorpusError as error:
                    on_error(error)
                    labels = {}
                yield _rows(sequence, splits[sequence.person], labels)

        noted = (*files.findings, *doubts, *_without_pictures(files.known["emotions"], sequences))
        return StreamedCorpus(read, _found(sequences), _TABLE.classes, noted=noted)


def _found(sequences: Sequence[_Sequence]) -> dict[str, int]:
    with_pictures = [one for one in sequences if one.pictures]
    return {
        "people": len({one.person for one in with_pictures}),
        "sequences": len(with_pictures),
        "sequences with an emotion": sum(one.emotion is not None for one in with_pictures),
    }


def _without_pictures(emotions: Sequence[NamedFile], sequences: Sequence[_Sequence]) -> Iterator[Finding]:
    bare = {one.name for one in sequences if not one.pictures}
    if lost := [path for path, name in emotions if f"{name[1]}_{name[2]}" in bare]:
        message = (
            f"{len(lost)} emotion(s) are of sequences without pictures; they give no rows. Add the pictures."
        )
        yield Finding("label-without-video", Severity.WARNING, message, lost[0])


CKPLUS = _CkPlus(
    CorpusKind(
        "ckplus",
        "CK+",
        "pictures",
        (EXPRESSION,),
        _TABLE,
        totals={"people": 123, "sequences": 593, "sequences with an emotion": 327},
    )
)
