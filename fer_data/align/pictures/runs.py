"""Align many shards of pictures side by side, each at most once: what the resume store has is not done again."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fer_data.align.pictures.shards import PictureRecipe, Shard
from fer_data.align.pictures.worker import align_shard, write_lost_shard
from fer_data.execution.engines import Crash, Engine, Report
from fer_data.execution.store import Store
from fer_data.shell.interruption import keeping
from fer_data.shell.progress import progress, say
from fer_data.video_jobs.keys import picture_environment
from fer_data.video_jobs.work import FAILED, check_environment, lacking

__all__ = ["ShardTask", "align_shards", "environment_of"]


@dataclass(frozen=True, slots=True)
class ShardTask:
    """One shard and the key of its result."""

    shard: Shard
    key: str

    def about(self, recipe: PictureRecipe) -> dict[str, str]:
        """Return what the store's entry says of itself."""
        name = self.shard.series_id
        return {"video_id": name, "subjects": name, "code": recipe.environment["code"]}


def environment_of(engine: str, device: str, *, given: bool) -> dict[str, str]:
    """Return what every worker must compute with; crops that are given need no engine."""
    return picture_environment(None if given else engine, device)


def align_shards(tasks: Sequence[ShardTask], recipe: PictureRecipe, engine: Engine) -> dict[str, Path]:
    """Return the folder of each shard's result, by series_id, after making those that the store lacks.

    The caller holds the store's lock. A shard whose worker dies twice ends as `decode_error` and is tried again by the
    next run.

    Raises:
        FerDataError: the detector cannot be used, or the store cannot be written.
    """
    store = Store(recipe.store)
    store.sweep()
    store.discard(entry.key for entry in store.entries() if FAILED in entry.about)
    folders = {task.key: store.get(task.key) for task in tasks}
    missing = [task for task in tasks if folders[task.key] is None]
    with keeping(
        lambda: f"Finished shards stay in the resume store ({recipe.store}), and the next run goes on there."
    ):
        _make(missing, recipe, engine, earlier=_rows(tasks) - _rows(missing))
    found = {task.shard.series_id: folders[task.key] or store.get(task.key) for task in tasks}
    for name, folder in found.items():
        if folder is None:
            raise lacking(recipe.store, f"the result of {name!r}")
    return {name: folder for name, folder in found.items() if folder is not None}


def _rows(tasks: Sequence[ShardTask]) -> int:
    return sum(len(task.shard) for task in tasks)


def _make(tasks: Sequence[ShardTask], recipe: PictureRecipe, engine: Engine, *, earlier: int) -> None:
    total = earlier + _rows(tasks)
    try:
        with (
            progress("align", total, "rows", done=earlier) as work,
            closing(engine.run(partial(_prepare, recipe), tasks, work.advance)) as running,
        ):
            for index, result in running:
                if isinstance(result, Crash):
                    say(f"{tasks[index].shard.series_id}: {result.reason}, twice")
                    _write_crash(tasks[index], recipe)
    finally:
        Store(recipe.store).sweep()


def _prepare(recipe: PictureRecipe) -> Callable[[ShardTask, Report], None]:
    """Return the work of one process: align a shard into the store.

    Raises:
        StoreError: this process would compute with something else than the run that asks for it.
    """
    params = recipe.params
    check_environment(recipe.environment, environment_of(params.engine, params.device, given=recipe.given))
    detector = None
    if not recipe.given:
        from fer_data.detectors import open_detector

        detector = open_detector(params)

    def work(task: ShardTask, report: Report) -> None:
        with Store(recipe.store).writing(task.key, task.about(recipe)) as folder:
            align_shard(task.shard, folder, recipe, detector, report=report)

    return work


def _write_crash(task: ShardTask, recipe: PictureRecipe) -> None:
    with Store(recipe.store).writing(task.key, task.about(recipe) | {FAILED: "crash"}) as folder:
        write_lost_shard(task.shard, folder, recipe)
