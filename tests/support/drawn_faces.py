"""Faces of a source as a model answers them, for tests of what is drawn."""

import numpy as np

from fer_data.core.labels.tasks import DIMENSIONS
from fer_data.core.vision.faces import Faces
from fer_data.predict.answers import answers_of
from fer_data.predict.recognise import SourceFaces

__all__ = ["CLASSES", "UNITS", "Box", "faces"]

CLASSES = ("Neutral", "Happiness", "Sadness")
UNITS = ("AU01", "AU04", "AU12")

Box = tuple[int, int, int, int]


def faces(
    boxes: list[list[Box]], classes: tuple[str, ...] = CLASSES, *, others: bool = False, seed: int = 0
) -> SourceFaces:
    """Return faces of frames at 25 a second, those of a frame person 0, 1, ... in this order."""
    count, drawn = sum(map(len, boxes)), np.random.default_rng(seed)
    names = {"expression": classes} if classes else {}
    names |= {"valence_arousal": DIMENSIONS, "action_units": UNITS} if others else {}
    return SourceFaces(
        name="a.png",
        pts_seconds=np.arange(len(boxes)) / 25,
        frame_index=np.repeat(np.arange(len(boxes)), [len(of_frame) for of_frame in boxes]),
        track_id=np.concatenate([np.arange(len(of_frame)) for of_frame in boxes]).astype(np.int64),
        person_id=np.concatenate([np.arange(len(of_frame)) for of_frame in boxes]).astype(np.int64),
        faces=Faces(
            np.array([box for of_frame in boxes for box in of_frame], np.float32).reshape(-1, 4),
            np.ones(count, np.float32),
            np.zeros((count, 5, 2), np.float32),
        ),
        answers={
            task: answers_of(task, of, drawn.normal(0, 2, (count, len(of))).astype(np.float32), 1.0)
            for task, of in names.items()
        },
        decoded_frames=len(boxes),
        error=None,
    )
