"""Faces of corpora whose people have several clips, and of pictures of which nobody says whom they show."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES
from fer_data.pictures.images import encode_jpeg
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import CROPS, FACE_ROWS, write_arrow, write_table

__all__ = ["Clip", "pictures", "write_series"]


@dataclass(frozen=True)
class Clip:
    """Rows of one person in one video; the label of each frame, None without one.

    Attributes:
        series: its file of crops.
        subject: the person.
        video: the clip, or the picture.
        split: of expression, all there is.
        labels: class of each frame.
        owner: what rows are called after; the series where it is empty.
        named: whether anybody says who the subject is.
        details: further columns of each row, such as `subject_source`.
    """

    series: str
    subject: str
    video: str
    split: str
    labels: Sequence[int | None]
    owner: str = ""
    named: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield its rows of the faces' table, all of them kept."""
        for frame, label in enumerate(self.labels):
            yield {
                **dict.fromkeys(FACE_ROWS.names),
                "row_id": f"{self.owner or self.series}/{frame + 1:05d}",
                "series_id": self.series,
                "subject_id": self.subject,
                "video_id": self.video,
                "side": "only",
                "split_expression": self.split,
                "frame_index": frame,
                "expression": label,
                "action_units": dict.fromkeys(ACTION_UNITS),
                "subject_source": "given" if self.named else "none",
                "state": "kept",
                "box": [10.0, 20.0, 110.0, 140.0],
                "landmarks": [[30.0 + 5 * point, 50.0] for point in range(5)],
                "detector_score": 0.9,
                "native_px": 120,
                **self.details,
            }


def pictures(split: str, labels: Sequence[int | None], number: int = 0, *, first: int = 0) -> list[Clip]:
    """Return a shard of pictures of unknown people: each is a subject and a video of its own."""
    series = f"pictures-{split}-{number:05d}"
    names = [f"{split}%2F{first + place:03d}.jpg" for place in range(len(labels))]
    return [
        Clip(series, name, name, split, [label], name, named=False)
        for name, label in zip(names, labels, strict=True)
    ]


def write_series(
    folder: Path, clips: Sequence[Clip], *, source: str = "sample", classes: Sequence[str] | None = None
) -> Path:
    """Write clips, those of a series one after another, as the faces of one source.

    `classes` are those that its corpus can give; None: all.
    """
    from conftest import picture

    rows = [row for clip in clips for row in clip.rows()]
    metadata = {
        "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
        "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
        **Origin("affwild2", rendered=True).metadata(),
        **named_source(source),
        **({} if classes is None else {"corpus_classes": json.dumps({source: list(classes)})}),
    }
    write_table(folder / "rows.parquet", [pa.Table.from_pylist(rows, FACE_ROWS)], FACE_ROWS, metadata)
    for series in dict.fromkeys(clip.series for clip in clips):
        own = [row for row in rows if row["series_id"] == series]
        crops = [
            {
                **{name: row[name] for name in CROPS.names if name != "image"},
                "image": encode_jpeg(picture(row["row_id"]), 95),
            }
            for row in own
        ]
        write_arrow(folder / f"{series}.arrow", [pa.Table.from_pylist(crops, CROPS)], CROPS)
    return folder
