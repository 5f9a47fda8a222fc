"""What one worker process does with a task of `align`: plan a long video, observe a span of it, or align a video.

What a task needs and the store lacks is made in it, so what comes of a video never follows from who did what before.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fer_data.detectors import Detector
from fer_data.errors import StoreError
from fer_data.execution.engines import Report
from fer_data.execution.store import Store
from fer_data.media.spans import SpanPlan
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.memory import keep_freed_memory
from fer_data.video_jobs.observe import wanted_frames
from fer_data.video_jobs.observed import covers, observe_into, open_observed
from fer_data.video_jobs.spans import (
    is_long,
    join_spans,
    observe_span_into,
    span_doubt,
    video_plan,
    whole_remark,
)
from fer_data.video_jobs.tasks import AlignTask, PlanTask, Recipe, SpanTask, Task
from fer_data.video_jobs.worker import align_video

if TYPE_CHECKING:
    from fer_data.identity.network import IdentityNetwork

__all__ = ["EMBEDDED", "FAILED", "OBSERVED", "SPAN", "check_environment", "code_of", "lacking", "prepare"]

OBSERVED = "observed"
"""Kind of an entry of the store that holds what a video shows, not what was made of it."""

SPAN = "span"
"""The same for one span of a video; it ends when all of them are joined."""

FAILED = "failed"
"""Key of `Entry.about` for a result that another run shall try to better."""

EMBEDDED = "embedded"
"""Key of `Entry.about` for a result that holds embeddings of faces: it ends with the first run that keeps none."""


def prepare(recipe: Recipe) -> Callable[[Task, Report], SpanPlan | None]:
    """Return the work of one process: plan a video, observe a span of it or align it, into the store.

    Raises:
        StoreError: this process would compute with something else than the run that asks for it.
    """
    from fer_data.detectors import open_detector
    from fer_data.identity.network import open_identity

    check_environment(recipe.environment, environment(recipe.params.engine, recipe.params.device))
    keep_freed_memory()
    detector, identity = open_detector(recipe.params), open_identity(recipe.params.identity)

    def work(task: Task, report: Report) -> SpanPlan | None:
        if isinstance(task, PlanTask):
            return video_plan(task.job.request, recipe.params)
        if isinstance(task, SpanTask):
            _span(task, recipe, detector, report)
        else:
            _align(task, recipe, detector, identity, report=report)
        return None

    return work


def _align(
    task: AlignTask,
    recipe: Recipe,
    detector: Detector,
    identity: "IdentityNetwork | None",
    *,
    report: Report,
) -> None:
    """Make the result of a video in the store, of what the store has of it or gets now."""
    observed = _observed(task, recipe, detector, report)
    about = {**task.job.about(), **code_of(recipe)}
    if recipe.params.identity.keep:
        about[EMBEDDED] = recipe.params.identity.name
    with Store(recipe.store).writing(task.job.key, about) as folder:
        summary = align_video(
            task.job.request,
            folder,
            recipe.params,
            detector,
            rule=recipe.rule,
            report=report,
            observed=observed,
            identity=identity,
        )
        if summary.error is not None:
            about[FAILED] = "decode"


def _span(task: SpanTask, recipe: Recipe, detector: Detector, report: Report) -> Path:
    """Return the folder of what a span shows, after looking at it where the store lacks that.

    Raises:
        StoreError: the store does not give back what was written.
    """
    store = Store(recipe.store)
    folder = store.get(task.key)
    if folder is None:
        about = {**task.about(), "kind": SPAN, "code": recipe.environment["observing"]}
        with store.writing(task.key, about) as made:
            observe_span_into(
                made,
                task.job.request,
                recipe.params,
                detector,
                plan=task.plan,
                number=task.number,
                report=report,
            )
        folder = store.get(task.key)
    if folder is None:
        raise lacking(recipe.store, f"span {task.number + 1} of {task.job.request.video_id!r}")
    return folder


def lacking(store: Path, what: str) -> StoreError:
    """Return the error of a store that does not give back what was written."""
    return StoreError(
        f"compute.store ({store}) lacks {what} right after it was written. Use a folder that all workers share."
    )


def _observed(task: AlignTask, recipe: Recipe, detector: Detector, report: Report) -> Path | None:
    """Return the folder of what a video shows, after looking at it where the store lacks that.

    None without a video, and where somebody in it withdrew: what such a video shows is not kept. What was kept of it
    before is used as long as it lasts.
    """
    request, key = task.job.request, task.job.observed
    if request.path is None:
        return None
    store = Store(recipe.store)
    if request.shared:
        return _looked_at_before(task, recipe, report)
    folder = store.get(key)
    if folder is not None:
        report(0 if task.spans() else request.num_packets)
        return folder
    unseen = task.plan is None
    if unseen and is_long(request, recipe.params):
        task = AlignTask(task.job, video_plan(request, recipe.params))
    spans = [_span(span, recipe, detector, report if unseen else _nothing) for span in task.spans()]
    about = {
        **task.job.about(),
        "kind": OBSERVED,
        "code": recipe.environment["observing"],
        "looked": task.job.looked,
    }
    with store.writing(key, about) as made:
        if _observe(made, task, recipe, detector, report=report, spans=spans) is not None:
            about[FAILED] = "decode"
    store.discard(span.key for span in task.spans())
    return store.get(key)


def _looked_at_before(task: AlignTask, recipe: Recipe, report: Report) -> Path | None:
    """Return the folder of what a video showed before somebody in it withdrew; None where the store lacks that."""
    store, request = Store(recipe.store), task.job.request
    known = [entry.key for entry in store.entries() if entry.about.get("looked") == task.job.looked]
    for folder in filter(None, map(store.get, known)):
        with open_observed(folder) as (_, faces, _crops):
            covered = covers(faces, wanted_frames(request, recipe.params))
        if covered:
            report(request.num_packets)
            return folder
    return None


def _nothing(_: int) -> None:
    """Report what was reported before."""


def _observe(
    folder: Path,
    task: AlignTask,
    recipe: Recipe,
    detector: Detector,
    *,
    report: Report,
    spans: Sequence[Path],
) -> str | None:
    """Write what a video shows, joined of its spans where these can be, and return why decoding stopped early."""
    request, params, plan = task.job.request, recipe.params, task.plan
    why = None if plan is None else plan.whole or span_doubt(spans)
    if plan is not None and why is None:
        join_spans(folder, params, plan=plan, spans=spans)
        return None
    if spans and plan is not None:
        report(-len(plan.times.ticks))
    remark = None if why is None else whole_remark(why, params)
    return observe_into(folder, request, params, detector, report=report, remark=remark).decoded.error


def code_of(recipe: Recipe) -> dict[str, str]:
    """Return what the store's entry of a result says of the code that made it."""
    return {"code": recipe.environment["code"]}


def check_environment(expected: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Refuse to compute with something else than the run that asks for work.

    Raises:
        StoreError: a version, the processor type or the code is another one.
    """
    for name, version in expected.items():
        if here[name] != version:
            raise StoreError(
                f"{socket.gethostname()} has {name} {here[name]}, the run that asks for work {version}. "
                "Install the same versions of fer_data and its packages everywhere: bytes depend on them."
            )
