"""What of a model's answers is drawn beside a picture, whatever its heads: bars, a dot in a plane, columns of units."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fer_data.core.arrays import Float64, Int64
from fer_data.core.labels.tasks import LABELS
from fer_data.pictures.sheet import Colour
from fer_data.predict.answers import TaskAnswers, kind_of
from fer_data.predict.colours import QUIET, class_colours

__all__ = ["Bars", "Columns", "Content", "Plane", "content_of"]

_MOST_BARS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Probabilities of classes.

    Attributes:
        names: of the bars, in the model's order.
        colours: of the bars.
        chances: (faces, bars).
        best: (faces,) index of the likeliest of all classes.
        classes: names of all classes; there is a bar for each, or for the likeliest and one for the others together.
        class_colours: of all classes.
        bar_of: (classes,) the bar of each.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    chances: Float64
    best: Int64
    classes: tuple[str, ...]
    class_colours: tuple[Colour, ...]
    bar_of: Int64


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Two dimensions: `axes` across and up, `values` as the model gives them, `points` within -1 and 1."""

    axes: tuple[str, ...]
    values: Float64
    points: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Probabilities of units that may be present together, (faces, units), and which count as present."""

    names: tuple[str, ...]
    chances: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What is drawn of faces; `noted` are further tasks, whose words stand at the face."""

    bars: Bars | None
    plane: Plane | None
    columns: Columns | None
    noted: tuple[TaskAnswers, ...]

    def note(self, face: int) -> str:
        """Return what stands at a face for which there is no room beside the picture."""
        return " ".join(word for one in self.noted for word in kind_of(one.task).note(one, face))


def content_of(answers: Iterable[TaskAnswers]) -> Content:
    """Return what is drawn: of tasks of one kind the first, and of values those that have two dimensions."""
    bars, plane, columns, noted = None, None, None, []
    for one in answers:
        kind = LABELS[one.task].kind
        if kind == "classes" and bars is None and len(one.names):
            bars = _bars(one)
        elif kind == "values" and plane is None and len(one.names) == 2:
            plane = _plane(one)
        elif kind == "units" and columns is None and len(one.names):
            columns = Columns(tuple(one.names), one.values)
        else:
            noted.append(one)
    return Content(bars, plane, columns, tuple(noted))


def _bars(found: TaskAnswers) -> Bars:
    count = len(found.names)
    kept = np.arange(count)
    if count > _MOST_BARS:
        order = np.argsort(-found.values.sum(axis=0), kind="stable")
        kept = np.sort(order[: _MOST_BARS - 1])
    colours = class_colours(count)
    shown = tuple(colours[index] for index in kept.tolist())
    names, chances = tuple(found.names[index] for index in kept.tolist()), found.values[:, kept]
    bar_of = np.full(count, len(kept))
    bar_of[kept] = np.arange(len(kept))
    if len(kept) < count:
        others = np.clip(1 - chances.sum(axis=1, keepdims=True), 0, 1)
        names, shown = (*names, f"{count - len(kept)} others"), (*shown, QUIET)
        chances = np.concatenate([chances, others], axis=1)
    best = np.asarray(found.values.argmax(axis=1), np.int64)
    return Bars(names, shown, chances, best, tuple(found.names), tuple(colours), bar_of)


def _plane(found: TaskAnswers) -> Plane:
    low, high = LABELS[found.task].limits or (-1.0, 1.0)
    points = np.clip((found.values - low) / (high - low) * 2 - 1, -1, 1)
    return Plane(tuple(found.names), found.values, points)
