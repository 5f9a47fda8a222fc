"""What a person looks at: pairs and clips as tables, lines ready for `dataset.same_person`, and sheets of pictures."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.leaks.appearances import Appearance, faces_of
from fer_data.leaks.comparison import Described, Link
from fer_data.leaks.copies import ClipCopy
from fer_data.pictures.images import encode_jpeg
from fer_data.pictures.sheet import Tile, contact_sheet
from fer_data.published.dataset import Published
from fer_data.tables.same_person import COLUMNS

__all__ = ["COPIES", "LINES", "PAIRS", "Listing", "write_listing"]

PAIRS, LINES, COPIES = "suspects.csv", "lines.csv", "copies.csv"
_PAIR_COLUMNS = (
    "rank", "similarity", "called", "across_splits", "subject_a", "split_a", "corpus_a", "videos_a", "subject_b",
    "split_b", "corpus_b", "videos_b", "same_clip", "sheet", "decision",
)  # fmt: skip
_COPY_COLUMNS = (
    "rank", "across_splits", "video_a", "subject_a", "split_a", "video_b", "subject_b", "split_b", "offset_seconds",
    "difference", "sheet",
)  # fmt: skip
_A_SHEET, _MOST_SHEETS = 8, 25
_TILES, _TILE_PX, _QUALITY = 5, 96, 88


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What was found, the most similar first.

    Attributes:
        subjects: the appearances of each subject, by the places that links name.
        links: pairs of subjects, those in two splits first.
        copies: clips that two videos show.
    """

    published: Published
    subjects: Sequence[Sequence[Described]]
    links: Sequence[Link]
    copies: Sequence[ClipCopy]


def write_listing(folder: Path, listing: Listing) -> dict[str, Any]:
    """Write tables and sheets, and return the pairs, the clips, and how many sheets there are."""
    pairs, copies = list(_pair_rows(listing)), list(_copy_rows(listing))
    _write(folder / PAIRS, _PAIR_COLUMNS, pairs)
    _write(folder / COPIES, _COPY_COLUMNS, copies)
    _write(folder / LINES, COLUMNS, map(_line, filter(_is_likely, pairs)))
    count = _draw(folder, "pairs", [_pair_sheet(listing, *both) for both in _shown(pairs, listing.links)])
    count += _draw(folder, "copies", [_copy_sheet(listing, *both) for both in _shown(copies, listing.copies)])
    return {"suspects": pairs, "copies": copies, "sheets": count}


def _shown(rows: Sequence[dict[str, Any]], found: Sequence[Any]) -> list[tuple[dict[str, Any], Any]]:
    return list(zip(rows, found, strict=True))[: _A_SHEET * _MOST_SHEETS]


def _pair_rows(listing: Listing) -> Iterator[dict[str, Any]]:
    clips = {frozenset((one.first.subject, one.second.subject)) for one in listing.copies}
    for rank, link in enumerate(listing.links, 1):
        first, second = (listing.subjects[place] for place in (link.first, link.second))
        sides = [own[0].appearance for own in (first, second)]
        yield {
            "rank": rank,
            "similarity": round(link.similarity, 4),
            "called": {None: "unknown", True: "yes", False: "no"}[link.called],
            "across_splits": _yes(link.across),
            **{
                f"{name}_{letter}": value
                for letter, own, one in zip("ab", (first, second), sides, strict=True)
                for name, value in (
                    ("subject", one.subject), ("split", one.split), ("corpus", one.corpus), ("videos", len(own)),
                )
            },
            "same_clip": _yes(frozenset(one.subject for one in sides) in clips),
            "sheet": _sheet_name("pairs", rank),
            "decision": "",
        }  # fmt: skip


