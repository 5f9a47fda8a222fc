"""Validate a corpus folder before anything runs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from fer_data.check.given import check_given
from fer_data.check.report import CheckReport, in_order
from fer_data.check.videos import VideoCheck
from fer_data.core.frames.line_frames import Footage, frames_of_lines
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.adapters.affwild2 import AFFWILD2
from fer_data.corpora.comparison import compare_labels, read_lists
from fer_data.corpora.completeness import completeness
from fer_data.corpora.corpus import Corpus, open_corpus
from fer_data.corpora.inspection import inspect_subject
from fer_data.corpora.lists import FrameList
from fer_data.corpora.oddities import list_repeats
from fer_data.corpora.rows import is_sparse, is_trusted, read_subject, subject_frames
from fer_data.corpora.subjects import Subject
from fer_data.errors import CorpusError
from fer_data.media.frame_findings import line_findings
from fer_data.media.frame_pictures import MAX_FRAME_PIXELS, FrameRules
from fer_data.media.frame_rules import frame_rule
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.progress import progress

__all__ = ["check_corpus"]


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
        ParamsError: this version has no adapter for the kind of corpus.
        CorpusError: there is no such folder, or nothing in it is annotated.
    """
    rules = FrameRules(max_pixels) if decode else None
    adapter = adapter_of(source)
    if adapter is not AFFWILD2:
        return check_given(adapter, root, source, rules)
    errors: list[CorpusError] = []
    corpus = open_corpus(root, source, errors.append)
    run = _Check(corpus, source, errors, list(corpus.findings))
    run.labels()
    videos = VideoCheck(root, corpus.videos)
    videos.files()
    if rules is not None:
        videos.decode(rules, partial(run.lines_of, run.people()))
    return CheckReport(
        in_order([*run.findings, *videos.findings], errors),
        tuple(completeness(corpus)),
        len(corpus.videos),
        len(corpus.subjects),
        run.label_lines,
        videos.decoded_frames if decode else None,
    )


@dataclass(slots=True)
class _Check:
    corpus: Corpus
    source: SourceParams
    errors: list[CorpusError]
    findings: list[Finding]
    last_lines: dict[str, int] = field(default_factory=dict)
    sparse: set[str] = field(default_factory=set)
    label_lines: int = 0

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

    def people(self) -> dict[str, list[Subject]]:
        """Return the annotated people of each video."""
        people: dict[str, list[Subject]] = defaultdict(list)
        for subject in self.corpus.subjects:
            people[subject.video_id].append(subject)
        return people

    def lines_of(
        self, people: Mapping[str, Sequence[Subject]], video_id: str, footage: Footage
    ) -> Iterator[Finding]:
        """Yield what `align` will find of the lines of a video's people."""
        for subject in people.get(video_id, ()):
            yield from self._lines(subject, footage)

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
