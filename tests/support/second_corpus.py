"""Two corpora of rendered faces: one in the organisers' layout, and videos of another camera with a table."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from corpus_trees import SEVEN, write_text
from rendered_faces import rendered_face

from fer_data.core.arrays import Image
from fer_data.params.document import Params, load_params
from fer_data.sample.encode import write_video

__all__ = ["CLASS_MAP", "FRAMES", "WORDS", "params_of", "write_first", "write_second"]

ROOT = Path(__file__).parents[2]
FRAMES = 8
FIRST: dict[str, tuple[int, str, list[int]]] = {
    "101": (1, "Train", [0, 0, 0, 4, 4, 4, 4, 1]),
    "102": (2, "Train", [1, 1, 6, 6, 0, 0, 0, 0]),
    "103": (3, "Validation", [0, 0, 1, 1, 4, 4, 4, 4]),
}
"""By subject its face, folder of split, and the class of each frame."""

SECOND: dict[str, tuple[int, str, list[tuple[str, int, int]]]] = {
    "anna-1": (11, "train", [("joy", 0, 4), ("angry", 4, 8)]),
    "anna-2": (11, "train", [("annoyed", 0, 3), ("bored", 5, 8)]),
    "ben": (12, "train", [("calm", 0, 8)]),
    "carl": (13, "validation", [("joy", 0, 5), ("angry", 5, 8)]),
}
"""By clip its face, split, and segments: word, first frame and the one after the last."""

CLASS_MAP = {"calm": "Neutral", "angry": "Anger", "annoyed": "Anger", "joy": "Happiness", "bored": None}
WORDS = {"calm": "Neutral", "joy": "Happiness", "angry": "Anger", "annoyed": "Anger"}
_FPS = 10
_PLACES = {
    "frame_policy": {"tolerance_frames": 2, "holes": None},
    "decisions": "decisions.csv",
    "excluded": [],
}


def write_first(root: Path) -> Path:
    """Write the organisers' layout: 25 frames a second, a class for every frame."""
    for subject, (face, split, labels) in FIRST.items():
        _write_clip(root / f"batch1/{subject}.mp4", face, (400, 320), 25, "libx264")
        write_text(root / f"annotations/EXPR_Set/{split}_Set/{subject}.txt", SEVEN, labels)
    return root


def write_second(root: Path) -> Path:
    """Write clips of a dim, warm, noisy camera in another format, and words for segments of time."""
    for clip, (face, _, _) in SECOND.items():
        _write_clip(root / f"clips/{clip}.avi", face, (480, 360), _FPS, "mpeg4")
    lines = [
        f"clips/{clip}.avi,{first / _FPS},{end / _FPS},{word},{split},{clip.partition('-')[0]}"
        for clip, (_, split, segments) in SECOND.items()
        for word, first, end in segments
    ]
    write_text(root / "labels.csv", "video,start,end,label,part,who", lines)
    return root


def _write_clip(path: Path, face: int, size_wh: tuple[int, int], fps: int, codec: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = _frames(face, size_wh, 20 + sum(path.stem.encode()) % 20)
    write_video(path, map(_dim, frames) if codec == "mpeg4" else frames, fps, codec)


def _frames(face: int, size_wh: tuple[int, int], start: int) -> Iterator[Image]:
    """Yield a face that wanders over a plain background from px `start` on."""
    width, height = size_wh
    side = height - 40
    small = cv2.resize(rendered_face(face)[0], (side, side), interpolation=cv2.INTER_AREA)
    for index in range(FRAMES):
        picture = np.full((height, width, 3), 90, np.uint8)
        left = start + 2 * index
        picture[20 : 20 + side, left : left + side] = small
        yield picture


def _dim(picture: Image) -> Image:
    noise = np.random.default_rng(int(picture.sum())).normal(0, 4, picture.shape)
    return np.clip(picture * np.array([0.75, 0.65, 0.5]) + noise, 0, 255).astype(np.uint8)


def params_of(path: Path, roots: dict[str, Path]) -> Params:
    """Return the shipped parameters with these roots as sources: `first` alone, or with `second`."""
    values: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (own,) = values["sources"].values()
    table = {"file": "labels.csv", "video": "video", "start": "start", "end": "end", "label": "label"}
    table |= {"split": "part", "subject": "who", "first_frame": 0, "action_units": {}}  # type: ignore[dict-item]
    kinds = {
        "first": {**own, **_PLACES},
        "second": {
            "corpus": "videos",
            "prefix": "lab-",
            **_PLACES,
            "table": {**dict.fromkeys(("frame", "valence", "arousal", "side")), **table},
        },
    }
    values["sources"] = {name: {**kinds[name], "root": str(root)} for name, root in roots.items()}
    values["dataset"] = {
        "task": "expression",
        "classes": "seven",
        "class_map": CLASS_MAP if "second" in roots else {},
        "same_person": "same_person.csv",
    }
    values["align"] |= {"size": 128}
    values["publish"] |= {"licence": "other"}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return load_params(path)
