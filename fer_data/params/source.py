"""Section `source`: which corpus, where it lies, and how its frames and labels are joined."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from fer_data.core.labels.tasks import SplitName, Task
from fer_data.params.reading.load import Section

__all__ = ["FramePolicy", "SourceLayout", "SourceParams"]


def _inside_root(pattern: str) -> str:
    path = PurePosixPath(pattern)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"glob {pattern!r} must stay inside source.root: relative and without '..'")
    return pattern


Glob = Annotated[str, Field(min_length=1), AfterValidator(_inside_root)]


class FramePolicy(Section):
    """What to do when a video's frames and a subject's label lines differ in number.

    Attributes:
        tolerance_frames: they may differ by this many.
        holes: where frames are missing inside a video; null: by evidence in the organisers' layouts, else `place`.
    """

    tolerance_frames: Annotated[int, Field(ge=0, le=1_000_000)]
    holes: Literal["end", "place", "quarantine"] | None


class SourceLayout(Section):
    """A user's own folders, as globs relative to the root.

    Attributes:
        videos: globs of the video files.
        labels: by task and split, the glob of the label files (train, validation) or of the test lists (test).
    """

    videos: Annotated[list[Glob], Field(min_length=1)]
    labels: Annotated[dict[Task, dict[SplitName, Glob]], Field(min_length=1)]


class SourceParams(Section):
    """Which corpus, where it lies, and how its frames and labels are joined."""

    corpus: Literal["affwild2"]
    root: Annotated[str, Field(min_length=1)]
    edition: Annotated[int, Field(ge=1, le=99)] | None
    layout: SourceLayout | None
    crops: Annotated[str, Field(min_length=1)] | None
    decisions: Annotated[str, Field(min_length=1)]
    task: Task
    classes: Literal["header", "seven"]
    frame_policy: FramePolicy
    overlap: Literal["train", "validation"]
