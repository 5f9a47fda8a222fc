"""Labels to look at: spans of a video whose label disagrees with something else that was given.

Four signals, each with a score of its own, about the logarithm of how much likelier another class is. They are signs,
no verdicts: a model errs, people's faces do change for a frame, and whoever labelled may have meant it.

- `model`: the evaluated model answers another class.
- `flip`: a class for one or two frames inside a span of another, three times as long on either side.
- `valence and arousal`: they lie where another class usually lies, far from their own (medians, MAD), or Happiness has
  a valence below -0.5.
- `noise`: `fer-data noise` lists it.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64, Mask
from fer_data.core.labels.plausibility import UNPLEASANT, happy_but_unpleasant
from fer_data.core.labels.tasks import DIMENSIONS, EXPRESSION, Expression
from fer_data.core.metrics.label_noise import answered_instead
from fer_data.errors import DatasetError
from fer_data.shell.shown import printable
from fer_data.view.lanes import stride_of

if TYPE_CHECKING:
    from fer_data.view.evaluated import ClassAnswers, Evaluated
    from fer_data.view.videos import Person, Video, VideoRows

__all__ = ["LISTED", "SUSPECTS_FILE", "Signal", "Suspect", "suspects"]

SUSPECTS_FILE = "suspects.csv"
"""Of a folder that `fer-data noise` wrote."""

LISTED = 2_000
"""That a page lists and marks, at most: the ones with the highest scores."""

_MOST = 7.0
"""Of one signal's score: a thousand times likelier; no signal alone is surer than that."""

_LEAST = 1.0
_FLIP_ROWS, _FLIP_RATIO = 2, 3
_CLASS_ROWS = 30
"""Rows of a class from which its usual valence and arousal are known."""

_FAR = 3.0
"""Of the usual valence and arousal, in robust standard deviations."""

_SPREAD = 0.05
"""Smallest standard deviation of valence and arousal that is believed: raters are no surer."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason: its kind, its score, the class that it speaks for, and a sentence."""

    kind: str
    score: float
    instead: str
    why: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A span of frames whose label some signals speak against.

    Attributes:
        video: where.
        person: whom the label is about.
        split: of that person.
        first: first frame, counted from 0.
        last: last one.
        rows: labelled ones of the span.
        row_id: of the first of them.
        label: class that they say.
        signals: the strongest first.
    """

    video: "Video"
    person: str
    split: str
    first: int
    last: int
    rows: int
    row_id: str
    label: str
    signals: tuple[Signal, ...]

    @property
    def score(self) -> float:
        """The sum over the signals: what several say is looked at first."""
        return sum(signal.score for signal in self.signals)


def suspects(rows: "VideoRows", said: "Evaluated | None", noise: Path | None = None) -> list[Suspect]:
    """Return the labels to look at, those with the highest scores first.

    Raises:
        DatasetError: the folder of `fer-data noise` holds no table that can be read.
    """
    if EXPRESSION not in rows.columns or not len(rows.row_ids):
        return []
    spans = _Spans(rows)
    found = [*_flips(spans), *_values(spans)]
    if said is not None and said.classes is not None:
        found += _contradictions(spans, said.classes, said.names)
    if noise is not None:
        found += _listed(rows, spans, noise)
    return sorted(
        _together(spans, found), key=lambda one: (-one.score, one.video.name, one.person, one.first)
    )


_Found = tuple[int, int, Signal]
"""A signal on the rows from the first to before the second."""


class _Spans:
    """Rows in runs: of one person, one after another, with one key."""

    def __init__(self, rows: "VideoRows") -> None:
        self.rows = rows
        self.labels = rows.columns[EXPRESSION]
        self.frames: Int64 = rows.columns["frame_index"]
        self.whose: list[tuple[Video, Person]] = list(rows.people())
        self.people = np.zeros(len(self.frames), np.int64)
        self.broken = np.ones(len(self.frames), np.bool_)
        for at, (_, person) in enumerate(self.whose):
            own = self.frames[person.rows]
            self.people[person.rows] = at
            self.broken[person.first + 1 : person.end] = np.diff(own) > stride_of(own)

    def runs(self, *keys: NDArray[Any]) -> tuple[Int64, Int64]:
        """Return first row and end of the runs in which no key changes."""
        new = self.broken.copy()
        for key in keys:
            new[1:] |= np.diff(key) != 0
        starts = np.flatnonzero(new)
        return starts, np.append(starts[1:], len(new))


def _flips(spans: _Spans) -> Iterator[_Found]:
    starts, ends = spans.runs(spans.labels)
    if len(starts) < 3:
        return
    label, size = spans.labels[starts], ends - starts
    near = np.minimum(size[:-2], size[2:])
    short = (size[1:-1] <= _FLIP_ROWS) & (near >= _FLIP_RATIO * size[1:-1])
    within = (label[:-2] == label[2:]) & (label[:-2] >= 0) & (label[1:-1] >= 0)
    whole = ~spans.broken[starts[1:-1]] & ~spans.broken[starts[2:]]
    for at in (np.flatnonzero(short & within & whole) + 1).tolist():
        around = spans.rows.classes[label[at - 1]]
        count = int(size[at])
        score = 1 + float(np.log(near[at - 1] / count))
        why = f"{_frames(count)} between {size[at - 1]} before and {size[at + 1]} after that say {around}"
        yield int(starts[at]), int(ends[at]), Signal("flip", min(score, _MOST), around, why)


def _frames(count: int) -> str:
    return "one frame" if count == 1 else f"{count} frames"


def _contradictions(spans: _Spans, said: "ClassAnswers", names: Sequence[str]) -> Iterator[_Found]:
    with np.errstate(divide="ignore"):
        scores = np.log(said.confidence.astype(np.float64)) - np.log(
            said.label_probability.astype(np.float64)
        )
    judged = said.own & (spans.labels >= 0) & (said.predicted != spans.labels) & ~np.isnan(scores)
    scores = np.minimum(np.where(judged, scores, 0.0), _MOST)
    for first, end, score in _scored(spans, judged, scores, said.predicted):
        answer = names[said.predicted[first]]
        sure, own = (float(one[first:end].mean()) for one in (said.confidence, said.label_probability))
        why = f"the model answers {answer} with {100 * sure:.0f} %, and leaves {100 * own:.0f} % to the label"
        yield first, end, Signal("model", score, answer, why)


def _scored(
    spans: _Spans, judged: Mask, scores: Float64, instead: NDArray[Any]
) -> Iterator[tuple[int, int, float]]:
    """Yield runs of judged rows of one label and one other class, with their mean score, a single frame's by half."""
    starts, ends = spans.runs(judged, spans.labels, instead)
    chosen = judged[starts]
    for first, end in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True):
        score = _by_length(float(scores[first:end].mean()), end - first)
        if score >= _LEAST:
            yield first, end, score


