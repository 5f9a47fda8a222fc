"""Keys that every source has, and types that several kinds of sources share."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from fer_data.core.labels.tasks import TASKS, AnnotatedTask
from fer_data.shell.sections.complaints import brief
from fer_data.shell.sections.load import Section

__all__ = [
    "Column",
    "Excluded",
    "FramePolicy",
    "Glob",
    "HeldOut",
    "Prefix",
    "RelativePath",
    "SourceKeys",
    "SourceName",
    "annotated_by",
]


def _inside_root(pattern: str) -> str:
    path = PurePosixPath(pattern)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"glob {pattern!r} must stay inside root: relative and without '..'")
    return pattern


def _relative(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"path {path!r} must stay inside root: relative and without '..'")
    return path


Glob = Annotated[str, Field(min_length=1), AfterValidator(_inside_root)]
RelativePath = Annotated[str, Field(min_length=1), AfterValidator(_relative)]
Column = Annotated[str, Field(min_length=1, max_length=200)]
"""Name of a column, as the header of a table has it."""
HeldOut = Annotated[float, Field(ge=0, le=1)]
"""Share of the people of a corpus without splits that are validation, chosen by their names; the others are train."""

Prefix = Annotated[str, Field(pattern="^([A-Za-z0-9][A-Za-z0-9_-]*)?$", max_length=60)]
SourceName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]*$", max_length=60)]


def _excluded(value: object) -> object:
    listed = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if value != "all" and not listed:
        raise ValueError(f"{brief(value)} must be all, or a list of subjects as text: put numbers in quotes")
    for name in value if isinstance(value, list) else ():
        if not name or not name.isprintable():
            raise ValueError(f"{brief(name)} must be the name of a subject, in printable characters")
    if isinstance(value, list) and len(set(value)) < len(value):
        raise ValueError(f"{brief(value)} must name each subject once")
    return value


Excluded = Annotated[Literal["all"] | list[str], BeforeValidator(_excluded)]
"""Subjects as the corpus has them; pictures of nobody knows whom by their paths, quoted."""


class FramePolicy(Section):
    """What to do when a video's frames and a subject's label lines differ in number.

    Attributes:
        tolerance_frames: they may differ by this many.
        holes: where frames are missing inside a video; null: by evidence in the organisers' layouts, else `place`.
    """

    tolerance_frames: Annotated[int, Field(ge=0, le=1_000_000)]
    holes: Literal["end", "place", "quarantine"] | None


class SourceKeys(Section):
    """What every source says: which kind of corpus it is, where it lies, and what is written about it by hand.

    Attributes:
        corpus: the kind, which says what other keys there are.
        root: folder of the corpus.
        prefix: what stands before the ids of its subjects, videos and rows, so that those of no other are the same.
        decisions: file in which it is settled by hand who is who.
        excluded: subjects who withdrew, by their names in the corpus, without `prefix`; or `all`. Nothing of them is
            decoded, cropped or published.
    """

    corpus: str
    root: Annotated[str, Field(min_length=1)]
    prefix: Prefix
    decisions: Annotated[str, Field(min_length=1)]
    excluded: Excluded

    @property
    def given_crops(self) -> bool:
        """Return whether its pictures are crops of faces already, and are taken as they are."""
        return False

    @property
    def annotated(self) -> tuple[AnnotatedTask, ...] | None:
        """Return the tasks that this copy annotates, by its keys; None: those of its kind of corpus."""
        return None


def annotated_by(**columns: object) -> tuple[AnnotatedTask, ...]:
    """Return the tasks of which a table has a column.

    >>> annotated_by(expression="label", action_units={})
    ('expression',)
    """
    return tuple(task for task in TASKS if columns.get(task))
