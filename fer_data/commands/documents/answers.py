"""Documents about models and what they answer: predictions, features, suspects, audits, comparisons, submissions."""

from typing import Literal

from pydantic import Field

from fer_data.commands.documents.form import (
    Difference,
    Document,
    Interval,
    Model,
    ModelData,
    Restriction,
    Score,
)

__all__ = [
    "Checked", "Compared", "Embedded", "Ensemble", "Exported", "Material", "Noise", "Predicted", "Probe", "Sensitivity",
    "Submitted",
]  # fmt: skip


class Heads(Model):
    """A model with the names of its outputs."""

    classes: list[str]
    action_units: list[str] = Field(default_factory=list)


class Source(Document):
    """What was found in one video or picture."""

    name: str
    frames: int
    frames_with_a_face: int
    faces: int
    tracks: int
    people: int
    error: str | None
    remarks: list[str] = Field(default_factory=list)
    expressions: dict[str, int] = Field(default_factory=dict)
    mean_valence_arousal: dict[str, float | None] = Field(default_factory=dict)
    action_units: dict[str, int] = Field(default_factory=dict)


class Material(Document):
    """What a model says of new material."""

    output: str
    model: Heads
    note: str | None
    licence: Restriction
    temperature: float
    smoothing_frames: int
    sources: list[Source]
    unread: dict[str, int]
    unread_files: list[str]
    gallery: list[str]


class Predicted(ModelData):
    """What a model says of the pictures of a split."""

    split: str
    tasks: list[str]
    temperature: float
    smoothing_frames: int
    rows: int


class Embedded(ModelData):
    """Features of every picture of a dataset."""

    rows: int
    dimensions: int
    classes: list[str]


class SplitLabels(Document):
    """Labels of a split, and how many may be wrong."""

    rows: int
    labels: int
    suspects: int
    suspect_rows: int


class ProbeScore(Document):
    """Scores of the probe on validation."""

    macro_f1: float
    accuracy: float


class Fitted(Document):
    """The scores of a probe on all labels and, no result, on those that are no suspects."""

    all_labels: ProbeScore
    without_suspects: ProbeScore


class Trained(Document):
    """The probe, fitted on all labels of train and on those that are no suspects."""

    with_suspects: Fitted
    without_suspects: Fitted


class NoiseGain(Document):
    """What leaving the suspects of train out gains."""

    macro_f1: float
    interval: Interval | None
    p_value: float | None
    drawn: str
    note: str


class NoiseScores(Document):
    """What the suspects are worth, by validation."""

    labels: int
    suspects: int
    trained: Trained
    gain: NoiseGain


class Suspect(Document):
    """A line of suspects.csv."""

    split: str
    rank: int
    suspicion: float
    given: str
    given_probability: float
    answered: str
    answered_probability: float
    corpus: str
    subject_id: str
    video_id: str
    segment: str
    first_frame: int
    last_frame: int
    rows: int
    first_row_id: str
    label_source: str
    sheet: str


class Noise(ModelData):
    """Labels that are probably wrong."""

    seen: str | None
    classes: list[str]
    folds: int
    linear_strength: float
    agreement: float
    splits: dict[str, SplitLabels]
    validation: NoiseScores | None
    sheets: int
    suspects: list[Suspect]


class Measured(Document):
    """A value with its interval."""

    value: float
    interval: Interval | None


class Result(Document):
    """How far the answers of one head move under one operation."""

    task: str
    measure: Literal["answer", "probability", "valence", "arousal"]
    operation: str
    strength: float
    moved: Measured
    two_seeds: Measured
    difference: Measured


class Sensitivity(ModelData):
    """How far a model's answers move under augmentation."""

    says: str
    split: str
    learnt_from_these: bool
    pictures: int
    pictures_of_split: int
    drawn: list[str]
    units: int
    interval_note: str
    draws: int
    seed: int
    operations: dict[str, str]
    left_out: dict[str, str]
    start: str | None
    results: list[Result]
    sheets: dict[str, str]
    shown: list[str]


class Drawn(Document):
    """What was scored, and what intervals draw; the keys of a number are called as what is drawn."""

    rows: int
    drawn: list[str]
    videos: int = 0
    videos_by_class: dict[str, int] = Field(default_factory=dict)
    people: int = 0
    people_by_class: dict[str, int] = Field(default_factory=dict)
    pictures: int = 0
    pictures_by_class: dict[str, int] = Field(default_factory=dict)
    units: int = 0
    units_by_class: dict[str, int] = Field(default_factory=dict)
    absent: list[str]


class Compared(Drawn):
    """Two evaluations at one side."""

    pooled_corpora: list[str] = Field(default_factory=list)
    lower_bound: bool = False
    note: str = ""
    macro_f1: Difference
    macro_f1_present: Difference
    accuracy: Difference


class RunDifference(Difference):
    """A difference in the mean over runs, and that of each run."""

    runs: list[float]


class Gained(Drawn):
    """What a joint answer gains at one side."""

    pooled_corpora: list[str] = Field(default_factory=list)
    lower_bound: bool = False
    note: str = ""
    macro_f1: RunDifference
    macro_f1_present: RunDifference
    accuracy: RunDifference


class Scores(Document):
    """The scores of one evaluation at one side."""

    macro_f1: Score
    macro_f1_present: Score
    accuracy: Score


class Ensemble(Document):
    """Mean logits of several evaluations; all are empty where no row has a label."""

    members: dict[str, dict[str, Scores]]
    ensemble: dict[str, Scores]
    gain_over_mean_member: dict[str, Gained]


class Probed(Document):
    """The scores of one probe."""

    macro_f1: float
    macro_f1_interval: Interval | None
    macro_f1_present: float
    macro_f1_present_interval: Interval | None
    accuracy: float
    accuracy_interval: Interval | None
    f1: dict[str, float | None]
    f1_intervals: dict[str, Interval | None]


class Probes(Document):
    """Always the largest class, a linear probe, and nearest neighbours."""

    largest: Probed
    linear: Probed
    knn: Probed


class ProbeGain(Document):
    """What the linear probe gains over the neighbours."""

    macro_f1: float
    interval: Interval | None
    p_value: float | None


class Probe(Drawn):
    """What can be read off features."""

    dimensions: int
    split: str
    linear_strengths: list[float]
    probes: Probes
    linear_minus_knn: ProbeGain


class GraphInput(Document):
    """What a graph takes."""

    name: str
    dtype: str
    shape: list[int | str]


class GraphCheck(Document):
    """How far a graph is from torch."""

    max_difference: float
    allowed: float


class Exported(Document):
    """A model as ONNX."""

    output: str
    sha256: str
    input: GraphInput
    input_contract_sha256: str
    outputs: list[str]
    classes: list[str]
    action_units: list[str]
    trained_on: str
    note: str | None
    check: GraphCheck


class Submitted(Document):
    """A submission that was written, or refused."""

    output: str | None
    task: str
    subjects: int
    subjects_without_prediction: dict[str, int]
    without_output: list[str]
    rows: int
    predicted: int
    nearest: int
    most_frequent: int


class Fault(Document):
    """What is wrong with a submission."""

    file: str | None
    line: int | None
    rule: str
    message: str


class Checked(Document):
    """A submission that was checked."""

    checked: str
    faults: list[Fault]
