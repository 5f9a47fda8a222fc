"""Align many videos side by side, each at most once: what the resume store has already is not done again.

The store keeps two entries a video: what it shows (every face, whoever it is), and what was made of that. Another
decision on who is who, or another quality rule, makes the second one anew and never decodes.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fer_data.assignment.requests import VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.detectors import Detector
from fer_data.errors import StoreError
from fer_data.execution.engines import Crash, Engine, Report
from fer_data.execution.store import Store
from fer_data.params.align import AlignParams
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import progress, say
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.observed import observe_into
from fer_data.video_jobs.worker import align_video, write_failure

__all__ = ["OBSERVED", "AlignJob", "Recipe", "align_videos", "prepare"]

OBSERVED = "observed"
"""Kind of an entry of the store that holds what a video shows, not what was made of it."""

_FAILED = "failed"
"""Key of `Entry.about` for a result that another run shall try to better."""

_EMBEDDED = "embedded"
"""Key of `Entry.about` for a result that holds embeddings of faces: it ends with the first run that keeps none."""


@dataclass(frozen=True, slots=True)
class AlignJob:
    """One video, the key of its result, and that of what it shows."""

    request: VideoRequest
    key: str
    observed: str

    def about(self) -> dict[str, str]:
        """Return what the store's entry says of itself."""
        subjects = "/".join(subject.subject_id for subject in self.request.subjects)
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


def align_videos(jobs: Sequence[AlignJob], recipe: Recipe, engine: Engine) -> dict[str, Path]:
    """Return the folder of each video's result, by video_id, after making those that the store lacks.

    The caller holds the store's lock. The longest videos come first. A video whose worker dies twice ends as
    `decode_error`; it and videos that could not be decoded to the end are tried again by the next run.

    Raises:
        FerDataError: the detector cannot be used, or the store cannot be written.
    """
    store = Store(recipe.store)
    store.sweep()
    doomed = (_FAILED,) if recipe.params.identity.keep else (_FAILED, _EMBEDDED)
    store.discard([entry.key for entry in store.entries() if any(name in entry.about for name in doomed)])
    folders = {job.request.video_id: store.get(job.key) for job in jobs}
    missing = [job for job in jobs if folders[job.request.video_id] is None]
    missing.sort(key=lambda job: (-job.request.num_packets, job.request.video_id))
    with keeping(partial(_kept, store)):
        _make(missing, recipe, engine, earlier=sum(_frames(jobs)) - sum(_frames(missing)))
    for job in missing:
        folders[job.request.video_id] = store.get(job.key)
    lost = [video_id for video_id, folder in folders.items() if folder is None]
    if lost:
        raise StoreError(
            f"compute.store ({recipe.store}) lacks the result of {lost[0]!r} right after it was written. "
            "Use a folder that all workers share."
        )
    return {video_id: folder for video_id, folder in folders.items() if folder is not None}


def _frames(jobs: Sequence[AlignJob]) -> list[int]:
    return [job.request.num_packets for job in jobs]


def _kept(store: Store) -> str:
    return f"Finished videos stay in the resume store ({store.root}), and the next run goes on from there."


def _make(jobs: Sequence[AlignJob], recipe: Recipe, engine: Engine, *, earlier: int) -> None:
    total = earlier + sum(_frames(jobs))
    with (
        progress("align", total, "frames", done=earlier) as work,
        _swept(recipe),
        closing(engine.run(partial(prepare, recipe), jobs, work.advance)) as running,
    ):
        for index, crash in running:
            if isinstance(crash, Crash):
                say(f"{jobs[index].request.video_id}: {crash.reason}, twice")
                _write_crash(jobs[index], recipe)


@contextmanager
def _swept(recipe: Recipe) -> Iterator[None]:
    """Remove what workers leave behind in the store when they are killed."""
    try:
        yield
    finally:
        Store(recipe.store).sweep()


def _write_crash(job: AlignJob, recipe: Recipe) -> None:
    about = {**job.about(), **_code(recipe), _FAILED: "crash"}
    error = f"{job.request.video_id}: the worker process died twice."
    with Store(recipe.store).writing(job.key, about) as folder:
        write_failure(job.request, folder, error, recipe.params)


def prepare(recipe: Recipe) -> Callable[[AlignJob, Report], None]:
    """Return the work of one process: align a video into the store.

    Raises:
        StoreError: this process would compute with something else than the run that asks for it.
    """
    from fer_data.detectors import open_detector
    from fer_data.identity.network import open_identity

    _check_environment(recipe)
    detector, identity = open_detector(recipe.params), open_identity(recipe.params.identity)
    store = Store(recipe.store)

    def work(job: AlignJob, report: Report) -> None:
        observed = _observed(job, recipe, detector, report)
        about = {**job.about(), **_code(recipe)}
        if recipe.params.identity.keep:
            about[_EMBEDDED] = recipe.params.identity.name
        with store.writing(job.key, about) as folder:
            summary = align_video(
                job.request,
                folder,
                recipe.params,
                detector,
                rule=recipe.rule,
                report=report,
                observed=observed,
                identity=identity,
            )
            if summary.error is not None:
                about[_FAILED] = "decode"

    return work


def _observed(job: AlignJob, recipe: Recipe, detector: Detector, report: Report) -> Path | None:
    """Return the folder of what a video shows, after looking at it where the store lacks that; None without a video."""
    if job.request.path is None:
        return None
    store = Store(recipe.store)
    folder = store.get(job.observed)
    if folder is not None:
        report(job.request.num_packets)
        return folder
    about = {**job.about(), "kind": OBSERVED, "code": recipe.environment["observing"]}
    with store.writing(job.observed, about) as made:
        seen = observe_into(made, job.request, recipe.params, detector, report=report)
        if seen.decoded.error is not None:
            about[_FAILED] = "decode"
    return store.get(job.observed)


def _code(recipe: Recipe) -> dict[str, str]:
    return {"code": recipe.environment["code"]}


def _check_environment(recipe: Recipe) -> None:
    here = environment(recipe.params.engine, recipe.params.device)
    for name, expected in recipe.environment.items():
        if here[name] != expected:
            raise StoreError(
                f"{socket.gethostname()} has {name} {here[name]}, the run that asks for work {expected}. "
                "Install the same versions of fer_data and its packages everywhere: bytes depend on them."
            )
