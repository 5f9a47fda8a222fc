"""Sources whose corpus lies as pictures."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fer_data.core.labels.tasks import AnnotatedTask
from fer_data.params.source.keys import Column, RelativePath, SourceKeys, annotated_by
from fer_data.shell.sections.load import Section

__all__ = [
    "AffectNetSection",
    "ExpWSection",
    "Fer2013Section",
    "PictureTable",
    "PicturesSection",
    "RafDbSection",
]


class PictureTable(Section):
    """A csv or parquet file with a line for each annotated face, by the names of its columns.

    Attributes:
        file: the table, relative to the root.
        path: column of the picture's path, relative to the root.
        label: of the expression; null: it is not annotated.
        valence: of the valence, -1 to 1; null: it is not annotated.
        arousal: of the arousal, -1 to 1.
        split: of train, validation or test; null: every picture is for training.
        subject: of the person; null: unknown.
        box: of x_min, y_min, x_max, y_max in px; null: the corpus has no boxes.
    """

    file: RelativePath
    path: Column
    label: Column | None
    valence: Column | None
    arousal: Column | None
    split: Column | None
    subject: Column | None
    box: Annotated[list[Column], Field(min_length=4, max_length=4)] | None

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        if (self.valence is None) != (self.arousal is None):
            raise ValueError("give valence and arousal, or set both to null")
        if not (self.label or self.valence):
            raise ValueError("give label, or valence and arousal")
        return self


class PicturesSection(SourceKeys):
    """A folder of pictures: `<split>/<class>/*.jpg`, or a table.

    Attributes:
        aligned: whether the pictures are crops of faces already, and are taken as they are.
        table: null: folders name splits and classes.
    """

    corpus: Literal["pictures"]
    aligned: bool
    table: PictureTable | None

    @property
    def given_crops(self) -> bool:
        """Return whether its pictures are crops of faces already, and are taken as they are."""
        return self.aligned

    @property
    def annotated(self) -> tuple[AnnotatedTask, ...]:
        """Return the tasks that the table has columns of; folders name expressions."""
        if self.table is None:
            return annotated_by(expression=True)
        return annotated_by(expression=self.table.label, valence_arousal=self.table.valence)


class AffectNetSection(SourceKeys):
    """AffectNet.

    Attributes:
        aligned: whether its pictures are taken as they are; else faces are found in them.
    """

    corpus: Literal["affectnet"]
    aligned: bool

    @property
    def given_crops(self) -> bool:
        """Return whether its pictures are crops of faces already, and are taken as they are."""
        return self.aligned


class RafDbSection(SourceKeys):
    """RAF-DB, basic emotions.

    Attributes:
        images: the pictures that the authors aligned, taken as they are, or the original ones.
    """

    corpus: Literal["rafdb"]
    images: Literal["aligned", "original"]

    @property
    def given_crops(self) -> bool:
        """Return whether its pictures are crops of faces already, and are taken as they are."""
        return self.images == "aligned"


class Fer2013Section(SourceKeys):
    """FER2013, with FERPlus where its votes lie beside it; 48 px pictures, taken as they are."""

    corpus: Literal["fer2013"]

    @property
    def given_crops(self) -> bool:
        """Return whether its pictures are crops of faces already, and are taken as they are."""
        return True


class ExpWSection(SourceKeys):
    """ExpW, whose boxes say which face of a picture a label is about."""

    corpus: Literal["expw"]
