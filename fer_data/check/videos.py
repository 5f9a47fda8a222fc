"""The video files of a corpus: what can be said of them without decoding, and what decoding tells."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fer_data.core.frames.line_frames import Footage
from fer_data.corpora.oddities import refused_video, same_content
from fer_data.errors import ReadingError
from fer_data.media.frame_findings import damage_findings
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.video import scan_video
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import open_regular, regular_sha256
from fer_data.shell.progress import file_bytes, progress

__all__ = ["VideoCheck"]


@dataclass(slots=True)
class VideoCheck:
    """Looks at videos.

    Attributes:
        root: of the corpus.
        videos: path of each relative to it, by id.
        findings: what is odd about them.
        decoded_frames: how many could be decoded.
    """

    root: Path
    videos: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)
    decoded_frames: int = 0
    _refused: set[str] = field(default_factory=set)

    def files(self) -> None:
        """Note files that cannot be read, empty files and equal contents; equal sizes alone are hashed."""
        by_size: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for video_id, path in self.videos.items():
            try:
                with open_regular(self.root / path) as file:
                    by_size[os.fstat(file.fileno()).st_size].append((video_id, path))
            except ReadingError as error:
                self._refused.add(video_id)
                self.findings.append(refused_video(video_id, path, error))
        for video_id, path in by_size.pop(0, []):
            message = "The file is empty. Get it again from its archive."
            self.findings.append(Finding("empty-video", Severity.ERROR, message, path, video_id=video_id))
            self._refused.add(video_id)
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
                yield video_id, path, regular_sha256(self.root / path)
            except ReadingError as error:
                self._refused.add(video_id)
                self.findings.append(refused_video(video_id, path, error))

    def decode(self, rules: FrameRules, lines: Callable[[str, Footage], Iterable[Finding]]) -> None:
        """Decode every video; `lines` tells of a video id and its frames what is odd about the labels."""
        videos = {name: path for name, path in self.videos.items() if name not in self._refused}
        sizes = {name: file_bytes(self.root / path) for name, path in videos.items()}
        with progress("check, decoding", sum(sizes.values()), "bytes") as work:
            for video_id, path in videos.items():
                work.advance(0, path)
                if (footage := self._footage(video_id, path, rules)) is not None:
                    self.findings.extend(lines(video_id, footage))
                work.advance(sizes[video_id])

    def _footage(self, video_id: str, path: str, rules: FrameRules) -> Footage | None:
        """Return what decoding a video shows, and note its damage; null of one that cannot be opened."""
        reader = scan_video(self.root / path, rules)
        footage = reader.footage()
        self.decoded_frames += footage.decoded
        if reader.error is not None and not footage.slots:
            finding = Finding("unreadable-video", Severity.ERROR, reader.error, path, video_id=video_id)
            self.findings.append(finding)
            return None
        self.findings.extend(damage_findings(footage, reader.damage, video_id, path))
        return footage
