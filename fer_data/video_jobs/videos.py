"""Align many videos side by side, each at most once: what the resume store has already is not done again.

The store keeps two entries a video: what it shows (every face, whoever it is), and what was made of that. Another
decision on who is who, or another quality rule, makes the second one anew and never decodes. A long video that is cut
(`align.span_frames`) has one for each span until these are joined.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from fer_data.execution.engines import Crash, Engine
from fer_data.execution.store import Entry, Store
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import progress, say
from fer_data.video_jobs.spans import is_long, own_frames
from fer_data.video_jobs.tasks import AlignJob, Recipe, TaskQueue
from fer_data.video_jobs.work import EMBEDDED, FAILED, code_of, lacking, prepare
from fer_data.video_jobs.worker import write_failure

__all__ = ["align_videos"]


def align_videos(jobs: Sequence[AlignJob], recipe: Recipe, engine: Engine) -> dict[str, Path]:
    """Return the folder of each video's result, by video_id, after making those that the store lacks.

    The caller holds the store's lock. The longest videos come first. A video whose worker dies twice ends as
    `decode_error`; it and videos that could not be decoded to the end are tried again by the next run.

    Raises:
        FerDataError: the detector cannot be used, or the store cannot be written.
    """
    store = Store(recipe.store)
    store.sweep()
    doomed = (FAILED,) if recipe.params.identity.keep else (FAILED, EMBEDDED)
    entries = store.entries()
    store.discard(entry.key for entry in entries if any(name in entry.about for name in doomed))
    store.discard(_joined(entries))
    folders = {job.request.video_id: store.get(job.key) for job in jobs}
    missing = [job for job in jobs if folders[job.request.video_id] is None]
    missing.sort(key=lambda job: (-job.request.num_packets, job.request.video_id))
    with keeping(partial(_kept, recipe)):
        _make(missing, recipe, engine, earlier=sum(_frames(jobs)) - sum(_frames(missing)))
    for job in missing:
        folders[job.request.video_id] = store.get(job.key)
    lost = [video_id for video_id, folder in folders.items() if folder is None]
    if lost:
        raise lacking(recipe.store, f"the result of {lost[0]!r}")
    return {video_id: folder for video_id, folder in folders.items() if folder is not None}


def _frames(jobs: Sequence[AlignJob]) -> list[int]:
    return [job.request.num_packets for job in jobs]


def _kept(recipe: Recipe) -> str:
    what = "videos" if recipe.params.span_frames is None else "videos and spans"
    return f"Finished {what} stay in the resume store ({recipe.store}), and the next run goes on from there."


def _joined(entries: Sequence[Entry]) -> list[str]:
    """Return the keys of spans that are joined, as a run that was killed right behind that leaves them."""
    there = {entry.key for entry in entries}
    return [entry.key for entry in entries if entry.about.get("of") in there]


def _make(jobs: Sequence[AlignJob], recipe: Recipe, engine: Engine, *, earlier: int) -> None:
    total = earlier + sum(_frames(jobs))
    store = Store(recipe.store)
    queue = TaskQueue(
        jobs,
        long=lambda job: is_long(job.request, recipe.params) and not store.has(job.observed),
        has=store.has,
    )
    with (
        progress("align", total, "frames", done=earlier) as work,
        _swept(recipe),
        closing(engine.run(partial(prepare, recipe), queue.tasks, work.advance)) as running,
    ):
        for index, result in running:
            if isinstance(result, Crash):
                job = queue.lost(index)
                if job is not None:
                    say(f"{job.request.video_id}: {result.reason}, twice")
                    _write_crash(job, recipe)
                continue
            for span in queue.done(index, result):
                work.advance(len(own_frames(span.plan, span.number, recipe.params)))


@contextmanager
def _swept(recipe: Recipe) -> Iterator[None]:
    """Remove what workers leave behind in the store when they are killed."""
    try:
        yield
    finally:
        Store(recipe.store).sweep()


def _write_crash(job: AlignJob, recipe: Recipe) -> None:
    about = {**job.about(), **code_of(recipe), FAILED: "crash"}
    error = f"{job.request.video_id}: the worker process died twice."
    with Store(recipe.store).writing(job.key, about) as folder:
        write_failure(job.request, folder, error, recipe.params)
