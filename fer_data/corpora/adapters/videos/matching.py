"""The lines of a table brought to the videos that they name: one series for each person in each video."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fer_data.core.labels.splits import resolve_splits
from fer_data.core.labels.tasks import SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.videos.columns import SeriesKey, VideoLines
from fer_data.corpora.adapters.videos.files import VideoFiles, video_id_of
from fer_data.corpora.adapters.videos.series import Series
from fer_data.errors import CorpusError, LabelFileError
from fer_data.media.suffixes import UNREAD_REMEDY, media_kind
from fer_data.shell.files.findings import Finding, Severity

__all__ = ["Matched", "match_series"]


@dataclass(slots=True)
class Matched:
    """What the lines of a table are about.

    Attributes:
        series: in the order of their videos and faces.
        videos: path of each video by its id; those that are missing are not in it.
        findings: what is odd about names and splits.
    """

    series: list[Series] = field(default_factory=list)
    videos: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def match_series(lines: VideoLines, files: VideoFiles, file: str, on_error: OnError) -> Matched:
    """Return the series of a table `file`; lines whose video is doubtful go to `on_error` and are left out."""
    matched = Matched()
    places = _places(lines, files, matched, on_error)
    found: dict[SeriesKey, list[int]] = {}
    for index in lines.order().tolist():
        if (place := places.get(lines.of[index])) is not None:
            found.setdefault((place.video_id, place.person, place.side), []).append(index)
    splits = _splits(found, lines, file, matched)
    for key, own in sorted(_told_apart(found, lines, file, on_error).items()):
        place = places[lines.of[own[0]]]
        if place.path is None:
            matched.findings.append(_missing(place, (file, min(lines.line[index] for index in own))))
        own.sort(key=lambda index: lines.first[index])  # of several names of one video
        matched.series.append(
            Series(
                place.video_id,
                place.path or place.name,
                place.path is not None,
                place.person or None,
                key[2],
                splits[place.video_id],
                own,
            )
        )
    return matched


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the table's name of a video leads: `path` is null where there is no such file."""

    name: str
    video_id: str
    path: str | None
    person: str
    side: str


def _places(lines: VideoLines, files: VideoFiles, matched: Matched, on_error: OnError) -> dict[int, _Place]:
    """Return where each series of the table leads, by its index; two files never share an id."""
    places: dict[int, _Place] = {}
    for key, index in lines.series.items():
        try:
            places[index] = _place(key, files, matched)
        except CorpusError as error:
            on_error(error)
    return places


def _place(key: SeriesKey, files: VideoFiles, matched: Matched) -> _Place:
    name, person, side = key
    path = files.match(name)
    video_id = video_id_of(path or _as_file(name))
    if path is not None and (other := matched.videos.setdefault(video_id, path)) != path:
        raise CorpusError(
            f"{path!a} and {other!a} differ in their suffix alone. Rename one, in the table too.",
            rule="duplicate-video",
        )
    return _Place(name, video_id, path, person, side)


def _as_file(name: str) -> str:
    """Return a name with a suffix of videos, so that what stands behind the last dot of another is not taken off."""
    return name if media_kind(PurePosixPath(name).suffix) else f"{name}.mp4"


def _splits(
    found: Mapping[SeriesKey, Sequence[int]], lines: VideoLines, file: str, matched: Matched
) -> dict[str, SplitName]:
    """Return the split of each video; one that stands in several is held out."""
    listed = {(key[0], lines.split[index]): None for key, own in found.items() for index in own}
    splits, several = resolve_splits(listed, "validation")
    for video_id, names in several.items():
        message = (
            f"{video_id} is in {' and '.join(sorted(names))}; it stays in {splits[video_id]} as a whole, since "
            "frames of one video are alike."
        )
        matched.findings.append(Finding("split-overlap", Severity.WARNING, message, file, video_id=video_id))
    return {video_id: _named(split) for video_id, split in splits.items()}


def _named(split: str) -> SplitName:
    return "train" if split == "train" else "validation" if split == "validation" else "test"


def _told_apart(
    found: Mapping[SeriesKey, list[int]], lines: VideoLines, file: str, on_error: OnError
) -> dict[SeriesKey, list[int]]:
    """Return the series of videos with one person, or with one on the left and one on the right."""
    by_video: dict[str, list[SeriesKey]] = {}
    for key in found:
        by_video.setdefault(key[0], []).append(key)
    kept: dict[SeriesKey, list[int]] = {}
    for video_id, keys in by_video.items():
        if len(keys) == 1 or sorted(side for _, _, side in keys) == ["left", "right"]:
            kept |= {key: found[key] for key in keys}
            continue
        named = ", ".join(" ".join(filter(None, key[1:])) or "nobody" for key in sorted(keys)[:4])
        text = (
            f"{video_id} has {len(keys)} annotated people ({named}): nobody knows whose face is whose. Name two with "
            "table.side, one left and one right, or leave the others out."
        )
        line = min(lines.line[index] for key in keys for index in found[key])
        on_error(LabelFileError(text, rule="side-ambiguous", file=file, line=line))
    return kept


def _missing(place: _Place, where: tuple[str, int]) -> Finding:
    kind = media_kind(PurePosixPath(place.name).suffix)
    remedy = UNREAD_REMEDY if kind == "unread" else "Add the video, or correct the name."
    message = f"No video is called {place.name!a}; its frames have no picture. {remedy}"
    return Finding("label-without-video", Severity.WARNING, message, *where, video_id=place.video_id)