def _by_length(score: float, rows: int) -> float:
    """Return a mean score by how many rows it is of: of one half, of many all of it.

    >>> _by_length(6.0, 1), _by_length(6.0, 2), _by_length(60.0, 6)
    (3.0, 4.0, 6.0)
    """
    return min(score, _MOST) * rows / (rows + 1)


def _values(spans: _Spans) -> Iterator[_Found]:
    """Yield labels whose valence and arousal are another class', by the medians of each run of one label.

    Frames at which an expression changes lie between two classes; the median of a run does not mind them.
    """
    columns = spans.rows.columns
    if not set(DIMENSIONS) <= set(columns):
        return
    points = np.stack([columns[name] for name in DIMENSIONS], axis=1).astype(np.float64)
    yield from _unpleasant(spans, points[:, 0])
    known = np.isfinite(points).all(axis=1) & (spans.labels >= 0)
    usual = _usual(points[known], spans.labels[known], len(spans.rows.classes))
    if usual is None:
        return
    starts, ends = spans.runs(known, spans.labels)
    chosen = known[starts] & usual.counted[np.maximum(spans.labels[starts], 0)]
    starts, ends = starts[chosen], ends[chosen]
    labels = spans.labels[starts].astype(np.int64)
    medians = np.array([np.median(points[one:two], axis=0) for one, two in zip(starts, ends, strict=True)])
    likely, distance = usual.likelihoods(medians.reshape(-1, 2), labels)
    other = answered_instead(np.exp(likely - likely.max(axis=1, initial=-np.inf, keepdims=True)), labels)
    places = np.arange(len(labels))
    scores: Float64 = np.minimum(likely[places, other] - likely[places, labels], _MOST)
    for at in np.flatnonzero((scores >= _LEAST) & (distance > _FAR)).tolist():
        label, instead = (spans.rows.classes[one[at]] for one in (labels, other))
        (valence, arousal), (usually_valence, usually_arousal) = medians[at], usual.centres[labels[at]]
        why = (
            f"valence {valence:.2f} and arousal {arousal:.2f} are what {instead} has; {label} has "
            f"{usually_valence:.2f} and {usually_arousal:.2f}"
        )
        first, end = int(starts[at]), int(ends[at])
        yield (
            first,
            end,
            Signal("valence and arousal", _by_length(float(scores[at]), end - first), instead, why),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Usual:
    """Where each class lies: medians and robust standard deviations (classes, 2), and which have enough rows."""

    centres: Float64
    spreads: Float64
    counted: Mask

    def likelihoods(self, points: Float64, labels: Int64) -> tuple[Float64, Float64]:
        """Return logarithms of how likely points (n, 2) are of each class, and how far they are of their own."""
        distances = (points[:, None] - self.centres) / self.spreads
        likely = -0.5 * (distances**2).sum(2) - np.log(self.spreads).sum(1)
        likely[:, ~self.counted] = -np.inf
        return likely, np.sqrt((distances[np.arange(len(points)), labels] ** 2).sum(1))


def _usual(points: Float64, labels: NDArray[Any], classes: int) -> _Usual | None:
    """Return where classes lie; None where fewer than two have enough rows."""
    counted = np.bincount(labels, minlength=classes) >= _CLASS_ROWS
    if counted.sum() < 2:
        return None
    centres, spreads = np.zeros((classes, 2)), np.ones((classes, 2))
    for label in np.flatnonzero(counted):
        own = points[labels == label]
        centres[label] = np.median(own, axis=0)
        deviation = np.median(np.abs(own - centres[label]), axis=0)
        spreads[label] = np.maximum(1.4826 * deviation, _SPREAD)
    return _Usual(centres, spreads, counted)


def _unpleasant(spans: _Spans, valence: Float64) -> Iterator[_Found]:
    names = [name.lower() for name in spans.rows.classes]
    if Expression.HAPPINESS.lower() not in names:
        return
    happiness = names.index(Expression.HAPPINESS.lower())
    judged = np.zeros(len(valence), np.bool_)
    judged[happy_but_unpleasant(spans.labels, valence.astype(np.float32), happiness)] = True
    starts, ends = spans.runs(judged)
    for first, end in zip(starts[judged[starts]].tolist(), ends[judged[starts]].tolist(), strict=True):
        mean = float(valence[first:end].mean())
        why = f"Happiness with a valence of {mean:.2f}"
        # 2 at the limit of the rule and 6 at -1: surer the farther, as far as numbers of raters tell.
        score = _by_length(2 + 8 * (UNPLEASANT - mean), end - first)
        yield first, end, Signal("valence and arousal", score, "", why)


def _listed(rows: "VideoRows", spans: _Spans, folder: Path) -> Iterator[_Found]:
    """Yield what `fer-data noise` lists of these rows."""
    places = {(video.name, person.name): person for video, person in spans.whose}
    path = folder / SUSPECTS_FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                person = places.get((printable(line["video_id"]), printable(line["subject_id"])))
                if person is not None:
                    frames = rows.columns["frame_index"][person.rows]
                    wanted = (int(line["first_frame"]), int(line["last_frame"]) + 1)
                    first, end = np.searchsorted(frames, wanted).tolist()
                    if first < end:
                        answered = printable(line["answered"])
                        why = f"`noise` answers {answered} with {100 * float(line['answered_probability']):.0f} %"
                        score = min(float(line["suspicion"]), _MOST)
                        yield person.first + first, person.first + end, Signal("noise", score, answered, why)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"{path} cannot be read: {error!r}. Run `fer-data noise` again, or do not name its folder."
        ) from error


