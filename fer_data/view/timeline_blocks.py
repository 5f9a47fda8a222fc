"""What the timelines of all videos hold, each a block of its own that the page reads when it is opened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import ACTION_UNITS, DIMENSIONS, EXPRESSION
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.view.lanes import fair_share, line, run_count, runs, stride_of
from fer_data.view.videos import QUALITY

if TYPE_CHECKING:
    from fer_data.view.evaluated import Evaluated
    from fer_data.view.suspects import Suspect
    from fer_data.view.videos import Person, Video, VideoRows

__all__ = ["POINTS", "RUNS", "SCALES", "Blocks", "timeline_blocks"]

RUNS, POINTS = 400_000, 500_000
"""Of all lanes of all videos, at most: some 2 MB each as the page has them."""

SCALES = {
    **dict.fromkeys(DIMENSIONS, 1000),
    **{f"model_{name}": 1000 for name in DIMENSIONS},
    "label_probability": 1000,
    "detector_score": 1000,
    "face_blur": 10_000,
    "native_px": 1,
}
"""By line, what its values are multiplied with to be whole numbers."""

_KNOTS = 200


@dataclass(frozen=True, slots=True)
class Blocks:
    """What the page reads of each video.

    Attributes:
        videos: a block each, in the order asked for.
        whole: lanes that are drawn as they are.
        sampled: lanes that are drawn in steps of several frames.
    """

    videos: list[dict[str, Any]]
    whole: int
    sampled: int


@dataclass(slots=True)
class _Lane:
    """A lane before it is packed: where it goes, and how many items it has."""

    target: dict[str, Any]
    name: str
    frames: Int64
    values: NDArray[Any]
    stride: int
    size: int
    is_line: bool


def timeline_blocks(
    rows: "VideoRows",
    said: "Evaluated | None",
    videos: Sequence["Video"],
    marks: Mapping["Video", Sequence["Suspect"]],
    *,
    budgets: tuple[int, int] = (RUNS, POINTS),
) -> Blocks:
    """Return the blocks of some videos, within budgets of runs and of points over all of them."""
    blocks, lanes = [], []
    for video in videos:
        people = []
        for person in video.people:
            block: dict[str, Any] = {"name": person.name, "split": _split(person)}
            found = list(_lanes(rows, said, person, block))
            block["stride"] = stride_of(rows.columns["frame_index"][person.rows])
            lanes += found
            people.append(block)
        blocks.append(_video(rows, video, people, marks.get(video, ())))
    sampled = _pack(lanes, budgets)
    return Blocks(blocks, len(lanes) - sampled, sampled)


def _split(person: "Person") -> str:
    """Return the split of a person, and in brackets what other tasks say."""
    return f"{person.split} ({person.elsewhere})" if person.elsewhere and person.split else person.split


def _video(
    rows: "VideoRows", video: "Video", people: list[dict[str, Any]], marks: Sequence["Suspect"]
) -> dict[str, Any]:
    frames = rows.columns["frame_index"][video.rows] if rows.columns else np.zeros(0, np.int64)
    listed = [
        {"person": one.person, "first": one.first, "last": one.last, "label": one.label,
         "why": "; ".join(signal.why for signal in one.signals)}
        for one in marks
    ]  # fmt: skip
    end = int(frames.max()) + 1 if len(frames) else 0
    return {"end": end, "time": _time(rows, video, frames), "people": people, "marks": listed}


def _time(rows: "VideoRows", video: "Video", frames: Int64) -> dict[str, Any] | None:
    """Return when frames are shown: seconds at frame 0 and a frame's length, or milliseconds at some frames."""
    if "pts_seconds" in rows.columns:
        times = rows.columns["pts_seconds"][video.rows]
        known = np.isfinite(times)
        at, places = np.unique(frames[known], return_index=True)
        times = times[known][places]
        if len(at) > 1:
            step = float((times[-1] - times[0]) / (at[-1] - at[0]))
            start = float(times[0] - at[0] * step)
            if np.abs(start + at * step - times).max() < 0.002 and step > 0:
                return {"start": round(start, 6), "step": round(step, 9), "stated": True}
            chosen = np.unique(np.linspace(0, len(at) - 1, _KNOTS).astype(int))
            return {"frames": at[chosen].tolist(), "ms": np.rint(times[chosen] * 1000).astype(int).tolist()}
    if video.fps and np.isfinite(video.fps) and video.fps > 0:
        return {"start": 0.0, "step": round(1 / video.fps, 9), "stated": False}
    return None


