"""Decisions on who is who, as `align` reports them beside the faces that it wrote."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_data.errors import DatasetError
from fer_data.shell.shown import printable
from fer_data.tables.source_folders import source_folders
from fer_data.video_jobs.decisions import DECISIONS_FILE

__all__ = ["Decided", "decided", "report_folders", "reports_beside"]

_VERDICTS = {
    "agreed": "agree",
    "overruled": "overrule the place in the picture",
    "swapped": "show the other person",
    "corrected": "correct some tracks",
    "unclear": "say too little",
}
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Decided:
    """One line of `decisions.csv`, and where it stands; texts are as they may be shown.

    Attributes:
        source: whose report it is: the name of its folder; empty of a folder that holds one report.
        video_id: the video, as the file has it.
        video: the same, as it may be shown.
        subject: the person.
        side: `only`, `left` or `right`.
        tracks: ids of the tracks taken, parted by blanks, neighbours as `first-last`.
        margin: how far the second-best answer was, in [0, 1].
        reason: what decided.
        doubtful: whether a person should look.
        doubts: why.
        crops: what the organisers' crops say of it, in words; empty where they were not asked.
        picture: of the video's tracks, which shows people; None where none was written.
    """

    source: str
    video_id: str
    video: str
    subject: str
    side: str
    tracks: str
    margin: float
    reason: str
    doubtful: bool
    doubts: str
    crops: str
    picture: Path | None

    @property
    def by_hand(self) -> bool:
        """Whether lines of the source's decisions settled it."""
        return self.reason.startswith(BY_HAND)


def report_folders(folder: Path) -> list[Path]:
    """Return the folders of the sources in `reports/assignment`, or itself where it is that of one; none of another."""
    if (folder / DECISIONS_FILE).is_file():
        return [folder]
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if (path / DECISIONS_FILE).is_file())


def reports_beside(faces: Path) -> list[Path]:
    """Return the reports of `align` beside its faces, as the pipeline lays them out; none where there are none.

    ::

        data/faces/NAME/rows.parquet    reports/assignment/NAME/decisions.csv
    """
    found = []
    for folder in source_folders(faces.absolute()):
        near = [(folder.parent.parent.parent, folder.name), (folder.parent.parent, "")]
        places = [root / "reports" / "assignment" / name for root, name in near]
        found += [place for place in places if (place / DECISIONS_FILE).is_file()][:1]
    return found


def decided(folders: list[Path]) -> list[Decided]:
    """Return the decisions of reports, the doubtful first, of these the smallest margin first.

    Raises:
        DatasetError: a report cannot be read.
    """
    found = [one for folder in folders for one in _read(folder, folder.name if len(folders) > 1 else "")]
    return sorted(found, key=lambda one: (not one.doubtful, one.margin, one.source, one.video, one.subject))


def _read(folder: Path, source: str) -> Iterator[Decided]:
    path = folder / DECISIONS_FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                yield _decided(line, folder, source)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(
            f"{path} cannot be read: {error!r}. Run `dvc repro align` to write it again."
        ) from error


def _decided(line: dict[str, str], folder: Path, source: str) -> Decided:
    video = line["video_id"]
    shown = {name: printable(value or "") for name, value in line.items()}
    return Decided(
        source=printable(source),
        video_id=video,
        video=shown["video_id"],
        subject=shown["subject_id"],
        side=shown["side"],
        tracks=_ranges([int(track) for track in line["track_ids"].split()]),
        margin=float(line["margin"]),
        reason=shown["reason"],
        doubtful=line["doubtful"] == "true",
        doubts=shown["doubts"],
        crops=_crops(shown),
        picture=_picture(folder, video),
    )


def _ranges(tracks: Sequence[int]) -> str:
    """Return track ids in a few words.

    >>> _ranges([0, 1, 2, 3, 7, 9, 10])
    '0-3 7 9-10'
    """
    found: list[list[int]] = []
    for track in tracks:
        if found and track == found[-1][1] + 1:
            found[-1][1] = track
        else:
            found.append([track, track])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _crops(line: dict[str, str]) -> str:
    verdict = line["crops_verdict"]
    if not verdict:
        return ""
    said = _VERDICTS.get(verdict, verdict)
    if line["crops_compared"]:
        said += f" ({line['crops_matches']} of {line['crops_compared']} match, {line['crops_others']} show others)"
    offset = line["crops_frame_offset"]
    return f"{said}; crop N shows frame N{int(offset):+d}" if offset not in ("", "0") else said


def _picture(folder: Path, video_id: str) -> Path | None:
    """Return the picture of a video's tracks; a name from a file never leads out of the folder."""
    path = folder / f"{video_id}.jpg"
    return path if path.parent == folder and path.name == f"{video_id}.jpg" and path.is_file() else None
