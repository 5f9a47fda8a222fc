"""What a check found."""

from collections.abc import Iterable
from dataclasses import dataclass

from fer_data.corpora.completeness import Part
from fer_data.errors import CorpusError
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["CheckReport", "Total", "in_order"]


@dataclass(frozen=True, slots=True)
class Total:
    """One part of a corpus, counted.

    Attributes:
        part: as the corpus calls it.
        found: how many there are.
        expected: how many a whole copy has; null where that is not known.
    """

    part: str
    found: int
    expected: int | None

    @property
    def verdict(self) -> str:
        """Say `complete`, `partial` (fewer than a whole copy has), `more`, or `counted` where nobody knows."""
        if self.expected is None:
            return "counted"
        if self.found == self.expected:
            return "complete"
        return "partial" if self.found < self.expected else "more"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes:
        findings: errors first, then warnings and infos; within each by rule, file and line.
        parts: of Aff-Wild2, what is there and what is missing, by task and split.
        videos: number of video files.
        subjects: number of annotated people; 0 where nobody is named.
        label_lines: lines of label files and lists that were read; of other corpora than Aff-Wild2 rows.
        decoded_frames: null without decoding.
        corpus: what it is.
        totals: of other corpora than Aff-Wild2, what is there, against what a whole copy has.
        unverified: nothing of what is said here was ever compared with a real copy.
        pictures: number of pictures that rows are of.
    """

    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    videos: int
    subjects: int
    label_lines: int
    decoded_frames: int | None
    corpus: str = "Aff-Wild2"
    totals: tuple[Total, ...] = ()
    unverified: bool = False
    pictures: int = 0

    @property
    def errors(self) -> int:
        """Number of findings that are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)


def in_order(findings: Iterable[Finding], errors: Iterable[CorpusError]) -> tuple[Finding, ...]:
    """Return findings and errors as findings, as a report has them."""
    return tuple(sorted([*findings, *map(_as_finding, errors)], key=_order))


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