def _lanes(
    rows: "VideoRows", said: "Evaluated | None", person: "Person", block: dict[str, Any]
) -> Iterator[_Lane]:
    own = person.rows
    frames = rows.columns["frame_index"][own]
    stride = stride_of(frames)
    for name, values in _run_columns(rows, said, own):
        if (values >= 0).any():
            size = run_count(frames, values, stride)
            yield _Lane(block, name, frames, values, stride, size, is_line=False)
    for key, units in _unit_columns(rows, said, own):
        target: dict[str, Any] = {}
        for unit, values in units:
            if (values >= 0).any():
                size = run_count(frames, values, stride)
                yield _Lane(target, unit, frames, values, stride, size, is_line=False)
        block[key] = target
    for name, values in _line_columns(rows, said, own):
        known = frames[np.isfinite(values)]
        if len(known):
            size = int(known[-1] - known[0]) // stride + 1
            yield _Lane(block, name, frames, values, stride, size, is_line=True)


def _run_columns(
    rows: "VideoRows", said: "Evaluated | None", own: slice
) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, column in (("label", EXPRESSION), ("state", "state"), ("track", "track_id")):
        if column in rows.columns:
            yield name, rows.columns[column][own]
    if said is not None and said.classes is not None:
        # What was filled and not seen by the model is counted behind the classes, so that it can be told apart.
        predicted = said.classes.predicted[own].astype(np.int64)
        filled = (predicted >= 0) & ~said.classes.own[own]
        yield "model", np.where(filled, predicted + len(said.names), predicted)
        if said.classes.smoothed is not None:
            yield "smoothed", said.classes.smoothed[own].astype(np.int64)


def _unit_columns(
    rows: "VideoRows", said: "Evaluated | None", own: slice
) -> Iterator[tuple[str, Iterator[tuple[str, NDArray[Any]]]]]:
    yield "units", ((unit, rows.units[own, index]) for index, unit in enumerate(ACTION_UNITS))
    if said is not None and said.units:
        answers = ((unit, _present(values[own])) for unit, values in said.units.items())
        yield "model_units", answers


def _present(probability: NDArray[Any]) -> NDArray[np.int8]:
    return np.where(np.isnan(probability), -1, probability >= THRESHOLD).astype(np.int8)


def _line_columns(
    rows: "VideoRows", said: "Evaluated | None", own: slice
) -> Iterator[tuple[str, NDArray[Any]]]:
    for name in (*DIMENSIONS, *QUALITY):
        if name in rows.columns:
            yield name, rows.columns[name][own]
    if said is not None:
        for name, values in said.values.items():
            yield f"model_{name}", values[own]
        if said.classes is not None:
            yield "label_probability", said.classes.label_probability[own]


def _pack(lanes: Sequence[_Lane], budgets: tuple[int, int]) -> int:
    """Put what the page draws where each lane goes, and return how many are drawn in steps."""
    shares = [
        fair_share([lane.size for lane in lanes if lane.is_line == is_line], budget)
        for is_line, budget in enumerate(budgets)
    ]
    sampled = 0
    for lane in lanes:
        share = shares[lane.is_line]
        sampled += lane.size > share
        if lane.is_line:
            scale = SCALES[lane.name]
            lane.target[lane.name] = line(lane.frames, lane.values, lane.stride, share, scale=scale)
        else:
            flat, step = runs(lane.frames, lane.values, lane.stride, share)
            lane.target[lane.name] = flat if step == 1 else {"runs": flat, "step": step}
    return sampled
