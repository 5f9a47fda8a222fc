"""A folder of videos with a table of labels, opened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fer_data.core.labels.tasks import TASKS
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.videos.columns import VideoLines
from fer_data.corpora.adapters.videos.files import find_videos
from fer_data.corpora.adapters.videos.lines import read_lines
from fer_data.corpora.adapters.videos.matching import match_series
from fer_data.corpora.adapters.videos.series import Series, clip_rows, frame_rows, segment_rows
from fer_data.corpora.given import CorpusKind, GivenRow
from fer_data.corpora.videos import promised_footage
from fer_data.errors import CorpusError, MediaError
from fer_data.params.source import SourceParams, VideosSection, VideoTable
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["VIDEOS", "OpenedVideos"]

_NO_TIMES = (
    "The file does not say when its frames are shown, so no frame can be found for {} segment(s) and none has a row. "
    "Convert the video, or label its frames."
)


@dataclass(slots=True)
class OpenedVideos:
    """Videos with a table of labels.

    Attributes:
        root: the folder.
        table: how its table is read.
        lines: the lines of the table.
        series: each annotated person in each video, in the order of their names.
        videos: path of each annotated video by its id.
        noted: what is odd about the folder and the table.
    """

    root: Path
    table: VideoTable
    lines: VideoLines
    series: Sequence[Series]
    videos: Mapping[str, str]
    noted: Sequence[Finding]
    _met: list[Finding] = field(default_factory=list)

    @property
    def classes(self) -> Sequence[str]:
        """Return the expressions that the table names."""
        return self.lines.classes()

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is odd about folder and table, and about each video once its rows were read."""
        return (*self.noted, *self._met)

    @property
    def found(self) -> Mapping[str, int]:
        """Return how many videos and lines there are."""
        return {"videos": len(self.videos), "lines": len(self.lines.of)}

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the rows of each person in each video, with nothing for a video whose frames cannot be told."""
        self._met.clear()
        for series in self.series:
            rows, findings = self._rows(series)
            self._met.extend(findings)
            if rows:
                yield rows

    def _rows(self, series: Series) -> tuple[list[GivenRow], list[Finding]]:
        if self.lines.scope == "frame":
            return frame_rows(series, self.lines, self.table.file)
        if not series.exists:
            return [], []
        try:
            footage = promised_footage(self.root, series.path)
        except (CorpusError, MediaError):
            return [], []  # `ingest` opens every video, and says what is wrong with this one
        if self.lines.scope == "clip":
            return clip_rows(series, self.lines, self.table.file, footage)
        if footage.ticks is None:
            first = (self.table.file, self.lines.line[series.lines[0]])
            message = _NO_TIMES.format(len(series.lines))
            return [], [series.finding("no-frame-times", Severity.ERROR, message, first)]
        times = np.asarray(footage.ticks * footage.tick_seconds, np.float64)
        return segment_rows(series, self.lines, self.table.file, times)


@dataclass(frozen=True, slots=True)
class _Videos:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedVideos:
        """Return the folder, opened, its table read and its videos found."""
        if not root.is_dir():
            raise CorpusError(
                f"{source.key('root')} ({root}) must be an existing folder. Name the corpus' folder."
            )
        table = source.own(VideosSection).table
        lines = read_lines(root, table, on_error)
        files = find_videos(root)
        matched = match_series(lines, files, table.file, on_error)
        unused = sorted(set(files.paths) - set(matched.videos.values()))
        noted = [*files.findings, *matched.findings, *_oddities(lines, table, unused)]
        return OpenedVideos(root, table, lines, matched.series, dict(sorted(matched.videos.items())), noted)


def _oddities(lines: VideoLines, table: VideoTable, unused: Sequence[str]) -> Iterator[Finding]:
    """Yield what is odd about the numbers of a table, and the videos that it does not name."""
    for key, rejected in lines.rejected.items():
        message = (
            f"{len(rejected):,} line(s) have a value of {key} outside its range (valence and arousal -1 to 1, action "
            "units 0 or 1); they count as not annotated."
        )
        yield Finding("label-out-of-range", Severity.ERROR, message, table.file, rejected[0])
    if lines.scope == "frame" and not table.first_frame and len(lines.first) and min(lines.first) > 0:
        message = (
            f"No line is about frame 0, the lowest is {int(min(lines.first))}. If the table counts frames from 1, set "
            "table.first_frame: 1, or every label stands one frame too late."
        )
        yield Finding("no-first-frame", Severity.WARNING, message, table.file)
    if unused:
        message = f"{len(unused):,} video(s) are not in the table; they give no rows."
        yield Finding("video-without-labels", Severity.INFO, message, unused[0])


VIDEOS = _Videos(CorpusKind("videos", "videos with a table", "videos", TASKS, verified=True))
