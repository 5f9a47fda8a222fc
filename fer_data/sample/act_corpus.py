"""Write acts as a small corpus with its truth, for tests and measurements of who is taken for whom."""

from collections.abc import Iterator, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Image
from fer_data.execution.engines import Report, Work, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.sample.encode import write_video
from fer_data.sample.labels import Annotations, LabelTroubles, annotate, write_labels
from fer_data.sample.scenes import draw_act
from fer_data.sample.shots import Act, film_act
from fer_data.sample.truth import TRUTH, FaceTruth, truth_table
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.schemas import write_table

__all__ = ["write_acts"]

_FPS = 25
_SPLITS = {"expression": "train"}


def write_acts(root: Path, wanted: Sequence[tuple[str, int]], *, workers: int = 1) -> None:
    """Write the acts of the given kinds and seeds to `root`, in the layout of ABAW2, with `truth.parquet`.

    The bytes do not depend on the workers.
    """
    ordered = sorted(set(wanted))
    with new_folder(root, "corpus", overwrite=True) as folder:
        (folder / "batch1").mkdir()
        if workers == 1:
            tables = [_write_act(folder, one) for one in ordered]
        else:
            with progress("acts", len(ordered), "videos") as work:
                results = whole_results(
                    LocalEngine(workers), partial(_prepare, folder), ordered, work.advance
                )
                tables = [table for _, table in sorted(results, key=itemgetter(0))]
        write_table(folder / "truth.parquet", tables, TRUTH)


def _prepare(folder: Path) -> Work[tuple[str, int], pa.Table]:
    cv2.setNumThreads(1)

    def work(wanted: tuple[str, int], report: Report) -> pa.Table:
        table = _write_act(folder, wanted)
        report(1)
        return table

    return work


def _write_act(root: Path, wanted: tuple[str, int]) -> pa.Table:
    act = draw_act(*wanted)
    faces: list[FaceTruth] = []

    write_video(root / "batch1" / f"{act.video_id}.mp4", _recorded(act, faces), _FPS)
    for subject_id in act.sides:
        write_labels(root, _SPLITS, _annotations(act, subject_id), LabelTroubles(subject_id))
    return truth_table(act.video_id, faces)


def _recorded(act: Act, faces: list[FaceTruth]) -> Iterator[Image]:
    for image, truths in film_act(act):
        faces.extend(truths)
        yield image


def _annotations(act: Act, subject_id: str) -> Annotations:
    """Return the labels of every frame; a shot without the subject counts as neutral."""
    parts = []
    for shot in act.shots:
        own = [role.performance for role in shot.scene.roles if role.subject_id == subject_id]
        if own:
            parts.append(annotate(own[0]))
        else:
            n = len(shot.scene.sway)
            parts.append(
                Annotations(np.zeros(n, np.int8), np.zeros((n, 2), np.float32), np.zeros((n, 12), np.int8))
            )
    return Annotations(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Annotations.__slots__)
    )
