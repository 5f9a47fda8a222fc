"""Suspects as rows of a table: what was given, what is answered, and where to look."""

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.core.arrays import Float64, Mask
from fer_data.core.metrics.label_noise import answered_instead, suspicion
from fer_data.noise.units import Units
from fer_data.published.dataset import Published, column
from fer_data.published.licences import stated_licence_of
from fer_data.published.row_facts import texts

__all__ = [
    "A_SHEET",
    "MAX_SHEETS",
    "TABLE",
    "Suspect",
    "listed_suspects",
    "sheet_name",
    "sheet_note",
    "write_suspects",
]

TABLE = "suspects.csv"
A_SHEET = 16
MAX_SHEETS = 25
"""Of each split. Who looks at 400 suspects knows what the rest are like; the table has them all."""

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is probably wrong.

    Attributes:
        unit: number of its unit in the split; not in the table.
        split: train or validation.
        rank: from 1, the likeliest to be wrong, in its split.
        suspicion: logarithm of how much likelier the answered class is than the given one.
        given: class that the label says.
        given_probability: what the answer leaves to it.
        answered: the likeliest other class.
        answered_probability: of that.
        corpus: source that it is of.
        subject_id: whom it is about.
        video_id: where.
        segment: segment or clip; empty for a picture or a run of frames with equal labels.
        first_frame: 0-based.
        last_frame: of the same run, segment or clip.
        rows: of the dataset that carry the label.
        first_row_id: the first of them.
        label_source: who made it.
        sheet: picture file that shows it; empty for one beyond the last sheet.
    """

    unit: int
    split: str
    rank: int
    suspicion: float
    given: str
    given_probability: float
    answered: str
    answered_probability: float
    corpus: str
    subject_id: str
    video_id: str
    segment: str
    first_frame: int
    last_frame: int
    rows: int
    first_row_id: str
    label_source: str
    sheet: str

    @property
    def place(self) -> str:
        """Return where to look, for people: whom, in which video, in which frames."""
        whom = (
            self.subject_id if self.subject_id == self.video_id else f"{self.subject_id} in {self.video_id}"
        )
        if self.rows == 1:
            return f"{whom}, frame {self.first_frame}" if self.first_frame else whom
        return f"{whom}, frames {self.first_frame} to {self.last_frame} ({self.rows} pictures)"

    def row(self) -> dict[str, Any]:
        """Return the columns of the table."""
        return {name: value for name, value in asdict(self).items() if name != "unit"}


COLUMNS = tuple(name for name in Suspect.__dataclass_fields__ if name != "unit")


def listed_suspects(published: Published, units: Units, probabilities: Float64, wrong: Mask) -> list[Suspect]:
    """Return the suspects of a split, the likeliest to be wrong first."""
    chosen = np.flatnonzero(wrong)
    if not len(chosen):
        return []
    sure, other = suspicion(probabilities, units.labels), answered_instead(probabilities, units.labels)
    chosen = chosen[np.argsort(-sure[chosen], kind="stable")]
    split, classes = published.split(units.split), published.classes
    ids = {name: column(split, name)[units.first] for name in ("row_id", "subject_id", "video_id")}
    frames = column(split, "frame_index")
    corpora = texts(split, "corpus")[units.first]
    return [
        Suspect(
            unit=int(unit),
            split=units.split,
            rank=rank,
            suspicion=round(float(sure[unit]), _DIGITS),
            given=classes[units.labels[unit]],
            given_probability=round(float(probabilities[unit, units.labels[unit]]), _DIGITS),
            answered=classes[other[unit]],
            answered_probability=round(float(probabilities[unit, other[unit]]), _DIGITS),
            corpus=str(corpora[unit]),
            subject_id=str(ids["subject_id"][unit]),
            video_id=str(ids["video_id"][unit]),
            segment=str(units.segments[unit]),
            first_frame=int(frames[units.first[unit]]),
            last_frame=int(frames[units.last[unit]]),
            rows=int(units.counts[unit]),
            first_row_id=str(ids["row_id"][unit]),
            label_source=str(units.sources[unit]),
            sheet=sheet_name(units.split, rank),
        )
        for rank, unit in enumerate(chosen, 1)
    ]


def sheet_name(split: str, rank: int) -> str:
    """Return the file that shows the suspect of a rank, from 1; empty for one that no sheet shows.

    >>> sheet_name("train", 17), sheet_name("train", 401)
    ('train-002.jpg', '')
    """
    number = (rank - 1) // A_SHEET
    return f"{split}-{number + 1:03d}.jpg" if number < MAX_SHEETS else ""


def write_suspects(path: Path, suspects: Iterable[Suspect]) -> None:
    """Write the table, with a header, in the order given."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(suspect.row() for suspect in suspects)


def sheet_note(published: Published, split: str, count: int) -> str:
    """Return what stands at the top of every sheet: of what it is, and what the pictures' licence allows."""
    stated = published.provenance
    licence = stated_licence_of(stated)
    name = f"{stated.get('name') or published.folder.name} {stated.get('version') or ''}".strip()
    allowed = (
        " ".join(licence["reasons"]) or f"Pictures: {(stated.get('licence') or {}).get('pictures', 'open')}."
    )
    counted = f"{count} label{'' if count == 1 else 's'}"
    return f"{name}, {split}: {counted} that may be wrong, the likeliest first. {allowed}"
