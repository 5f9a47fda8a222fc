"""Section `source`: which corpus, where it lies, and how its frames and labels are joined."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.params.load import Section

__all__ = ["FramePolicy", "SourceParams", "Task"]

Task = Literal["expression", "valence_arousal", "action_units", "multi_task"]


class FramePolicy(Section):
    """What to do when a video's frames and a subject's label lines differ in number."""

    tolerance_frames: Annotated[int, Field(ge=0)]


class SourceParams(Section):
    """Which corpus, where it lies, and how its frames and labels are joined."""

    corpus: Literal["affwild2"]
    root: Annotated[str, Field(min_length=1)]
    task: Task
    classes: Literal["header", "seven"]
    frame_policy: FramePolicy
    overlap: Literal["train", "validation"]
