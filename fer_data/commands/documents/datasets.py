"""Documents about labels and rows of datasets: `stats`, `diff`, `leaks`, `replay`."""

from typing import Literal

from pydantic import Field, JsonValue

from fer_data.commands.documents.corpora import Change
from fer_data.commands.documents.form import Data, Document, Licence

__all__ = ["Diff", "Leaks", "Replay", "Stats"]


class Within(Document):
    """How much frames of one video repeat each other's labels."""

    correlation: float
    design_effect: float
    effective_frames: float


class Split(Document):
    """What is counted of a split, whatever the kind of its labels."""

    name: str
    frames: int
    unlabelled: int
    copies: int
    videos: int
    subjects: int
    within_videos: dict[str, Within | None]


class ClassRow(Document):
    """One class of a split."""

    name: str
    frames: int
    share: float
    videos: int
    subjects: int
    effective_number: float
    copies: int


class ClassSplit(Split):
    """The classes of a split."""

    classes: list[ClassRow]
    imbalance_ratio: float | None
    imbalance_ratio_with_copies: float | None
    given: dict[str, int]


class Spread(Document):
    """How the values of a split are spread."""

    mean: float
    standard_deviation: float
    percentile_5: float
    median: float
    percentile_95: float
    histogram: list[int]


class Quadrants(Document):
    """Shares of the quadrants of valence and arousal."""

    positive_active: float
    negative_active: float
    negative_passive: float
    positive_passive: float
    on_an_axis: float


class ValueSplit(Split):
    """Valence and arousal of a split."""

    valence: Spread | None
    arousal: Spread | None
    quadrant_shares: Quadrants | None


class UnitRow(Document):
    """One action unit of a split."""

    name: str
    frames: int
    positives: int
    share: float
    imbalance_ratio: float | None
    videos: int
    positive_videos: int
    positive_subjects: int


class UnitSplit(Split):
    """The action units of a split."""

    units: list[UnitRow]


class Stats(Document):
    """How labels are spread; of several corpora each has a document of its own."""

    kind: Literal["corpus", "catalog", "faces", "published"]
    counts: str
    tasks: list[str]
    beta: float
    splits: list[ClassSplit]
    valence_arousal: list[ValueSplit]
    action_units: list[UnitSplit]
    low_quality: int | None
    corpora: "dict[str, Stats]"
    means: dict[str, dict[str, dict[str, float | None]]]


class Side(Document):
    """One of two datasets."""

    given: str
    commit: str | None
    name: str | None
    version: str | None
    resolution: int | None
    dataset_sha256: str | None
    fer_data: str | None


class Rows(Document):
    """How many rows each has, and how many changed."""

    first: int
    second: int
    both: int
    changed: int
    reordered: bool


class Counts(Document):
    """Originals and augmented copies."""

    originals: int
    copies: int


class Moved(Counts):
    """Rows that went from one split to another."""

    from_: str = Field(alias="from")
    to: str
    subjects: int


class LabelChange(Counts):
    """Rows whose label became another."""

    from_: str = Field(alias="from")
    to: str


class ClassChanges(Counts):
    """What became of classes."""

    changes: list[LabelChange]


class ValueChanges(Counts):
    """What became of values."""

    moved: Counts
    gained: Counts
    lost: Counts
    mean_difference: dict[str, float] | None
    largest_difference: dict[str, float] | None


class UnitChanges(Counts):
    """What became of action units."""

    units: dict[str, list[LabelChange]]


class Relabelled(Document):
    """What became of labels, by task."""

    expression: ClassChanges | None = None
    valence_arousal: ValueChanges | None = None
    action_units: UnitChanges | None = None


class Recropped(Counts):
    """Rows whose boxes moved."""

    below_iou: float
    moved_originals: int
    moved_copies: int
    smallest_iou: float
    median_iou: float


class Pictures(Counts):
    """Rows of other bytes."""

    other_look: Counts
    above_bits: int
    median_bits: float
    largest_bits: int


class Column(Counts):
    """Rows with another value in a column."""

    largest_difference: float | None


class LabelSpread(Document):
    """How often a label stands in a split; which keys there are depends on the kind of the labels."""

    originals: int
    copies: int = 0
    share: float | None = None
    positives: int = 0
    mean: float | None = None
    standard_deviation: float | None = None


class Diff(Document):
    """What changed from one published dataset to another."""

    equal: bool
    compared: Literal["content hash", "rows"]
    not_compared: list[str]
    first: Side
    second: Side
    rows: Rows | None
    added: dict[str, Counts]
    removed: dict[str, Counts]
    removed_states: dict[str, int]
    resplit: list[Moved]
    relabelled: Relabelled
    recropped: Recropped | None
    pictures: Pictures | None
    columns: dict[str, Column]
    spreads: dict[str, dict[str, dict[str, dict[str, LabelSpread] | None]]]
    params: dict[str, Change]
    code: dict[str, Change]
    libraries: dict[str, Change]
    provenance: dict[str, Change]
    examples: dict[str, list[str]]
    html: str | None


class Network(Document):
    """The network that described faces."""

    name: str
    sha256: str


class People(Document):
    """How many names were compared."""

    subjects: int
    not_described: int
    unnamed_pictures: int


class Genuine(Document):
    """Pairs that are known to be one person."""

    of: str
    people: int
    pairs: int


class Rate(Document):
    """How often something happened among pairs."""

    errors: int
    pairs: int
    rate: float | None
    low: float
    high: float


class Group(Document):
    """Pairs within a corpus, or between two."""

    corpora: list[str]
    subjects: int
    pairs: int
    across: int
    together: int
    genuine: Genuine
    threshold: float | None
    called: int
    false_rate: Rate
    together_rate: Rate
    miss_rate: Rate
    note: str
    expected_false_links: float | None
    at_most: float


class CopiedClips(Document):
    """Clips that two videos show."""

    all: int
    across_splits: int


class Pair(Document):
    """A line of suspects.csv."""

    rank: int
    similarity: float
    called: str
    across_splits: str
    subject_a: str
    split_a: str
    corpus_a: str
    videos_a: int
    subject_b: str
    split_b: str
    corpus_b: str
    videos_b: int
    same_clip: str
    sheet: str
    decision: str


class Copy(Document):
    """A line of copies.csv."""

    rank: int
    across_splits: str
    video_a: str
    subject_a: str
    split_a: str
    video_b: str
    subject_b: str
    split_b: str
    offset_seconds: float
    difference: float
    sheet: str


class Leaks(Document):
    """Names that may be one person, and clips that stand in two videos."""

    output: str
    network: Network
    data: Data
    licence: Licence
    people: People
    groups: list[Group]
    copied_clips: CopiedClips
    near_duplicate_groups_across_splits: int
    suspects: list[Pair]
    copies: list[Copy]
    sheets: int


class Operation(Document):
    """One operation of augmentation and what was drawn."""

    name: str
    params: dict[str, JsonValue]


class Replay(Document):
    """One augmented picture, made again."""

    row_id: str
    parent_id: str
    seed: int
    encoder: Literal["jpeg", "png"]
    quality: int | None
    made_with: str
    rebuilt_with: str
    operations: list[Operation]
    operations_equal: bool
    bytes_equal: bool
    output: str | None
