"""Validate a corpus folder before anything runs."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fer_data.core.frames.line_frames import Footage, frames_of_lines
from fer_data.corpora.comparison import compare_labels, read_lists
from fer_data.corpora.completeness import Part, completeness
from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.inspection import inspect_subject
from fer_data.corpora.lists import FrameList
from fer_data.corpora.oddities import list_repeats, refused_video, same_content
from fer_data.corpora.rows import is_sparse, is_trusted, read_subject, subject_frames
from fer_data.corpora.subjects import Subject
from fer_data.errors import CorpusError, ReadingError
from fer_data.media.frame_findings import damage_findings, line_findings
from fer_data.media.frame_pictures import MAX_FRAME_PIXELS, FrameRules
from fer_data.media.frame_rules import frame_rule
from fer_data.media.video import scan_video
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import open_regular, regular_sha256
from fer_data.shell.progress import file_bytes, progress

__all__ = ["CheckReport", "check_corpus"]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        findings: errors first, then warnings and infos; within each by rule, file and line.
        parts: what is there and what is missing, by task and split.
        videos: number of video files.
        subjects: number of annotated people.
        label_lines: lines of label files and lists that were read.
        decoded_frames: null without decoding.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    videos: int
    subjects: int
    label_lines: int
    decoded_frames: int | None

    @property
    def errors(self) -> int:
        """Number of findings that are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def check_corpus(
    root: Path,
    source: SourceParams,
    *,
    decode: bool = False,
    max_pixels: int = MAX_FRAME_PIXELS,
) -> CheckReport:
    """Return all that can be said of a corpus without decoding it, and with `decode` the rest.

    Contents are hashed only where two videos have the same size. Frames of more than `max_pixels` are not decoded.

    Raises:
        CorpusError: there is no such folder, or nothing in it is annotated.
    """
    errors: list[CorpusError] = []
    corpus = open_corpus(root, source, errors.append)
    run = _Check(corpus, source, errors, list(corpus.findings))
    run.rules = FrameRules(max_pixels)
    run.labels()
    run.videos()
    if decode:
        run.decode()
    return CheckReport(
        tuple(sorted([*run.findings, *map(_as_finding, errors)], key=_order)),
        tuple(completeness(corpus)),
        len(corpus.videos),
        len(corpus.subjects),
        run.label_lines,
        run.decoded_frames if decode else None,
    )


def _as_finding(error: CorpusError) -> Finding:
    return Finding(error.rule, Severity.ERROR, error.text, error.file, error.line)


def _order(finding: Finding) -> tuple[int, str, str, int, str]:
    severity = list(Severity).index(finding.severity)
    return (
        severity,
        finding.rule,
        finding.file or "",
        finding.line or 0,
        finding.subject_id or finding.video_id or "",
    )


