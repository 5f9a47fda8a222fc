"""What an adapter hands over of a corpus: what it is, and its rows with labels in the corpus' own words.

::

    files of a corpus --adapter--> GivenRow, GivenLabels --labels of the dataset--> rows.parquet, pictures.parquet

An adapter knows formats, folders and codes, and nothing of tables, class indices or ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fer_data.core.labels.tasks import AnnotatedTask, SplitName

__all__ = [
    "ClassTable",
    "CorpusKind",
    "GivenLabels",
    "GivenRow",
    "LabelScope",
    "LabelSource",
    "Medium",
    "SubjectSource",
]

Medium = Literal["videos", "pictures"]
"""Whether rows are frames of video files, or pictures: single ones, or frames of a clip that lies as pictures."""

LabelSource = Literal["annotated", "voted", "intended", "machine"]
"""Who made a label: annotators, the votes of several raters, the actor's task, a program. Machines never score."""

LabelScope = Literal["frame", "segment", "clip"]
"""What a label is about. That of a segment or clip stands at each of its rows and is scored once."""

SubjectSource = Literal["given", "video", "none"]
"""Whether subjects are people that the corpus names, one a video, or unknown: each picture is its own."""


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The expression classes of one corpus. Class orders differ in every corpus, so each has a table.

    Attributes:
        codes: the name of a class by what the files write, in the order of the corpus. Names that Aff-Wild2 or
            AffectNet have are spelled as `core.labels.tasks.Expression` spells them.
        unknown: names that say that the face has no clear expression; no class of a dataset.
        no_face: names that say that there is no face; no class of a dataset.
    """

    codes: Mapping[str, str]
    unknown: frozenset[str] = frozenset()
    no_face: frozenset[str] = frozenset()

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names that can be a label, in the order of the corpus.

        >>> ClassTable({"0": "Neutral", "9": "Uncertain"}, unknown=frozenset({"Uncertain"})).classes
        ('Neutral',)
        """
        left_out = self.unknown | self.no_face
        return tuple(dict.fromkeys(name for name in self.codes.values() if name not in left_out))


@dataclass(frozen=True, slots=True)
class CorpusKind:
    """What is true of every copy of a corpus.

    Attributes:
        name: value of `sources.NAME.corpus`.
        title: of the corpus in texts.
        medium: videos or pictures.
        tasks: that it annotates.
        table: its expression classes; None where a copy states them, as folders do.
        verified: whether the adapter ran on a real copy; else docs and `check` say so.
        value_scale: lowest and highest valence and arousal in its files; they become [-1, 1].
        totals: pictures or videos that a whole copy has, by the corpus' own name of a part.
    """

    name: str
    title: str
    medium: Medium
    tasks: tuple[AnnotatedTask, ...]
    table: ClassTable | None = None
    verified: bool = False
    value_scale: tuple[float, float] = (-1.0, 1.0)
    totals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenLabels:
    """The labels of one row, as the corpus gives them.

    Attributes:
        expression: name by the table; None where the corpus says nothing. `unknown` and `no_face` names stand here too.
        votes: raters by name, `unknown` and `no_face` names too; None where the corpus has no votes.
        valence: in the corpus' own scale; None without one.
        arousal: the same.
        units: 1 present, 0 absent, by `AU01`; a unit that is not coded is not in it.
        intensities: by unit, in the corpus' own scale (0 to 5).
        source: who made them.
        rule: that made the hard label out of votes or intensities, in a few words; empty where the files state it.
        intended: the expression that an actor was to show, apart from what raters saw.
        votes_by_modality: votes of raters who heard or saw less than the whole, by `voice` or `face`.
    """

    expression: str | None = None
    votes: Mapping[str, int] | None = None
    valence: float | None = None
    arousal: float | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    intensities: Mapping[str, float] = field(default_factory=dict)
    source: LabelSource = "annotated"
    rule: str = ""
    intended: str | None = None
    votes_by_modality: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One annotated face.

    Attributes:
        path: of its picture or video, relative to the root, with `/`. `fer2013.csv#17` is line 17 (from 1, the header
            counted) of a table whose pixels are the picture.
        split: where the corpus puts it.
        labels: its labels.
        person: whom it shows, as the corpus names them; None where it does not.
        clip: name of the clip of which it is a frame; None for a single picture.
        frame_index: 0-based, in its clip or video; 0 for a single picture.
        face: sets the faces of one picture apart where several are annotated; empty else.
        box: (x_min, y_min, x_max, y_max) in px that picks the face among several; None where the corpus has none.
        scope: what the label is about.
        segment: name of the segment within its clip; empty for frames and whole clips.
    """

    path: str
    split: SplitName
    labels: GivenLabels
    person: str | None = None
    clip: str | None = None
    frame_index: int = 0
    face: str = ""
    box: tuple[float, float, float, float] | None = None
    scope: LabelScope = "frame"
    segment: str = ""
