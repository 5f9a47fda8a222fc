"""Sections `sources` and `dataset`: which corpora, where each lies and how it is read; which task they are read for.

Each kind of corpus has a section of its own, told apart by `corpus`; `SourceSection` lists them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from unicodedata import normalize

from pydantic import Field

from fer_data.core.labels.tasks import Task
from fer_data.errors import ParamsError
from fer_data.params.source.affwild2 import AffWild2Section, SourceLayout
from fer_data.params.source.dataset import DatasetParams
from fer_data.params.source.keys import FramePolicy, SourceKeys, SourceName
from fer_data.params.source.pictures import (
    AffectNetSection,
    ExpWSection,
    Fer2013Section,
    PicturesSection,
    PictureTable,
    RafDbSection,
)
from fer_data.params.source.sequences import AfewVaSection, Bp4dSection, CkPlusSection, CremaDSection
from fer_data.params.source.videos import DisfaSection, VideosSection, VideoTable
from fer_data.shell.dvc_stage import stage_item
from fer_data.shell.files.home import at_home
from fer_data.shell.sections.load import Section, load_section, read_document, validate_section
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = [
    "AfewVaSection",
    "AffWild2Section",
    "AffectNetSection",
    "Bp4dSection",
    "CkPlusSection",
    "CremaDSection",
    "DatasetParams",
    "DisfaSection",
    "ExpWSection",
    "Fer2013Section",
    "FramePolicy",
    "PictureTable",
    "PicturesSection",
    "RafDbSection",
    "SourceKeys",
    "SourceLayout",
    "SourceParams",
    "SourceSection",
    "Sources",
    "VideoTable",
    "VideosSection",
    "load_dataset",
    "load_source",
    "load_sources",
    "source_of",
]

SourceSection = Annotated[
    AffWild2Section
    | PicturesSection
    | VideosSection
    | AffectNetSection
    | RafDbSection
    | Fer2013Section
    | ExpWSection
    | DisfaSection
    | CkPlusSection
    | AfewVaSection
    | Bp4dSection
    | CremaDSection,
    Field(discriminator="corpus"),
]
"""One of `sources`, as it is written. A new kind of corpus is one more member, and a line in `corpora/adapters`."""

Sources = Annotated[dict[SourceName, SourceSection], Field(min_length=1)]

Kind = TypeVar("Kind", bound=SourceKeys)


@dataclass(frozen=True, slots=True)
class SourceParams:
    """How one corpus is read.

    Attributes:
        name: of the source, which names its folders.
        section: its entry of `sources`.
        dataset: what is true of all sources.
        typed: what a person typed instead of keys in params.yaml, for messages: `ROOT` or `PATH` for `root`.
    """

    name: str
    section: SourceKeys
    dataset: DatasetParams
    typed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def corpus(self) -> str:
        """Return the kind of corpus."""
        return self.section.corpus

    @property
    def root(self) -> str:
        """Return the root as it is written."""
        return self.section.root

    @property
    def prefix(self) -> str:
        """Return what stands before its ids."""
        return self.section.prefix

    @property
    def decisions(self) -> str:
        """Return the file of what is settled by hand."""
        return self.section.decisions

    @property
    def excluded(self) -> Literal["all"] | list[str]:
        """Return the subjects who withdrew, by their names in the corpus; or `all`."""
        return self.section.excluded

    def withdrew(self, subject_id: str) -> bool:
        """Say whether a person, by its id in the catalog, withdrew."""
        if self.excluded == "all":
            return True
        name = subject_id.removeprefix(self.prefix)
        return bool(self.excluded) and name in {normalize("NFC", one) for one in self.excluded}

    @property
    def task(self) -> Task:
        """Return the task that decides the splits."""
        return self.dataset.task

    @property
    def folder(self) -> Path:
        """Return the root as a path, `~` written in full."""
        return at_home(self.root)

    @property
    def crops(self) -> str | None:
        """Return the folder of crops that the organisers made; None of a corpus that has none."""
        return self.section.crops if isinstance(self.section, AffWild2Section) else None

    def own(self, kind: type[Kind]) -> Kind:
        """Return its keys as those of its kind of corpus."""
        if not isinstance(self.section, kind):
            raise TypeError(f"sources.{self.name} is {self.corpus}, read as {kind.__name__}")
        return self.section

    def key(self, name: str) -> str:
        """Return the name of a parameter of this source, for messages: `sources.sample.root`, or what was typed."""
        return self.typed.get(name, f"sources.{self.name}.{name}")

    @property
    def task_key(self) -> str:
        """Return the name of the task's parameter, for messages: `dataset.task`, or the option that was typed."""
        return self.typed.get("task", "dataset.task")

    def changed(self, **values: object) -> "SourceParams":
        """Return it with other values of keys in its entry, which are not checked."""
        return replace(self, section=self.section.model_copy(update=values))

    def sections(self) -> dict[str, dict[str, Any]]:
        """Return the sections of params.yaml that this was read from, which outputs state and so may be published.

        Of `excluded` they state the number: a list of the people who withdrew is nobody's to pass on.
        """
        values = self.section.model_dump(mode="json")
        if isinstance(self.excluded, list) and self.excluded:
            values["excluded"] = len(self.excluded)
        return {
            "sources": {self.name: values},
            "dataset": self.dataset.model_dump(mode="json"),
        }


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
        raise ParamsError(f"--source ({quoted(name)}) must be one of sources. {did_you_mean(name, sources)}")
    return SourceParams(name, sources[name], dataset)


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
