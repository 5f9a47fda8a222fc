"""Stage `align`: from videos and their catalog to one state for every row and a crop for every row that is kept."""

import shutil
from pathlib import Path
from typing import Any

from fer_data.alignment.assembly import assemble
from fer_data.alignment.local import AlignJob, align_locally
from fer_data.alignment.requests import video_requests
from fer_data.detectors import open_detector
from fer_data.errors import CorpusError, ParamsError
from fer_data.files import atomic_directory
from fer_data.params.align import AlignParams
from fer_data.params.compute import ComputeParams
from fer_data.params.source import SourceParams
from fer_data.tables import ROWS, VIDEOS, read_table

__all__ = ["align"]


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

    Each video is decoded once. The outputs appear when all is done; the same catalog, videos and parameters give the
    same bytes for any number of workers.

    Raises:
        CorpusError: the corpus folder is missing.
        DetectorError: the detector cannot be used.
        ConservationError: the row states do not add up to the catalog's rows.
    """
    if not root.is_dir():
        raise CorpusError(
            f"source.root ({root}) must be the folder of the corpus; there is none. Correct the path."
        )
    if compute.engine != "local":
        raise ParamsError(f"compute.engine ({compute.engine}) must be local.")
    rows = read_table(catalog / "rows.parquet", ROWS)
    videos = read_table(catalog / "videos.parquet", VIDEOS)
    detector = open_detector(align)
    with atomic_directory(faces) as new_faces, atomic_directory(reports) as new_reports:
        work = new_faces / ".work"
        requests = video_requests(rows, videos, root, source.task)
        jobs = [AlignJob(request, work / f"{place:06d}") for place, request in enumerate(requests)]
        align_locally(
            jobs, align, tolerance_frames=source.frame_policy.tolerance_frames, workers=compute.workers
        )
        folders = {job.request.video_id: job.folder for job in jobs}
        summary = assemble(rows, folders, new_faces, new_reports, task=source.task, detector=detector)
        shutil.rmtree(work, ignore_errors=True)
    return summary
