"""Sources whose corpus lies as videos, besides Aff-Wild2."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fer_data.params.source.keys import Column, FramePolicy, RelativePath, SourceKeys
from fer_data.shell.sections.load import Section

__all__ = ["DisfaSection", "VideoTable", "VideosSection"]


class VideoTable(Section):
    """A csv file with a line for each annotated frame or segment, by the names of its columns.

    Attributes:
        file: the table, relative to the root.
        video: column of the video's path, relative to the root.
        frame: of the frame, from 0; null: lines are of segments.
        start: of a segment's first second; null: lines are of frames.
        end: of the second before which it ends.
        label: of the expression.
        split: of train, validation or test; null: every video is for training.
        subject: of the person; null: one a video.
    """

    file: RelativePath
    video: Column
    frame: Column | None
    start: Column | None
    end: Column | None
    label: Column
    split: Column | None
    subject: Column | None

    @model_validator(mode="after")
    def _check_times(self) -> Self:
        if (self.start is None) != (self.end is None) or (self.frame is None) == (self.start is None):
            raise ValueError("give frame, or start and end, and set the others to null")
        return self


class VideosSection(SourceKeys):
    """Videos with a table of labels, per frame or per segment of time."""

    corpus: Literal["videos"]
    table: VideoTable
    frame_policy: FramePolicy


class DisfaSection(SourceKeys):
    """DISFA.

    Attributes:
        present_from: intensity (0 to 5) from which an action unit counts as present.
        camera: of the two that filmed each person.
    """

    corpus: Literal["disfa"]
    present_from: Annotated[int, Field(ge=1, le=5)]
    camera: Literal["left", "right"]
