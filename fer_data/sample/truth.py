"""What the renderer knows about every face, as one table beside the corpus."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from fer_data.core.arrays import Float32

__all__ = ["TRUTH", "FaceTruth", "Side", "truth_table"]

Side = Literal["only", "left", "right"]
"""Where a person is in a video that has one of them, or two."""

TRUTH = pa.schema(
    [
        pa.field("video_id", pa.string(), nullable=False),
        pa.field("frame_index", pa.int32(), nullable=False),
        pa.field("person", pa.int8(), nullable=False),
        pa.field("subject_id", pa.string()),
        pa.field("side", pa.string(), nullable=False),
        pa.field("expression", pa.int8(), nullable=False),
        pa.field("visible", pa.bool_(), nullable=False),
        pa.field("visible_fraction", pa.float32(), nullable=False),
        pa.field("box", pa.list_(pa.float32(), 4)),
        pa.field("landmarks", pa.list_(pa.list_(pa.float32(), 2), 5)),
        pa.field("yaw_degrees", pa.float32()),
        pa.field("pitch_degrees", pa.float32()),
        pa.field("roll_degrees", pa.float32()),
    ]
)
"""`truth.parquet`, sorted by video_id, frame_index, person; every rendered frame, also those a truncated file lost.

A person whom nobody annotates has no subject_id. `visible` says that at least half of the face's surface that turns
to the camera is in the picture and behind nobody; box, landmarks and pose are null where none of it is.
"""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTruth:
    """The truth about one person in one frame.

    Attributes:
        person: number of the person in the scene, from the left.
        side: as the corpus names subjects by it.
        expression: index in `SEVEN_CLASSES`.
        visible_fraction: share of the face's surface towards the camera that is seen.
        box: (4,) float32: x_min, y_min, x_max, y_max of chin to forehead in px, inside the picture.
        landmarks: (5, 2) float32 in the order of `LANDMARK_NAMES`, in px, even where hidden.
        angles: yaw, pitch and roll of the head in degrees.
    """

    frame_index: int
    person: int
    subject_id: str | None
    side: Side
    expression: int
    visible: bool
    visible_fraction: float
    box: Float32 | None
    landmarks: Float32 | None
    angles: tuple[float, float, float] | None


def truth_table(video_id: str, faces: Iterable[FaceTruth]) -> pa.Table:
    """Return one video's truth as a table with the columns of `TRUTH`; no faces give a table without rows."""
    rows = [
        {
            "video_id": video_id,
            "frame_index": face.frame_index,
            "person": face.person,
            "subject_id": face.subject_id,
            "side": face.side,
            "expression": face.expression,
            "visible": face.visible,
            "visible_fraction": face.visible_fraction,
            "box": None if face.box is None else face.box.tolist(),
            "landmarks": None if face.landmarks is None else face.landmarks.tolist(),
            **dict(
                zip(("yaw_degrees", "pitch_degrees", "roll_degrees"), face.angles or (None,) * 3, strict=True)
            ),
        }
        for face in faces
    ]
    return pa.Table.from_pylist(rows, schema=TRUTH)
