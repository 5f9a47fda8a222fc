"""Sections `sources` and `dataset`: which corpora, where each lies and how it is read; which task they are read for."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from fer_data.core.labels.tasks import SplitName, Task
from fer_data.errors import ParamsError
from fer_data.shell.dvc_stage import stage_item
from fer_data.shell.files.home import at_home
from fer_data.shell.sections.complaints import brief
from fer_data.shell.sections.load import Section, load_section, read_document, validate_section

__all__ = [
    "DatasetParams",
    "FramePolicy",
    "SourceLayout",
    "SourceParams",
    "SourceSection",
    "Sources",
    "load_dataset",
    "load_source",
    "load_sources",
    "source_of",
]


def _inside_root(pattern: str) -> str:
    path = PurePosixPath(pattern)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"glob {pattern!r} must stay inside root: relative and without '..'")
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


Prefix = Annotated[str, Field(pattern="^([A-Za-z0-9][A-Za-z0-9_-]*)?$", max_length=60)]
SourceName = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]*$", max_length=60)]


class SourceSection(Section):
    """One of `sources`, as it is written: which corpus, where it lies, and how its frames and labels are joined.

    Attributes:
        prefix: what stands before the ids of its subjects, videos and rows, so that those of no other are the same.
    """

    corpus: Literal["affwild2"]
    root: Annotated[str, Field(min_length=1)]
    prefix: Prefix
    edition: Annotated[int, Field(ge=1, le=99)] | None
    layout: SourceLayout | None
    crops: Annotated[str, Field(min_length=1)] | None
    decisions: Annotated[str, Field(min_length=1)]
    frame_policy: FramePolicy
    overlap: Literal["train", "validation"]


Sources = Annotated[dict[SourceName, SourceSection], Field(min_length=1)]


class DatasetParams(Section):
    """What all sources are read for: the task, which decides the splits, and the expression classes."""

    task: Task
    classes: Literal["header", "seven"]


class SourceParams(SourceSection):
    """How one corpus is read: its entry of `sources` under its name, and what `dataset` says of all.

    Attributes:
        name: of the source, which names its folders.
    """

    name: SourceName
    task: Task
    classes: Literal["header", "seven"]

    @property
    def folder(self) -> Path:
        """Return the root as a path, `~` written in full."""
        return at_home(self.root)

    def key(self, name: str) -> str:
        """Return the full name of a parameter of this source, for messages: `sources.sample.root`."""
        return f"sources.{self.name}.{name}"

    def sections(self) -> dict[str, dict[str, Any]]:
        """Return the sections of params.yaml that this was read from."""
        values = self.model_dump(mode="json")
        dataset = {key: values.pop(key) for key in DatasetParams.model_fields}
        return {"sources": {values.pop("name"): values}, "dataset": dataset}


def source_of(sources: Mapping[str, SourceSection], dataset: DatasetParams, name: str | None) -> SourceParams:
    """Return how the source `name` is read; without a name the only one.

    Raises:
        ParamsError: there is no such source, or there are several and no name.
    """
    listed = ", ".join(sources)
    if name is None and len(sources) > 1:
        raise ParamsError(f"--source is missing, and sources has several. Give it one of {listed}.")
    name = next(iter(sources)) if name is None else name
    if name not in sources:
        raise ParamsError(f"--source ({brief(name)}) must be one of sources. Expected {listed}.")
    return SourceParams(name=name, **dict(sources[name]), **dict(dataset))


class _Sources(Section):
    """The sources alone."""

    sources: Sources


def load_source(name: str | None = None, path: Path = Path("params.yaml")) -> SourceParams:
    """Return how a source is read: `name` where a person gives it, else DVC's item, else the only one.

    The item comes from the stage's name in the environment (`ingest@sample`) and never through a shell.

    Raises:
        ParamsError: the file or a section is wrong, or has no such source; the message names the key in full.
    """
    return source_of(load_sources(path), load_dataset(path), stage_item() if name is None else name)


def load_sources(path: Path = Path("params.yaml")) -> dict[str, SourceSection]:
    """Return the sources of a params file by their names.

    Raises:
        ParamsError: the file or the section is wrong; the message names the key in full.
    """
    return validate_section("", _Sources, {"sources": read_document(path)["sources"]}).sources


def load_dataset(path: Path = Path("params.yaml")) -> DatasetParams:
    """Return section `dataset` of a params file.

    Raises:
        ParamsError: the file or the section is wrong; the message names the key in full.
    """
    return load_section("dataset", DatasetParams, path)
