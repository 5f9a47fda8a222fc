"""Write the rendered corpus: videos by a pool of processes, then labels, lists, the planted faults and the truth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.execution.engines import Report, Work, whole_results
from fer_data.execution.engines.local import LocalEngine
from fer_data.sample.casting import VideoPlan, cast_videos
from fer_data.sample.faults import LABELS_WITHOUT_VIDEO, STRAY_FILES, Fault, label_troubles, plant_in_videos
from fer_data.sample.labels import Annotations, LabelTroubles, annotate, label_path, write_labels
from fer_data.sample.motion import draw_timeline, perform
from fer_data.sample.truth import TRUTH
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.schemas import write_table

if TYPE_CHECKING:
    from fer_data.params.sample import SampleParams

__all__ = ["headlines", "sample"]

_TEST_LIST = "annotations/expression_test_set.txt"


@dataclass(frozen=True, slots=True, eq=False)
class _Filmed:
    """What remains of a video once its file is written."""

    annotations: Mapping[str, Annotations]
    truth: pa.Table


def sample(root: Path, params: "SampleParams", *, workers: int = 0, overwrite: bool = True) -> dict[str, Any]:
    """Write an Aff-Wild2-shaped corpus of rendered faces to `root`, in the layout of ABAW2, and return its summary.

    Beside the corpus lie `truth.parquet` (see `sample.truth`) and `faults.json`. With `overwrite` an older rendered
    corpus is replaced once the new one is whole. The bytes depend on `params` alone; 0 workers means one a core.

    Raises:
        OutputError: `root` must not be replaced.
    """
    plans, faults = cast_videos(params), list[Fault]()
    if params.faults:
        plans, faults = plant_in_videos(plans)
    with new_folder(root, "corpus", name="DIRECTORY", overwrite=overwrite) as folder:
        for plan in plans:
            (folder / plan.path).parent.mkdir(parents=True, exist_ok=True)
        filmed = _film_all(folder, plans, params.supersampling, workers)
        faults += _annotate_all(folder, plans, filmed, params)
        if params.faults:
            faults += _litter(folder, params)
        write_json(folder / "faults.json", [fault.as_json() for fault in faults])
        write_table(folder / "truth.parquet", (filmed[plan.video_id].truth for plan in plans), TRUTH)
    return _summary(plans, filmed, faults)


def _film_all(
    folder: Path, plans: Sequence[VideoPlan], supersampling: int, workers: int
) -> dict[str, _Filmed]:
    """Film every video, the longest first, and return what remains by `video_id`."""
    longest_first = sorted(plans, key=lambda plan: (-plan.cost, plan.video_id))
    prepare = partial(_prepare, folder, supersampling)
    with progress("sample", sum(plan.n_frames for plan in plans), "frames") as work:
        results = whole_results(LocalEngine(workers), prepare, longest_first, work.advance)
        return {longest_first[index].video_id: filmed for index, filmed in results}


def _prepare(folder: Path, supersampling: int) -> Work[VideoPlan, _Filmed]:
    """Load what films, in the process that does so alone: that of the stage would wait half a second for it."""
    import cv2

    from fer_data.sample.ahead import compile_shade
    from fer_data.sample.recording import record

    def work(plan: VideoPlan, report: Report) -> _Filmed:
        return _Filmed(*record(plan, folder, supersampling, report))

    cv2.setNumThreads(1)
    compile_shade()
    return work


def _annotate_all(
    folder: Path, plans: Iterable[VideoPlan], filmed: Mapping[str, _Filmed], params: "SampleParams"
) -> list[Fault]:
    """Write all label files and the test list, and return the troubles that were planted in them."""
    faults, listed = [], []
    for plan in plans:
        for actor in plan.actors:
            if actor.subject_id is not None:
                troubles = LabelTroubles(actor.subject_id)
                if params.faults:
                    troubles, planted = label_troubles(plan, actor, params.seed)
                    faults += planted
                write_labels(
                    folder, actor.splits, filmed[plan.video_id].annotations[actor.subject_id], troubles
                )
                if actor.splits.get("expression") == "test":
                    listed.append(actor.subject_id)
    path = folder / _TEST_LIST
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{subject_id}\n" for subject_id in sorted(listed)))
    return faults


def _litter(folder: Path, params: "SampleParams") -> list[Fault]:
    """Leave stray files and a label file without a video, and return them as faults."""
    faults = []
    for name in STRAY_FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x00\x00\x00\x01Bud1")
        faults.append(Fault("stray-file", name, None, "a file that an operating system left"))
    rng = np.random.default_rng(seed_from("labels-without-video", params.seed))
    timeline = draw_timeline(rng, params.min_frames)
    performance = perform(rng, timeline, centre=(0.0, 0.0), head_px=1.0)
    write_labels(folder, {"expression": "train"}, annotate(performance), LabelTroubles(LABELS_WITHOUT_VIDEO))
    file = label_path("expression", "train", LABELS_WITHOUT_VIDEO)
    return [
        *faults,
        Fault("labels-without-video", file, LABELS_WITHOUT_VIDEO, "a label file whose video is missing"),
    ]


def _summary(
    plans: Sequence[VideoPlan], filmed: Mapping[str, _Filmed], faults: Iterable[Fault]
) -> dict[str, Any]:
    """Return counts, and the rendered training frames by expression."""
    actors = [(plan, actor) for plan in plans for actor in plan.actors]
    classes: Counter[int] = Counter()
    for plan, actor in actors:
        if actor.subject_id is not None and actor.splits.get("expression") == "train":
            classes.update(filmed[plan.video_id].annotations[actor.subject_id].expression.tolist())
    return {
        "videos": len(plans),
        "subjects": sum(actor.subject_id is not None for _, actor in actors),
        "people": len(actors),
        "frames": sum(plan.n_frames for plan in plans),
        "faults": dict(sorted(Counter(fault.rule for fault in faults).items())),
        "train_frames_by_expression": {name: classes[index] for index, name in enumerate(SEVEN_CLASSES)},
    }


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show."""
    counts = {name: summary[name] for name in ("videos", "subjects", "people")}
    faults = sum(summary["faults"].values())
    return {"corpus": "rendered sample", **counts, "rows": summary["frames"], "findings": faults}
