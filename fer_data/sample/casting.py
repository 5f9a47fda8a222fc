"""Decide what the corpus consists of: videos, the people in them, and the split of every subject in every task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.truth import Side

if TYPE_CHECKING:
    from fer_data.params.sample import SampleParams

__all__ = ["Actor", "Split", "VideoPlan", "cast_videos"]

Split = Literal["train", "validation", "test"]
Splits = Mapping[str, Split]

_SIZES = (*((640, 480),) * 7, (854, 480), (640, 480), (640, 480), (1280, 720))
_RATES = (30, 25, 30, 24, 30)
_MANY_SUBJECTS = 16
"""From this many training subjects on, every kind of video occurs, those annotated for VA or AU alone included."""

Form = tuple[tuple[str | None, Side], ...]
"""The people of a video from left to right: suffix of the subject's name (None: annotated by nobody) and side."""

_ALONE: Form = (("", "only"),)
_BOTH: Form = (("_left", "left"), ("_right", "right"))
_UNSUFFIXED: Form = (("", "left"), ("_right", "right"))
_BYSTANDER: Form = (("_left", "left"), (None, "right"))


@dataclass(frozen=True, slots=True)
class Actor:
    """One person of a video.

    Attributes:
        number: which person it is; no two actors of a corpus share one.
        subject_id: None for one whom nobody annotates.
        splits: by `expression`, `valence_arousal` and `action_units`; a task that leaves the subject out is missing.
    """

    number: int
    subject_id: str | None
    side: Side
    splits: Splits


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """One video to render.

    Attributes:
        folder: of the corpus root.
        absent: first frame and end of the frames in which nobody is in the picture, or None.
        leaves_at: frame from which the last actor walks out, or None.
        keeps: number of frames after which the file is cut off, or None.
    """

    video_id: str
    folder: str
    suffix: Literal["mp4", "avi"]
    size_wh: tuple[int, int]
    fps: int
    n_frames: int
    seed: int
    actors: tuple[Actor, ...]
    variable_frame_rate: bool = False
    absent: tuple[int, int] | None = None
    leaves_at: int | None = None
    keeps: int | None = None

    @property
    def path(self) -> str:
        """The file, relative to the corpus root."""
        return f"{self.folder}/{self.video_id}.{self.suffix}"

    @property
    def cost(self) -> int:
        """Roughly how long rendering takes, without a unit."""
        return len(self.actors) * self.n_frames * self.size_wh[1] ** 2


def cast_videos(params: "SampleParams") -> list[VideoPlan]:
    """Return the plans of all videos, in order of `video_id`, without planted troubles."""
    plans, people = [], 0
    for index, (form, splits) in enumerate(_groups(params)):
        plans.append(_plan(params, index, form, (people, splits)))
        people += len(form)
    return sorted(plans, key=lambda plan: plan.video_id)


def _plan(params: "SampleParams", index: int, form: Form, cast: tuple[int, Splits]) -> VideoPlan:
    first, splits = cast
    size_wh, fps = _SIZES[index % len(_SIZES)], _RATES[index % len(_RATES)]
    video_id = _video_id(index, fps, size_wh)
    rng = np.random.default_rng(seed_from("video", params.seed, index))
    actors = [
        Actor(
            number=seed_from("person", params.seed, first + role),
            subject_id=None if suffix is None else video_id + suffix,
            side=side,
            splits={} if suffix is None else splits,
        )
        for role, (suffix, side) in enumerate(form)
    ]
    return VideoPlan(
        video_id=video_id,
        folder=f"batch{1 + index % 2}",
        suffix="avi" if index % 4 == 3 else "mp4",
        size_wh=size_wh,
        fps=fps,
        n_frames=int(rng.integers(params.min_frames, params.max_frames + 1)),
        seed=seed_from("scene", params.seed, index),
        actors=tuple(actors),
        variable_frame_rate=index == 1,
    )


def _video_id(index: int, fps: int, size_wh: tuple[int, int]) -> str:
    """Return a name in one of the styles of the real corpus."""
    width, height = size_wh
    styles = (
        f"{101 + index}",
        f"{1 + index}-{fps}-{width}x{height}",
        f"video{1 + index}",
        f"video{1 + index}_1",
    )
    return styles[index % 7 % len(styles)]


def _groups(params: "SampleParams") -> Iterator[tuple[Form, Splits]]:
    """Yield the people and splits of each video."""
    test = max(1, params.other_subjects // 4)
    validation = params.other_subjects - test
    many = params.train_subjects >= _MANY_SUBJECTS
    special = (
        (_BOTH, _UNSUFFIXED, _BOTH, _BYSTANDER) if many else (_UNSUFFIXED,) * (params.train_subjects >= 4)
    )
    for index, form in enumerate(_forms(params.train_subjects, special)):
        yield form, _train_splits(index)
    for form in _forms(validation, (_BOTH,) * (validation >= 4)):
        yield form, dict.fromkeys(("expression", "valence_arousal", "action_units"), "validation")
    for form in _forms(test, (_BYSTANDER,) * (test >= 2)):
        yield form, {"expression": "test"}
    if many:
        yield _ALONE, {"valence_arousal": "train"}
        yield _ALONE, {"action_units": "validation"}


def _forms(subjects: int, special: tuple[Form, ...]) -> list[Form]:
    """Return forms with that many annotated people in all: the special ones, then people alone."""
    annotated = sum(suffix is not None for form in special for suffix, _ in form)
    return [*special, *[_ALONE] * (subjects - annotated)]


def _train_splits(index: int) -> Splits:
    """Return a training video's splits: most tasks agree, some leave the video out, one validates on it."""
    splits: dict[str, Split] = {"expression": "train"}
    if index % 5 != 4:
        splits["valence_arousal"] = "validation" if index == 6 else "train"
    if index % 4 != 3:
        splits["action_units"] = "train"
    return splits
