"""The videos of a corpus as they are: facts by their packets, hashes of their bytes, what cannot be opened."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.core.frames.line_frames import Footage
from fer_data.corpora.oddities import refused_video, same_content
from fer_data.corpora.videos import VideoFacts, probe_video
from fer_data.errors import MediaError, ReadingError
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import open_regular, regular_sha256
from fer_data.shell.progress import file_bytes, progress
from fer_data.tables.schemas import VIDEOS

__all__ = ["VideoFiles"]

_UNREADABLE = VideoFacts(0, 0, 0.0, 0, "", variable_frame_rate=False)
"""A video that cannot be opened keeps its place in the catalog, so that its rows end as `decode_error`."""


@dataclass(slots=True)
class VideoFiles:
    """What is known of videos once `table` was asked for.

    Attributes:
        root: of the corpus.
        packets: number of them by video_id.
        footage: what the packets promise, of the videos whose times show holes.
        findings: what is odd about them.
    """

    root: Path
    packets: dict[str, int] = field(default_factory=dict)
    footage: dict[str, Footage] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def table(self, videos: Mapping[str, str]) -> pa.Table:
        """Return the table of videos, given by id and path, and note those that cannot be opened or are the same."""
        rows = []
        sizes = {path: file_bytes(self.root / path) for path in videos.values()}
        with progress("ingest, videos", sum(sizes.values()), "bytes") as work:
            for row in self._rows(videos):
                rows.append(row)
                work.advance(sizes[row["path"]], row["path"])
        hashed = ((row["video_id"], row["path"], row["content_hash"]) for row in rows if row["content_hash"])
        self.findings.extend(same_content(hashed))
        return pa.Table.from_pylist(rows, schema=VIDEOS)

    def _rows(self, videos: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        for video_id, path in videos.items():
            facts = self._probe(video_id, path)
            content_hash = "" if facts is _UNREADABLE else self._hash(video_id, path)
            self.packets[video_id] = facts.num_packets
            if (holes := facts.footage.holes) is not None and holes.total:
                self.footage[video_id] = facts.footage
            yield {
                "video_id": video_id,
                "path": path,
                "content_hash": content_hash,
                **{name: getattr(facts, name) for name in VIDEOS.names[3:]},
            }

    def _hash(self, video_id: str, path: str) -> str:
        """Return the hash of a video's bytes; empty, and noted, where they cannot be read."""
        try:
            return regular_sha256(self.root / path)
        except ReadingError as error:
            self.findings.append(refused_video(video_id, path, error))
            return ""

    def _probe(self, video_id: str, path: str) -> VideoFacts:
        try:
            open_regular(self.root / path).close()
            return probe_video(self.root / path)
        except ReadingError as error:
            self.findings.append(refused_video(video_id, path, error))
            return _UNREADABLE
        except MediaError as error:
            finding = Finding("unreadable-video", Severity.ERROR, str(error), file=path, video_id=video_id)
            self.findings.append(finding)
            return _UNREADABLE
