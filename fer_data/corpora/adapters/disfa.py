"""DISFA: videos of 27 people by two cameras, and the intensities of 12 action units, a file each.

::

    ActionUnit_Labels/SN001/SN001_au1.txt      1,0        frame from 1, intensity 0 to 5
    Videos_LeftCamera/LeftVideoSN001_comp.avi
    Video_RightCamera/RightVideoSN001_comp.avi
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.core.labels.held_out import hold_out
from fer_data.core.labels.tasks import UNITS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.contents import read_content
from fer_data.corpora.given import CorpusKind, GivenLabels, GivenRow
from fer_data.corpora.labels import content_lines, parse_whole
from fer_data.corpora.named_files import NamedFile, check_root, find_named, unknown_release
from fer_data.errors import CorpusError, LabelFileError
from fer_data.media.suffixes import VIDEO_SUFFIXES
from fer_data.params.source import DisfaSection, SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import LABEL_BYTES

__all__ = ["DISFA", "OpenedDisfa"]

_CODED = ("AU01", "AU02", "AU04", "AU05", "AU06", "AU09", "AU12", "AU15", "AU17", "AU20", "AU25", "AU26")
_LABELS = re.compile(r"(SN\d{3})_au(\d{1,2})\.txt", re.IGNORECASE | re.ASCII)
_VIDEO = re.compile(
    rf"(Left|Right)Video(SN\d{{3}})(?:_comp)?(?:{'|'.join(map(re.escape, sorted(VIDEO_SUFFIXES)))})",
    re.IGNORECASE | re.ASCII,
)
_MAX_INTENSITY = 5
_MAX_FRAME = 9_999_999

_Intensities = dict[int, dict[str, float]]


@dataclass(slots=True)
class OpenedDisfa:
    """A folder of DISFA.

    Attributes:
        root: the folder.
        section: which camera, and from which intensity on a unit is present.
        on_error: what to do with a label file that cannot be read.
        people: label file by action unit, of each person.
        paths: the video of each person, by that camera.
        noted: what is odd about the folder.
    """

    root: Path
    section: DisfaSection
    on_error: OnError
    people: Mapping[str, Mapping[str, str]]
    paths: Mapping[str, str]
    noted: Sequence[Finding]
    _met: list[Finding] = field(default_factory=list)

    @property
    def classes(self) -> Sequence[str]:
        """Return no expressions: DISFA has none."""
        return ()

    @property
    def videos(self) -> Mapping[str, str]:
        """Return the path of each person's video."""
        return {_video_id(path): path for path in sorted(self.paths.values())}

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is odd about the folder, and about the label files once `rows` was read."""
        return (*self.noted, *self._met)

    @property
    def found(self) -> Mapping[str, int]:
        """Return how many people are annotated, and how many videos of them there are."""
        return {"people": len(self.people), "videos": len(self.paths)}

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the frames of each person that any of the label files lists."""
        self._met.clear()
        splits = hold_out(self.people, self.section.held_out)
        for person, files in self.people.items():
            frames = self._intensities(files)
            if frames:
                yield [self._row(person, splits[person], frame, frames[frame]) for frame in sorted(frames)]

    def _row(self, person: str, split: SplitName, frame: int, intensities: Mapping[str, float]) -> GivenRow:
        path = self.paths.get(person, f"{self.section.camera.title()}Video{person}_comp.avi")
        least = self.section.present_from
        labels = GivenLabels(
            units={unit: int(value >= least) for unit, value in intensities.items()},
            intensities=intensities,
            rule=f"intensity >= {least}",
        )
        return GivenRow(path, split, labels, person=person, clip=_video_id(path), frame_index=frame)

    def _intensities(self, files: Mapping[str, str]) -> _Intensities:
        """Return what the files of a person say of each frame; what they contradict each other about is left out."""
        found: _Intensities = {}
        for unit, file in files.items():
            try:
                coded, findings = _read(self.root, file)
            except CorpusError as error:
                self.on_error(error)
                continue
            self._met.extend(findings)
            for frame, value in coded.items():
                own = found.setdefault(frame, {})
                if value is not None:
                    own[unit] = value
        return found


def _read(root: Path, file: str) -> tuple[dict[int, float | None], list[Finding]]:
    """Return the intensity of each frame (from 0) that a label file lists, None where there is none that counts."""
    found: dict[int, float | None] = {}
    wrong: dict[str, list[int]] = {}
    for number, line in enumerate(content_lines(read_content(root, file, LABEL_BYTES), file), 1):
        if not line:
            continue
        frame, intensity = _values(line, file, number)
        value = float(intensity) if 0 <= intensity <= _MAX_INTENSITY else None
        if value is None:
            wrong.setdefault("label-out-of-range", []).append(number)
        if frame - 1 in found and found[frame - 1] != value:
            wrong.setdefault("contradicting-rows", []).append(number)
            value = None
        elif frame - 1 in found:
            wrong.setdefault("duplicate-rows", []).append(number)
        found[frame - 1] = value
    return found, [_oddity(rule, lines, file) for rule, lines in wrong.items()]


