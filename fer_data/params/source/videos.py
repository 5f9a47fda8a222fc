"""Sources whose corpus lies as videos, besides Aff-Wild2."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from fer_data.core.labels.tasks import ACTION_UNITS, AnnotatedTask
from fer_data.params.source.keys import Column, FramePolicy, HeldOut, RelativePath, SourceKeys, annotated_by
from fer_data.shell.sections.load import Section
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["DisfaSection", "VideoTable", "VideosSection"]


def _known(unit: str) -> str:
    if unit not in ACTION_UNITS:
        raise ValueError(f"unknown action unit {quoted(unit)}. {did_you_mean(unit, ACTION_UNITS)}")
    return unit


Unit = Annotated[str, AfterValidator(_known)]


class VideoTable(Section):
    """A csv or Parquet file with a line for each annotated frame, segment of time or clip, by the names of its columns.

    Attributes:
        file: the table, relative to the root.
        video: column of the video's path, relative to the root, or of its name.
        frame: of the frame's number; null: lines are of segments or clips.
        first_frame: number of a video's first frame.
        start: of a segment's first second; null: lines are of frames or clips.
        end: of the second before which it ends.
        label: of the expression; null: it is not annotated.
        valence: of the valence, -1 to 1; null: it is not annotated.
        arousal: of the arousal, -1 to 1.
        action_units: of each annotated action unit, by its name.
        split: of train, validation or test; null: every video is for training.
        subject: of the person; null: one a video.
        side: of left or right, where two people of one video are annotated; null: one a video.
    """

    file: RelativePath
    video: Column
    frame: Column | None
    first_frame: Annotated[int, Field(ge=0, le=1)]
    start: Column | None
    end: Column | None
    label: Column | None
    valence: Column | None
    arousal: Column | None
    action_units: dict[Unit, Column]
    split: Column | None
    subject: Column | None
    side: Column | None

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        if (self.start is None) != (self.end is None) or (self.frame and self.start):
            raise ValueError(
                "give frame, or start and end, or set all three to null where a line is of a clip"
            )
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("give valence and arousal, or set both to null")
        if not (self.label or self.valence or self.action_units):
            raise ValueError("give label, or valence and arousal, or action_units")
        return self


class VideosSection(SourceKeys):
    """Videos with a table of labels: of frames, of segments of time, or of clips."""

    corpus: Literal["videos"]
    table: VideoTable
    frame_policy: FramePolicy

    @property
    def annotated(self) -> tuple[AnnotatedTask, ...]:
        """Return the tasks that the table has columns of."""
        table = self.table
        return annotated_by(
            expression=table.label, valence_arousal=table.valence, action_units=table.action_units
        )


class DisfaSection(SourceKeys):
    """DISFA.

    Attributes:
        present_from: intensity (0 to 5) from which an action unit counts as present.
        camera: of the two that filmed each person.
        held_out: share of the people that are validation, chosen by their names; DISFA has no splits.
    """

    corpus: Literal["disfa"]
    present_from: Annotated[int, Field(ge=1, le=5)]
    camera: Literal["left", "right"]
    held_out: HeldOut
