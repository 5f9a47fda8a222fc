"""The pictures of a corpus to crops and row states."""

from pathlib import Path

import pyarrow as pa

from fer_data.align.pictures.runs import ShardTask, align_shards, environment_of
from fer_data.align.pictures.shards import PictureRecipe, shard_key, shards_of
from fer_data.assignment.hand_lines import read_lines
from fer_data.detectors import Detector, open_detector
from fer_data.errors import CorpusError
from fer_data.execution.engines import Engine
from fer_data.params.align import AlignParams
from fer_data.params.source import SourceParams
from fer_data.tables.pictures import PICTURES, PICTURES_FILE
from fer_data.tables.schemas import read_table

__all__ = ["align_pictures"]


def align_pictures(
    catalog: Path,
    rows: pa.Table,
    root: Path,
    *,
    source: SourceParams,
    align: AlignParams,
    engine: Engine,
    store: Path,
) -> tuple[dict[str, Path], Detector | None]:
    """Return the folder of each shard's result, by series_id, and the detector; None where crops were given.

    The caller holds the store's lock.

    Raises:
        CorpusError: `decisions` of the source has a line.
        DatasetError: the table of pictures is missing or damaged.
        DetectorError: the detector cannot be used.
        StoreError: the store cannot be written.
    """
    _refuse_lines(source)
    pictures = read_table(catalog / PICTURES_FILE, PICTURES)
    given = source.section.given_crops
    detector = None if given else open_detector(align)
    environment = environment_of(align.engine, align.device, given=given)
    recipe = PictureRecipe(align, root.absolute(), given, environment, store)
    weights = detector.weights_sha256 if detector else ""
    tasks = [
        ShardTask(shard, shard_key(shard, recipe, weights))
        for shard in shards_of(rows, pictures, source.task)
    ]
    return align_shards(tasks, recipe, engine), detector


def _refuse_lines(source: SourceParams) -> None:
    """Refuse decisions by hand, which name tracks of a video.

    Raises:
        CorpusError: there is one.
    """
    lines = read_lines(Path(source.decisions), source.key("decisions"))
    for line in (line for own in lines.values() for line in own):
        raise CorpusError(
            f"{line.where}: {source.key('decisions')} ({source.decisions}) must have no line, since {source.corpus} "
            "lies as pictures: boxes of the corpus say which face is meant. Remove the line."
        )