def _copy_rows(listing: Listing) -> Iterator[dict[str, Any]]:
    for rank, one in enumerate(listing.copies, 1):
        yield {
            "rank": rank,
            "across_splits": _yes(one.across),
            **{
                f"{name}_{letter}": getattr(side, name)
                for letter, side in zip("ab", (one.first, one.second), strict=True)
                for name in ("video", "subject", "split")
            },
            "offset_seconds": round(one.offset_seconds, 2),
            "difference": round(one.difference, 4),
            "sheet": _sheet_name("copies", rank),
        }


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _is_likely(pair: dict[str, Any]) -> bool:
    """Say whether a line is worth writing: a pair that is called one person, or without a threshold the first few."""
    return bool(pair["called"] == "yes" or (pair["called"] == "unknown" and pair["rank"] <= _A_SHEET))


def _line(pair: dict[str, Any]) -> dict[str, Any]:
    note = f"suspect {pair['rank']}: similarity {pair['similarity']}, {pair['sheet']}; looked at by: "
    return {"subject_a": pair["subject_a"], "subject_b": pair["subject_b"], "note": note}


def _sheet_name(kind: str, rank: int) -> str:
    number = (rank - 1) // _A_SHEET
    return f"{kind}-{number + 1:03d}.jpg" if number < _MOST_SHEETS else ""


def _write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _draw(folder: Path, kind: str, parts: Sequence[Image]) -> int:
    """Write strips, some to a sheet, and return the number of sheets."""
    starts = range(0, len(parts), _A_SHEET)
    for start in starts:
        sheet = np.concatenate(parts[start : start + _A_SHEET])
        (folder / _sheet_name(kind, start + 1)).write_bytes(encode_jpeg(sheet, _QUALITY))
    return len(starts)


def _pair_sheet(listing: Listing, row: dict[str, Any], link: Link) -> Image:
    called = {"yes": ", called one person", "no": "", "unknown": ""}[row["called"]]
    clip = ", one clip in both" if row["same_clip"] == "yes" else ""
    note = (
        f"{row['rank']}.  {row['subject_a']} ({row['split_a']}) and {row['subject_b']} ({row['split_b']}): "
        f"{row['similarity']:.2f}{called}{clip}"
    )
    sides = [
        _tiles(listing.published, [one.appearance for one in listing.subjects[place]])
        for place in (link.first, link.second)
    ]
    return _strip(sides, note)


def _tiles(published: Published, appearances: Sequence[Appearance]) -> list[Tile]:
    """Return some faces of a person, of as many videos as there is room for."""
    chosen = [appearances[index % len(appearances)] for index in range(max(_TILES, len(appearances)))][
        :_TILES
    ]
    found = []
    for one in dict.fromkeys(chosen):
        share = chosen.count(one)
        places = one.chosen[np.unique(np.linspace(0, len(one.chosen) - 1, share).round().astype(int))]
        found += [Tile(face.crop) for face in faces_of(published, one, places)]
    return found


def _copy_sheet(listing: Listing, row: dict[str, Any], copy: ClipCopy) -> Image:
    note = (
        f"{row['rank']}.  {row['video_a']} ({row['split_a']}, {row['subject_a']}) and {row['video_b']} "
        f"({row['split_b']}, {row['subject_b']}): the same {abs(row['offset_seconds']):.2f} s "
        f"{'later' if row['offset_seconds'] >= 0 else 'earlier'}"
    )
    frames = copy.frames[:_TILES]
    sides = [
        [Tile(face.crop) for face in faces_of(listing.published, one, [pair[side] for pair in frames])]
        for side, one in enumerate((copy.first, copy.second))
    ]
    return _strip(sides, note)


def _strip(sides: Sequence[list[Tile]], note: str) -> Image:
    """Return the faces of both sides in one row, a gap between them, with a note above."""
    gap = Tile(np.full((_TILE_PX, _TILE_PX, 3), 255, np.uint8))
    padded = [[*side, *[gap] * (_TILES - len(side))] for side in sides]
    strip = contact_sheet([*padded[0], gap, *padded[1]], columns=2 * _TILES + 1, tile_px=_TILE_PX, note=note)
    cv2.line(strip, (0, 0), (strip.shape[1], 0), (200, 200, 200), 1)
    return strip