@dataclass(slots=True)
class _Check:
    corpus: Corpus
    source: SourceParams
    errors: list[CorpusError]
    findings: list[Finding]
    last_lines: dict[str, int] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    sparse: set[str] = field(default_factory=set)
    rules: FrameRules = field(default_factory=FrameRules)
    label_lines: int = 0
    decoded_frames: int = 0

    def labels(self) -> None:
        """Read every label file; one that is wrong becomes an error and the others go on."""
        lists = self._lists()
        tolerance = frame_rule(self.source).tolerance_frames
        with progress("check, labels", len(self.corpus.subjects), "subjects") as work:
            for subject in self.corpus.subjects:
                work.advance(1, subject.subject_id)
                try:
                    labels = read_subject(self.corpus.root, subject)
                except CorpusError as error:
                    self.errors.append(error)
                    continue
                self.findings.extend(inspect_subject(subject, labels, tolerance))
                self.findings.extend(compare_labels(subject, labels, lists))
                frames = subject_frames(subject, labels, 0)
                self.last_lines[subject.subject_id] = int(frames[-1]) + 1 if len(frames) else 0
                if is_sparse(subject) or len(frames) != self.last_lines[subject.subject_id]:
                    self.sparse.add(subject.subject_id)
                self.label_lines += sum(len(task.labels) for task in labels.values())

    def _lists(self) -> dict[str, list[tuple[str, FrameList]]]:
        """Read the multi-task lists; what is repeated in one that no task is read from is a warning at most."""
        try:
            lists = read_lists(self.corpus.root, self.corpus.lists)
        except CorpusError as error:
            self.errors.append(error)
            return {}
        known = {(finding.rule, finding.file, finding.line) for finding in self.findings}
        for name, read in lists.items():
            for file, frames in read:
                repeats = [
                    f for f in list_repeats(file, name, frames) if (f.rule, f.file, f.line) not in known
                ]
                self.findings.extend(replace(f, severity=Severity.WARNING) for f in repeats)
        return lists

    def videos(self) -> None:
        """Note files that cannot be read, empty files and equal contents."""
        by_size: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for video_id, path in self.corpus.videos.items():
            try:
                with open_regular(self.corpus.root / path) as file:
                    by_size[os.fstat(file.fileno()).st_size].append((video_id, path))
            except ReadingError as error:
                self.refused.add(video_id)
                self.findings.append(refused_video(video_id, path, error))
        for video_id, path in by_size.pop(0, []):
            message = "The file is empty. Get it again from its archive."
            self.findings.append(Finding("empty-video", Severity.ERROR, message, path, video_id=video_id))
        alike = {size: videos for size, videos in by_size.items() if len(videos) > 1}
        total = sum(size * len(videos) for size, videos in alike.items())
        with progress("check, hashes", total, "bytes") as work:
            for size, videos in alike.items():
                self.findings.extend(same_content(self._hashed(videos)))
                work.advance(size * len(videos))

    def _hashed(self, videos: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
        """Yield the videos with the hash of their bytes; one that cannot be read to its end has none."""
        for video_id, path in videos:
            try:
                yield video_id, path, regular_sha256(self.corpus.root / path)
            except ReadingError as error:
                self.refused.add(video_id)
                self.findings.append(refused_video(video_id, path, error))

    def decode(self) -> None:
        """Decode every video and hold its frames against the label lines of its people."""
        people: dict[str, list[Subject]] = defaultdict(list)
        for subject in self.corpus.subjects:
            people[subject.video_id].append(subject)
        videos = {name: path for name, path in self.corpus.videos.items() if name not in self.refused}
        sizes = {name: file_bytes(self.corpus.root / path) for name, path in videos.items()}
        with progress("check, decoding", sum(sizes.values()), "bytes") as work:
            for video_id, path in videos.items():
                work.advance(0, path)
                self._decode(video_id, path, people[video_id])
                work.advance(sizes[video_id])

    def _decode(self, video_id: str, path: str, people: Sequence[Subject]) -> None:
        reader = scan_video(self.corpus.root / path, self.rules)
        footage = reader.footage()
        self.decoded_frames += footage.decoded
        if reader.error is not None and not footage.slots:
            finding = Finding("unreadable-video", Severity.ERROR, reader.error, path, video_id=video_id)
            self.findings.append(finding)
            return
        self.findings.extend(damage_findings(footage, reader.damage, video_id, path))
        for subject in people:
            self.findings.extend(self._lines(subject, footage))

    def _lines(self, subject: Subject, footage: Footage) -> list[Finding]:
        """Return what `align` will find of a subject's lines; the organisers' crops are not asked here."""
        lines = self.last_lines.get(subject.subject_id, 0)
        if not lines:
            return []
        trusted = is_trusted(subject, self.source.task)
        listed = trusted or subject.subject_id in self.sparse
        found = frames_of_lines(footage, lines, frame_rule(self.source), listed=listed)
        file = next(iter(subject.annotations.values())).file
        where = Finding("", Severity.INFO, "", file, None, subject.subject_id, subject.video_id)
        return line_findings(found, trusted=trusted, where=where)
