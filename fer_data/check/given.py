"""A corpus of any kind but Aff-Wild2, checked through its adapter."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fer_data.check.report import CheckReport, Total, in_order
from fer_data.check.videos import VideoCheck
from fer_data.core.frames.line_frames import Footage, frames_of_lines
from fer_data.corpora.adapter import Adapter, OpenedCorpus
from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.corpora.labelling import Labelling, label_findings, labelling_of, labels_as_columns
from fer_data.corpora.picture_reading import PictureReading
from fer_data.errors import CorpusError
from fer_data.execution.cores import core_count
from fer_data.media.frame_findings import line_findings
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.frame_rules import frame_rule
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.progress import progress

__all__ = ["check_given"]


def check_given(adapter: Adapter, root: Path, source: SourceParams, rules: FrameRules | None) -> CheckReport:
    """Return what can be said of a corpus through its adapter; with `rules` videos are decoded.

    Of pictures every file is read and none decoded.

    Raises:
        CorpusError: there is no such folder, or it is no release that is known.
    """
    errors: list[CorpusError] = []
    opened = adapter.open(root, source, errors.append)
    labelling = labelling_of(adapter.kind, opened.classes, source)
    run = _Rows(PictureReading(root), source, labelling, errors)
    run.read(opened)
    videos = VideoCheck(root, {source.prefix + name: path for name, path in opened.videos.items()})
    videos.files()
    if rules is not None:
        videos.decode(rules, run.lines_of)
    own = (finding.prefixed(source.prefix) for finding in opened.findings)
    return CheckReport(
        in_order([*own, *run.findings(), *videos.findings], errors),
        (),
        len(opened.videos),
        len(run.people),
        run.rows,
        videos.decoded_frames if rules else None,
        adapter.kind.title,
        tuple(_totals(adapter.kind, opened.found)),
        not adapter.kind.verified,
        run.files.pictures,
    )


def _totals(kind: CorpusKind, found: Mapping[str, int]) -> Iterator[Total]:
    """Yield what was counted, and what a whole copy has of which nothing was found."""
    for part in found or kind.totals:  # a release has parts of its own
        yield Total(part, found.get(part, 0), kind.totals.get(part))


@dataclass(slots=True)
class _Rows:
    """What the rows of a corpus say, without keeping them."""

    files: PictureReading
    source: SourceParams
    labelling: Labelling
    errors: list[CorpusError]
    rows: int = 0
    outside: Counter[str] = field(default_factory=Counter)
    out_of_scale: int = 0
    people: set[str] = field(default_factory=set)
    lines: dict[str, dict[str, int]] = field(default_factory=dict)

    def read(self, opened: OpenedCorpus) -> None:
        """Read all rows."""
        with progress("check, rows", None, "rows") as work, ThreadPoolExecutor(core_count()) as pool:
            for rows in opened.rows():
                self.rows += len(rows)
                self.people.update(who for row in rows if (who := row.person or row.clip))
                self._labels(rows)
                if self.labelling.medium == "pictures":
                    self.files.files(rows, pool)
                elif rows:
                    self._series(rows)
                work.advance(len(rows))

    def _labels(self, rows: Sequence[GivenRow]) -> None:
        """Count what the dataset does not have of the labels, as `ingest` will."""
        try:
            found = labels_as_columns(rows, [""] * len(rows), self.labelling)
        except CorpusError as error:
            self.errors.append(error)
        else:
            self.outside.update(found.outside)
            self.out_of_scale += found.out_of_scale

    def findings(self) -> Iterator[Finding]:
        """Yield what is odd about files, and what of the labels the dataset does not have."""
        yield from self.files.findings()
        yield from label_findings(self.outside, self.out_of_scale, self.labelling.places.classes)

    def _series(self, rows: Sequence[GivenRow]) -> None:
        """Remember the last labelled frame of a person in a video."""
        video_id = self.source.prefix + (rows[0].clip or "")
        faces = self.lines.setdefault(video_id, {})
        faces[_who(rows[0])] = max(row.frame_index for row in rows) + 1

    def lines_of(self, video_id: str, footage: Footage) -> Iterable[Finding]:
        """Yield what `align` will find of the frames that the labels name."""
        for person, lines in self.lines.get(video_id, {}).items():
            found = frames_of_lines(footage, lines, frame_rule(self.source), listed=True)
            where = Finding("", Severity.INFO, "", None, None, self.source.prefix + person, video_id)
            yield from line_findings(found, trusted=False, where=where)


def _who(row: GivenRow) -> str:
    """Return whom a row shows: a person, else what is taken for one."""
    return row.person or row.clip or row.path
