"""Plant the troubles of the real corpus, and list what was planted."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.casting import Actor, VideoPlan
from fer_data.sample.labels import LabelTroubles, label_path

__all__ = ["LABELS_WITHOUT_VIDEO", "STRAY_FILES", "Fault", "label_troubles", "plant_in_videos"]

_EXTRA_LINES = (1, 0, 2, -1)
_EXTRA_LINES_SEEN = (209, 94, 9, 6)
"""How many of 318 real EXPR files have so many label lines more than frames."""
_UNLABELLED_SHARE = 0.25
STRAY_FILES = ("batch1/.DS_Store", "batch2/Thumbs.db")
LABELS_WITHOUT_VIDEO = "900-30-640x480"


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted trouble.

    Attributes:
        rule: short name in kebab case.
        file: relative to the corpus root.
        subject_id: the annotated person, where one is meant.
        what: what was done, in words.
    """

    rule: str
    file: str
    subject_id: str | None
    what: str

    def as_json(self) -> dict[str, Any]:
        """Return the fault with the keys of `faults.json`."""
        fault = asdict(self)
        return {
            "rule": fault["rule"],
            "file": fault["file"],
            "subject": fault["subject_id"],
            "what": fault["what"],
        }


def plant_in_videos(plans: Sequence[VideoPlan]) -> tuple[list[VideoPlan], list[Fault]]:
    """Return the plans with troubles in the pictures and files of a few videos of single training subjects.

    With too few such videos the later troubles are left out.
    """
    planted = {plan.video_id: plan for plan in plans}
    faults = []
    for plan, (rule, what, changes) in zip(_candidates(plans), _video_troubles(), strict=False):
        frames = plan.n_frames
        changed = replace(plan, **{name: change(frames) for name, change in changes.items()})
        planted[plan.video_id] = changed
        faults.append(Fault(rule, changed.path, changed.actors[0].subject_id, what))
    return [planted[plan.video_id] for plan in plans], faults


def _candidates(plans: Sequence[VideoPlan]) -> list[VideoPlan]:
    """Return the videos of one annotated training subject, constant frame rate, of which the first stays whole."""
    alone = [
        plan for plan in plans
        if len(plan.actors) == 1 and plan.actors[0].splits.get("expression") == "train" and not plan.variable_frame_rate
    ]  # fmt: skip
    return alone[1 :: max(1, len(alone) // 8)]


def _video_troubles() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield (
        "walks-out",
        "the person walks out of the picture and stays away",
        {"leaves_at": lambda frames: frames // 2},
    )
    yield (
        "no-face",
        "nobody is in the picture for five frames",
        {"absent": lambda frames: (frames // 3, frames // 3 + 5)},
    )
    yield (
        "truncated-video",
        "the file is cut off after a little over half of the frames that its header promises",
        {"suffix": lambda _: "avi", "keeps": lambda frames: frames // 2 + 2},
    )
    yield (
        "truncated-video-slightly",
        "the file is cut off one frame early, within the tolerance",
        {"suffix": lambda _: "avi", "keeps": lambda frames: frames - 1},
    )


def label_troubles(plan: VideoPlan, actor: Actor, seed: int) -> tuple[LabelTroubles, list[Fault]]:
    """Return the troubles of one subject's label files, as often as in the real corpus, and their list."""
    subject_id = actor.subject_id or ""
    files = [label_path(task, split, subject_id) for task, split in actor.splits.items() if split != "test"]
    if not files:
        return LabelTroubles(subject_id), []
    rng = np.random.default_rng(seed_from("labels", seed, subject_id))
    extra = int(rng.choice(_EXTRA_LINES, p=np.array(_EXTRA_LINES_SEEN) / sum(_EXTRA_LINES_SEEN)))
    troubles = LabelTroubles(subject_id, extra if plan.keeps is None else 0, _unlabelled(rng, plan.n_frames))
    faults = []
    if troubles.extra_lines:
        what = f"{troubles.extra_lines:+d} label lines against the frames, in every task"
        rule = "extra-label-line" if troubles.extra_lines > 0 else "missing-label-line"
        faults.append(Fault(rule, files[0], subject_id, what))
    for first, end in troubles.unlabelled:
        what = f"frames {first} to {end - 1} are not annotated, in every task"
        faults.append(Fault("unlabelled-span", files[0], subject_id, what))
    return troubles, faults


def _unlabelled(rng: np.random.Generator, n_frames: int) -> tuple[tuple[int, int], ...]:
    first, length = int(rng.integers(0, max(1, n_frames - 5))), int(rng.integers(2, 6))
    has_span = rng.random() < _UNLABELLED_SHARE and n_frames > 8
    return ((first, first + length),) if has_span else ()
