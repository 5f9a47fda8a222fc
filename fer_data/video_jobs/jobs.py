"""What `align` and `fer-data decide` do to a corpus, as one job a video."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from fer_data.assignment.hand_lines import read_lines
from fer_data.assignment.requests import VideoRequest, video_requests, with_lines
from fer_data.corpora.crops import find_crops, fit_crops
from fer_data.params.align import AlignParams
from fer_data.params.source import SourceParams
from fer_data.shell.files.home import at_home
from fer_data.video_jobs.crop_files import with_crops
from fer_data.video_jobs.keys import looked_key, observed_key, video_key
from fer_data.video_jobs.tasks import AlignJob, Recipe

__all__ = ["align_jobs", "align_requests"]


def align_requests(
    rows: pa.Table, videos: pa.Table, root: Path, source: SourceParams, *, align: AlignParams
) -> list[VideoRequest]:
    """Return what `align` asks of each video: rows, the organisers' crops, and the lines written by hand.

    Raises:
        CorpusError: the folder of crops is missing, or a line of the source's `decisions` breaks a rule.
    """
    lines = read_lines(Path(source.decisions), source.key("decisions"))
    labels = align.quality.min_difference > 0
    asked = video_requests(rows, videos, root, source.task, labels=labels)
    requests = with_lines(asked, lines, withdrew=source.withdrew)
    if source.crops is None:
        return requests
    found = find_crops(at_home(source.crops).absolute(), source.key("crops"))
    crops = {source.prefix + name: folder for name, folder in found.items()}
    named = (subject.series_id for request in requests for subject in request.subjects)
    return with_crops(requests, fit_crops(crops, named), every_row=align.rows == "all")


def align_jobs(requests: Sequence[VideoRequest], recipe: Recipe, weights_sha256: str) -> list[AlignJob]:
    """Return the work on each video, with the keys of what it shows and of its result."""
    return [
        AlignJob(
            request,
            video_key(
                request,
                recipe.params,
                rule=recipe.rule,
                weights_sha256=weights_sha256,
                environment=recipe.environment,
            ),
            *(
                key(request, recipe.params, weights_sha256=weights_sha256, environment=recipe.environment)
                for key in (observed_key, looked_key)
            ),
        )
        for request in requests
    ]
