"""The tasks of a run of `align`, which grow: a long video's plan brings its spans, and these bring the video itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fer_data.assignment.requests import VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.execution.store import content_key
from fer_data.media.spans import SpanPlan
from fer_data.params.align import AlignParams

__all__ = ["AlignJob", "AlignTask", "PlanTask", "Recipe", "SpanTask", "Task", "TaskQueue"]


@dataclass(frozen=True, slots=True)
class AlignJob:
    """One video, the key of its result, that of what it shows, and the latter whichever frames were cropped."""

    request: VideoRequest
    key: str
    observed: str
    looked: str = ""

    def about(self) -> dict[str, str]:
        """Return what the store's entry says of itself."""
        subjects = "/".join(subject.subject_id for subject in self.request.shown)
        return {"video_id": self.request.video_id, "subjects": subjects}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all videos of a run have in common.

    Attributes:
        params: section `align`.
        rule: what to do when frames and label lines differ.
        environment: what every worker must compute with.
        store: absolute folder of the resume store.
    """

    params: AlignParams
    rule: FrameRule
    environment: dict[str, str]
    store: Path


@dataclass(frozen=True, slots=True)
class PlanTask:
    """Say where a long video is cut."""

    job: AlignJob


@dataclass(frozen=True, slots=True)
class SpanTask:
    """Observe one span of a video, by its number from 0."""

    job: AlignJob
    plan: SpanPlan
    number: int

    @property
    def key(self) -> str:
        """Return the key of what the span shows; where it is cut follows from the video and the parameters."""
        return content_key({"kind": "span", "observed": self.job.observed, "number": self.number})

    def about(self) -> dict[str, str]:
        """Return what the store's entry says of itself."""
        return {
            **self.job.about(),
            "span": f"{self.number + 1}/{len(self.plan.cuts)}",
            "of": self.job.observed,
        }


@dataclass(frozen=True, slots=True)
class AlignTask:
    """Make the result of a video: of its spans where `plan` cuts it, else of the whole."""

    job: AlignJob
    plan: SpanPlan | None = None

    def spans(self) -> list[SpanTask]:
        """Return the tasks of the video's spans; none where it is not cut."""
        if self.plan is None or self.plan.whole is not None:
            return []
        return [SpanTask(self.job, self.plan, number) for number in range(len(self.plan.cuts))]


Task: TypeAlias = PlanTask | SpanTask | AlignTask


class TaskQueue:
    """The tasks of a run: at first one for each job, and what their results bring.

    `long` says which videos are to be cut, `has` whether a key is in the store.
    """

    def __init__(
        self, jobs: Sequence[AlignJob], *, long: Callable[[AlignJob], bool], has: Callable[[str], bool]
    ) -> None:
        self.tasks: list[Task] = [PlanTask(job) if long(job) else AlignTask(job) for job in jobs]
        self._has = has
        self._left: dict[str, int] = {}
        self._lost: set[str] = set()

    def done(self, index: int, result: object) -> list[SpanTask]:
        """Take the result of a task and add what follows from it; return the spans that the store has already."""
        task = self.tasks[index]
        if isinstance(task, PlanTask):
            return self._planned(AlignTask(task.job, result if isinstance(result, SpanPlan) else None))
        if isinstance(task, SpanTask):
            self._left[task.job.key] -= 1
            if not self._left[task.job.key] and task.job.key not in self._lost:
                self.tasks.append(AlignTask(task.job, task.plan))
        return []

    def _planned(self, task: AlignTask) -> list[SpanTask]:
        spans = task.spans()
        there = [span for span in spans if self._has(span.key)]
        self._left[task.job.key] = len(spans) - len(there)
        self.tasks += [span for span in spans if span not in there] or [task]
        return there

    def lost(self, index: int) -> AlignJob | None:
        """Take it that the worker of a task died each time; return its job, the first time that it is lost."""
        job = self.tasks[index].job
        if job.key in self._lost:
            return None
        self._lost.add(job.key)
        if isinstance(self.tasks[index], SpanTask):
            self._left[job.key] -= 1
        return job