def _values(line: str, file: str, number: int) -> tuple[int, int]:
    try:
        frame, intensity = map(parse_whole, line.split(","))
    except ValueError:
        frame, intensity = 0, 0
    if not 1 <= frame <= _MAX_FRAME:
        raise LabelFileError(
            f"Line {line[:40]!a} must be a frame from 1 and an intensity, separated by a comma. Restore the "
            "organisers' file.",
            rule="label-line",
            file=file,
            line=number,
        )
    return frame, intensity


def _oddity(rule: str, lines: Sequence[int], file: str) -> Finding:
    severity, text = {
        "label-out-of-range": (
            Severity.ERROR,
            "have an intensity that is not 0 to 5; they count as not coded.",
        ),
        "contradicting-rows": (
            Severity.ERROR,
            "contradict an earlier one; the unit is not coded in those frames.",
        ),
        "duplicate-rows": (Severity.WARNING, "repeat an earlier one; each counts once."),
    }[rule]
    return Finding(rule, severity, f"{len(lines)} line(s) {text}", file, lines[0])


def _video_id(path: str) -> str:
    return PurePosixPath(path).stem


def _people(files: Sequence[NamedFile]) -> tuple[dict[str, dict[str, str]], list[Finding]]:
    """Return the label files of each person by unit, with what is odd about their names."""
    people: dict[str, dict[str, str]] = {}
    findings = []
    for path, name in files:
        person, unit = name[1].upper(), f"AU{int(name[2]):02d}"
        if unit not in _CODED:
            message = f"DISFA does not code {unit}; the file is not read."
            findings.append(Finding("stray-file", Severity.WARNING, message, path))
        elif (first := people.setdefault(person, {}).setdefault(unit, path)) != path:
            message = f"{person} has two files of {unit}: {first!a} is used and this one is not."
            findings.append(Finding("duplicate-labels", Severity.WARNING, message, path))
    for person, units in people.items():
        if missing := [unit for unit in _CODED if unit not in units]:
            message = f"{person} has no file of {', '.join(missing)}, which count as not coded. Restore them."
            findings.append(Finding("missing-labels", Severity.WARNING, message, subject_id=person))
    return {person: dict(sorted(units.items())) for person, units in sorted(people.items())}, findings


def _videos(
    files: Sequence[NamedFile], people: Mapping[str, object], camera: str
) -> tuple[dict[str, str], list[Finding]]:
    """Return the videos of one camera by person, with what is odd about them."""
    paths: dict[str, str] = {}
    findings = []
    for path, name in files:
        person = name[2].upper()
        if name[1].lower() == camera and (first := paths.setdefault(person, path)) != path:
            message = f"{person} has two videos of this camera: {first!a} is used and this one is not."
            findings.append(Finding("duplicate-video", Severity.WARNING, message, path))
    for person in sorted({*people} - {*paths}):
        message = f"There is no video of {person} by the {camera} camera; its rows end as no_video. Add it."
        findings.append(Finding("label-without-video", Severity.WARNING, message, subject_id=person))
    for person in sorted({*paths} - {*people}):
        message = "No label file is about this video; it gives no rows."
        findings.append(Finding("video-without-labels", Severity.INFO, message, paths[person]))
    return {person: path for person, path in paths.items() if person in people}, findings


@dataclass(frozen=True, slots=True)
class _Disfa:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedDisfa:
        """Return the folder, opened: its label files and videos found by their names."""
        check_root(root, source)
        section = source.own(DisfaSection)
        files = find_named(root, {"label files": _LABELS, "videos": _VIDEO})
        people, doubts = _people(files.known["label files"])
        if not people:
            raise unknown_release(
                "DISFA",
                root,
                files,
                "ActionUnit_Labels/SN001/SN001_au1.txt and Videos_LeftCamera/LeftVideoSN001_comp.avi, and so on",
            )
        paths, missing = _videos(files.known["videos"], people, section.camera)
        return OpenedDisfa(root, section, on_error, people, paths, (*files.findings, *doubts, *missing))


DISFA = _Disfa(CorpusKind("disfa", "DISFA", "videos", (UNITS,), totals={"people": 27, "videos": 27}))
