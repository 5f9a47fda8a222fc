"""Stage `align`: from videos and their catalog to one state for every row and a crop for every row that is kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from fer_data.align.assembly import assemble
from fer_data.align.pictures.stage import align_pictures
from fer_data.assignment.requests import VideoRequest
from fer_data.detectors import Detector, open_detector
from fer_data.errors import CorpusError
from fer_data.execution.compute import ComputeParams
from fer_data.execution.engines import Engine, open_engine
from fer_data.execution.leases import exclusive
from fer_data.execution.store import store_folder
from fer_data.identity.network import identity_weights
from fer_data.media.frame_rules import frame_rule
from fer_data.params.align import AlignParams, IdentityParams
from fer_data.params.source import SourceParams
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import say
from fer_data.tables.pictures import of_pictures
from fer_data.tables.schemas import ROWS, VIDEOS, read_table
from fer_data.video_jobs.jobs import align_jobs, align_requests
from fer_data.video_jobs.keys import environment
from fer_data.video_jobs.memory import large_pages
from fer_data.video_jobs.tasks import Recipe
from fer_data.video_jobs.videos import align_videos

__all__ = ["align", "headlines"]


def align(
    catalog: Path,
    root: Path,
    faces: Path,
    reports: Path,
    *,
    source: SourceParams,
    align: AlignParams,
    compute: ComputeParams,
) -> dict[str, Any]:
    """Write crops and row states into `faces` and pictures of the decisions into `reports`, and return the summary.

    Each video is decoded once, and not at all when the resume store has what it shows. Its `decisions` hold what a
    person settled by hand. With its `crops` the organisers' crops settle who is who, and stand in for a video that the
    corpus lacks. The same catalog, videos and parameters give the same bytes, whatever the engine and workers.

    Raises:
        CorpusError: the corpus folder or that of the crops is missing, or a line of its `decisions` breaks a rule.
        DetectorError: the detector cannot be used.
        OutputError: something else stands at an output.
        StoreError: another run holds the resume store, or it cannot be written.
        ConservationError: the row states do not add up to the catalog's rows.
    """
    if not root.is_dir():
        raise CorpusError(
            f"{source.key('root')} ({root}) must be the folder of the corpus; there is none. Correct the path."
        )
    store = store_folder(compute).absolute()
    inputs = [catalog, root, store, source.crops]
    with large_pages(), _outputs(faces, reports, inputs) as (new_faces, new_reports):
        rows = read_table(catalog / "rows.parquet", ROWS)
        engine = open_engine(compute, gpus=align.device == "cuda")
        pictures = of_pictures(rows)
        make = align_pictures if pictures else _align_videos
        with exclusive(store, "align"):
            folders, detector = make(
                catalog, rows, root, source=source, align=align, engine=engine, store=store
            )
            summary = assemble(rows, folders, new_faces, new_reports, source=source, detector=detector)
        return {**summary, "videos": 0} if pictures else summary


def _align_videos(
    catalog: Path,
    rows: pa.Table,
    root: Path,
    *,
    source: SourceParams,
    align: AlignParams,
    engine: Engine,
    store: Path,
) -> tuple[dict[str, Path], Detector | None]:
    """Return the folder of each video's result, and the detector; None where given crops are all there is."""
    videos = read_table(catalog / "videos.parquet", VIDEOS)
    detector = open_detector(align)
    _begin_identity(align.identity, store)
    recipe = Recipe(align, frame_rule(source), environment(align.engine, align.device), store)
    requests = align_requests(rows, videos, root, source, align=align)
    jobs = align_jobs(requests, recipe, detector.weights_sha256)
    return align_videos(jobs, recipe, engine), _used(requests, detector)


def _used(requests: Sequence[VideoRequest], detector: Detector) -> Detector | None:
    """Return the detector, or None where given crops are all there is, so that it detected nothing."""
    return None if any(request.unaltered for request in requests) else detector


def _begin_identity(identity: IdentityParams, store: Path) -> None:
    """Check the network of `align.identity`, where it is on, and say what it does to people."""
    if identity.name == "none":
        return
    identity_weights(identity)
    end = (
        f"identity.keep is true: they stay in the resume store ({store}) until a run without it removes them"
        if identity.keep
        else "they are held in memory, and gone when each video is done"
    )
    say(
        f"align.identity: {identity.name} embeds up to 8 faces of each track to tell the people of a video apart. "
        f"That is processing of biometric data: have a legal basis for it. Embeddings are never published; {end}."
    )


@contextmanager
def _outputs(faces: Path, reports: Path, inputs: Sequence[Path | str | None]) -> Iterator[tuple[Path, Path]]:
    known = [Path(path) for path in inputs if path is not None]
    with (
        new_folder(faces, "faces", name="FACES", overwrite=True, inputs=known) as new_faces,
        new_folder(reports, "assignment", name="REPORTS", overwrite=True, inputs=known) as new_reports,
    ):
        yield new_faces, new_reports


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show."""
    states = {name: summary["states"][name] for name in ("kept", "no_face", "low_quality", "decode_error")}
    counts = {name: summary[name] for name in ("corpus", "videos", "rows")}
    needed = summary["rows"] - summary["states"]["unlabelled"] - summary["states"]["withdrawn"]
    coverage = {"coverage": round(states["kept"] / needed, 6)} if needed else {}
    doubts = {"doubtful": summary["doubtful_decisions"]}
    return counts | states | coverage | doubts | {"findings": sum(summary["findings"].values())}
