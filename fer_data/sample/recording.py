"""Record one video of the corpus: its scene, and its frames as a file, some of them lost where that is planted."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Image
from fer_data.execution.engines import Report
from fer_data.sample.casting import VideoPlan
from fer_data.sample.encode import truncate_video, write_video
from fer_data.sample.labels import Annotations, annotate
from fer_data.sample.scene import Scene, film, stage_scene, walk_out
from fer_data.sample.truth import FaceTruth, truth_table

__all__ = ["record"]


def record(
    plan: VideoPlan, folder: Path, supersampling: int, report: Report
) -> tuple[dict[str, Annotations], pa.Table]:
    """Write the file of a video below `folder`; return the annotations of its subjects, and the truth of its faces."""
    scene = _scene(plan)
    faces: list[FaceTruth] = []
    path, codec = folder / plan.path, "mpeg4" if plan.suffix == "avi" else "libx264"
    frames = _recorded(film(scene, supersampling), faces, report)
    write_video(path, frames, plan.fps, codec, pts_milliseconds=_irregular_times(plan))
    if plan.keeps is not None:
        truncate_video(path, plan.keeps)
    annotations = {
        role.subject_id: annotate(role.performance) for role in scene.roles if role.subject_id is not None
    }
    return annotations, truth_table(plan.video_id, faces)


def _recorded(
    film: Iterable[tuple[Image, list[FaceTruth]]], faces: list[FaceTruth], report: Report
) -> Iterator[Image]:
    for frame, truths in film:
        faces.extend(truths)
        yield frame
        report(1)


def _scene(plan: VideoPlan) -> Scene:
    cast = [(actor.number, actor.subject_id, actor.side) for actor in plan.actors]
    scene = stage_scene(plan.seed, plan.n_frames, cast, size_wh=plan.size_wh)
    *others, last = scene.roles
    performance = last.performance
    if plan.leaves_at is not None:
        performance = walk_out(performance, plan.leaves_at, width=plan.size_wh[0])
    if plan.absent is not None:
        frames = np.arange(plan.n_frames)
        performance = replace(performance, present=(frames < plan.absent[0]) | (frames >= plan.absent[1]))
    return replace(scene, roles=(*others, replace(last, performance=performance)))


def _irregular_times(plan: VideoPlan) -> list[int] | None:
    """Return presentation times in ms that no frame rate explains, or None for a video with a constant rate."""
    if not plan.variable_frame_rate:
        return None
    steps = np.random.default_rng(plan.seed).integers(25, 70, plan.n_frames)
    return [int(time) for time in np.cumsum(steps) - steps[0]]
