"""CREMA-D: 91 actors say sentences with an emotion; raters said what they heard, saw, or both.

::

    VideoFlash/1001_DFA_ANG_XX.flv                  actor, sentence, intended emotion, its level; or converted
    processedResults/tabulatedVotes.csv             "","A","D","F","H","N","S","fileName", ...
                                                    "100062",6,2,0,0,1,0,"1001_DFA_ANG_XX", ...

The first column is 100,000 x (1 voice, 2 face, 3 both) + the number of the clip. The label is what most of those chose
who saw and heard the clip; what the actor was to show is no label.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.held_out import hold_out
from fer_data.core.labels.tasks import EXPRESSION, Expression, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import parse_whole
from fer_data.corpora.named_files import NamedFile, check_root, find_named, unknown_release
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.corpora.streamed import StreamedCorpus
from fer_data.corpora.table_files import read_header, read_rows
from fer_data.corpora.videos import promised_footage
from fer_data.errors import CorpusError, LabelFileError, MediaError, ReadingError
from fer_data.media.suffixes import VIDEO_SUFFIXES
from fer_data.params.source import CremaDSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import read_head

__all__ = ["CREMAD"]

_SUFFIXES = "|".join(map(re.escape, sorted({".flv", *VIDEO_SUFFIXES})))
_CLIP = re.compile(rf"((\d{{4}})_[A-Z]{{3}}_([A-Z]{{3}})_[A-Z]{{2}})(?:{_SUFFIXES})", re.ASCII)
_VOTES = re.compile(r"tabulatedVotes\.csv", re.ASCII)
_TABLE = ClassTable(
    {
        "A": Expression.ANGER,
        "D": Expression.DISGUST,
        "F": Expression.FEAR,
        "H": Expression.HAPPINESS,
        "N": Expression.NEUTRAL,
        "S": Expression.SADNESS,
    }
)
_INTENDED = dict(zip(("ANG", "DIS", "FEA", "HAP", "NEU", "SAD"), map(str, _TABLE.classes), strict=True))
_MODALITIES = {1: "voice", 2: "face", 3: "both"}
_BOTH = "both"
_CLIPS = 100_000
_MAX_VOTES = 10_000
_RULE = "most votes of those who saw and heard the clip"
_LFS = b"version https://git-lfs"

_Votes = dict[str, dict[str, dict[str, int]]]
"""Votes by class, by modality, by clip."""


def _votes(root: Path, file: str, met: list[Finding]) -> _Votes:
    """Return the votes of each clip.

    Raises:
        CorpusError: the table cannot be read, or lacks a column, or a line breaks its format.
    """
    first = read_header(root, file)[0]
    columns = {
        "number of modality and clip": first,
        "clip": "fileName",
        **{code: code for code in _TABLE.codes},
    }
    found: _Votes = {}
    repeats = []
    for line, (number, clip, *counts) in read_rows(root, file, columns):
        try:
            modality = _MODALITIES[parse_whole(number) // _CLIPS]
            votes = {
                str(name): _count(text) for name, text in zip(_TABLE.codes.values(), counts, strict=True)
            }
        except (ValueError, KeyError) as error:
            raise LabelFileError(
                "The line must have 100,000 x (1, 2 or 3) + the number of the clip, and six counts of votes. "
                "Restore the organisers' file.",
                rule="label-line",
                file=file,
                line=line,
            ) from error
        if found.setdefault(clip, {}).setdefault(modality, votes) is not votes:
            repeats.append(line)
    if repeats:
        message = f"{len(repeats)} line(s) are about a clip and modality of an earlier one, which counts."
        met.append(Finding("duplicate-rows", Severity.WARNING, message, file, repeats[0]))
    return found


def _count(text: str) -> int:
    count = parse_whole(text)
    if not 0 <= count <= _MAX_VOTES:
        raise ValueError(f"{count} is no number of votes")
    return count


def _labels(votes: Mapping[str, Mapping[str, int]], intended: str) -> GivenLabels:
    """Return the labels of a clip: what most chose, or nothing where two classes have as many votes."""
    both = votes.get(_BOTH)
    apart = {name: own for name, own in votes.items() if name != _BOTH}
    if not both or not sum(both.values()):
        return GivenLabels(source="voted", intended=intended, votes_by_modality=apart)
    most = [name for name, count in both.items() if count == max(both.values())]
    return GivenLabels(
        most[0] if len(most) == 1 else None,
        votes=both,
        source="voted",
        rule=_RULE,
        intended=intended,
        votes_by_modality=apart,
    )


@dataclass(frozen=True, slots=True)
class _Clip:
    name: str
    path: str
    actor: str
    intended: str


def _clips(files: Sequence[NamedFile]) -> tuple[list[_Clip], OddityCounts]:
    """Return the clips in order of their names; of two files of one clip the first path is taken."""
    clips: dict[str, _Clip] = {}
    odd = OddityCounts()
    for path, name in files:
        if name[3] not in _INTENDED:
            message = f"{name[3]} is none of the emotions {', '.join(_INTENDED)}; the file is not read."
            odd.add(Finding("stray-file", Severity.WARNING, message, path))
        elif (
            first := clips.setdefault(name[1], _Clip(name[1], path, name[2], _INTENDED[name[3]]))
        ).path != path:
            message = f"There are two videos of {name[1]}: {first.path!a} is used and this one is not."
            odd.add(Finding("duplicate-video", Severity.WARNING, message, path))
    return [clips[name] for name in sorted(clips)], odd


def _rows(root: Path, clip: _Clip, split: SplitName, labels: GivenLabels) -> list[GivenRow]:
    """Return a row for each frame of a clip; none of a video that cannot be opened, which `ingest` says."""
    try:
        frames = promised_footage(root, clip.path).slots
    except (CorpusError, MediaError):
        return []
    return [
        GivenRow(clip.path, split, labels, person=clip.actor, clip=clip.name, frame_index=frame, scope="clip")
        for frame in range(frames)
    ]


@dataclass(frozen=True, slots=True)
class _CremaD:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> StreamedCorpus:
        """Return the folder, opened, its clips found by their names and their votes read."""
        check_root(root, source)
        files = find_named(root, {"clips": _CLIP, "tables of votes": _VOTES})
        clips, odd = _clips(files.known["clips"])
        if not clips or not files.known["tables of votes"]:
            expected = "VideoFlash/1001_DFA_ANG_XX.flv and processedResults/tabulatedVotes.csv"
            raise unknown_release("CREMA-D", root, files, expected)
        _check_content(root, clips[0].path)
        noted = [*files.findings, *odd.findings()]
        try:
            votes = _votes(root, files.known["tables of votes"][0][0], noted)
        except CorpusError as error:
            on_error(error)
            votes = {}
        splits = hold_out((clip.actor for clip in clips), source.own(CremaDSection).held_out)

        def read(_: OddityCounts) -> Iterator[Sequence[GivenRow]]:
            for clip in clips:
                labels = _labels(votes.get(clip.name, {}), clip.intended)
                if rows := _rows(root, clip, splits[clip.actor], labels):
                    yield rows

        return StreamedCorpus(
            read,
            {"actors": len(splits), "clips": len(clips)},
            _TABLE.classes,
            {clip.name: clip.path for clip in clips},
            (*noted, *_unmatched(clips, votes)),
        )


def _check_content(root: Path, path: str) -> None:
    """Refuse a clone without its large files, in which each video is a few lines of text."""
    try:
        pointer = read_head(root / path, len(_LFS)) == _LFS
    except ReadingError:
        pointer = False  # `ingest` says what it is instead
    if pointer:
        raise CorpusError(
            "The file is a pointer of Git LFS, not the video. Run `git lfs pull` in the clone.",
            rule="lfs-pointer",
            file=path,
        )


def _unmatched(clips: Sequence[_Clip], votes: _Votes) -> Iterator[Finding]:
    """Yield the clips without votes, and the votes without a clip."""
    if bare := [clip.path for clip in clips if _BOTH not in votes.get(clip.name, {})]:
        message = f"{len(bare):,} clip(s) have no votes of raters who saw and heard them; they have no label."
        yield Finding("clip-without-votes", Severity.WARNING, message, bare[0])
    if lost := sorted({*votes} - {clip.name for clip in clips}):
        message = (
            f"{len(lost):,} clip(s) with votes have no video, {lost[0]!a} first; they give no rows. Add them."
        )
        yield Finding("label-without-video", Severity.WARNING, message)


CREMAD = _CremaD(
    CorpusKind("cremad", "CREMA-D", "videos", (EXPRESSION,), _TABLE, totals={"actors": 91, "clips": 7442})
)