def _together(spans: _Spans, found: Sequence[_Found]) -> Iterator[Suspect]:
    """Yield suspects: signals on spans that share a row of one label are one."""
    ordered = sorted(found, key=lambda one: (one[0], one[1]))
    group: list[_Found] = []
    end = -1
    for one in ordered:
        same = group and one[0] < end and spans.labels[one[0]] == spans.labels[group[0][0]]
        if group and not same:
            yield _suspect(spans, group)
            group = []
        group.append(one)
        end = max(end, one[1]) if same else one[1]
    if group:
        yield _suspect(spans, group)


def _suspect(spans: _Spans, group: Sequence[_Found]) -> Suspect:
    first, end = min(one[0] for one in group), max(one[1] for one in group)
    best: dict[str, Signal] = {}
    for _, _, signal in group:
        if signal.kind not in best or signal.score > best[signal.kind].score:
            best[signal.kind] = signal
    video, person = spans.whose[spans.people[first]]
    return Suspect(
        video=video,
        person=person.name,
        split=person.split,
        first=int(spans.frames[first]),
        last=int(spans.frames[end - 1]),
        rows=int((spans.labels[first:end] >= 0).sum()),
        row_id=spans.rows.row_ids[first].as_py(),
        label=_name(spans.rows.classes, int(spans.labels[first])),
        signals=tuple(sorted(best.values(), key=lambda signal: -signal.score)),
    )


def _name(classes: Sequence[str], label: int) -> str:
    return classes[label] if 0 <= label < len(classes) else ""
