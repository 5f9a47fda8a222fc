"""A source of kind `affwild2`."""

from typing import Annotated, Literal

from pydantic import Field

from fer_data.core.labels.tasks import SplitName, Task
from fer_data.params.source.keys import FramePolicy, Glob, SourceKeys
from fer_data.shell.sections.load import Section

__all__ = ["AffWild2Section", "SourceLayout"]


class SourceLayout(Section):
    """A user's own folders, as globs relative to the root.

    Attributes:
        videos: globs of the video files.
        labels: by task and split, the glob of the label files (train, validation) or of the test lists (test).
    """

    videos: Annotated[list[Glob], Field(min_length=1)]
    labels: Annotated[dict[Task, dict[SplitName, Glob]], Field(min_length=1)]


class AffWild2Section(SourceKeys):
    """Aff-Wild2, or folders of one's own with label files of its format: how frames and lines are joined."""

    corpus: Literal["affwild2"]
    edition: Annotated[int, Field(ge=1, le=99)] | None
    layout: SourceLayout | None
    crops: Annotated[str, Field(min_length=1)] | None
    frame_policy: FramePolicy
    overlap: Literal["train", "validation"]
