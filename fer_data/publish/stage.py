"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data import __version__
from fer_data.core.labels.published_splits import LEFT_OUT, NEAR_DUPLICATE, SplitCodes
from fer_data.core.labels.tasks import SPLITS, TASKS
from fer_data.errors import DatasetError
from fer_data.execution.cores import core_count
from fer_data.execution.prefetch import in_order
from fer_data.execution.seals import Seal, seal_of
from fer_data.params.publish import PublishParams
from fer_data.publish.batches import PublishedBatch, StoredImages, batch_makers, open_images
from fer_data.publish.card_files import write_card
from fer_data.publish.card_tables import CardSplit
from fer_data.publish.crop_origin import CropOrigin
from fer_data.publish.dataset_licence import dataset_licence
from fer_data.publish.face_sample import FaceSample
from fer_data.publish.hf_writer import SplitWriter, write_dataset_dict
from fer_data.publish.leakage import SplitPeople, hold_gate, split_people
from fer_data.publish.provenance import (
    NO_DETECTOR,
    detector_record,
    file_records,
    made_by,
    upstream_params,
)
from fer_data.publish.row_labels import lost_labels, own_labels, task_rows
from fer_data.publish.split_tally import SplitTally
from fer_data.publish.summary import counts_by_split, headlines, summary_of
from fer_data.published.content import ContentHash, dataset_sha256
from fer_data.published.documents import read_balance
from fer_data.published.feature_forms import Features, arrow_schema
from fer_data.published.features import published_features
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.sealed import read_json, sealed
from fer_data.shell.progress import Progress, progress
from fer_data.tables.corpus_classes import stated_labels
from fer_data.tables.encoding import EncodingRecord, read_chain
from fer_data.tables.face_rows import class_names, has_crop, metadata, num_rows
from fer_data.tables.near_duplicates import NearDuplicates, read_near_duplicates
from fer_data.tables.origin import stated_origin
from fer_data.tables.published_series import PublishedSeries, published_series, row_splits
from fer_data.tables.same_person import ConfirmedPeople, confirmed_people
from fer_data.tables.schemas import COPIES, FACE_ROWS, VARIANT, write_table

__all__ = ["PublishInputs", "headlines", "publish"]

_BATCH_ROWS, _LARGE_PX = 256, 256
"""Rows of a record batch at this side in px; smaller pictures come in as many more."""

_MOST_THREADS = 8
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class PublishInputs:
    """The folders that a dataset is published from, the file of subjects who are one person, and who is excluded."""

    faces: Path
    variant: Path
    balanced: Path
    same_person: Path | None = None
    excluded: Mapping[str, list[str] | Literal["all"]] = field(default_factory=dict)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return those that must not be written to."""
        return (self.faces, self.variant, self.balanced)


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """The task, the split of every row for it, which rows are near-duplicates, and who has several names."""

    task: str
    splits: SplitCodes
    duplicates: NearDuplicates
    people: SplitPeople

    def record(self, gate: str) -> dict[str, Any]:
        """Return what provenance says of pictures and people that occur more than once."""
        return {"near_duplicates": dict(self.duplicates.counts), "leakage": self.people.record(gate)}


def publish(
    inputs: PublishInputs,
    output: Path,
    *,
    resolution: int,
    params: PublishParams,
    seals: Mapping[str, Seal],
) -> dict[str, Any]:
    """Write the dataset that `datasets.load_from_disk` opens, and return the summary.

    `seals` are those of the stages that made the inputs: their code, parameters and libraries become its provenance.
    Rows go through one series and a few hundred pictures at a time, so memory does not grow with the data. A split
    without rows is left out. The order is that of the table; copies follow their parent.

    Raises:
        CorpusError: a line of confirmed pairs breaks a rule or names nobody.
        DatasetError: a table or picture is missing, damaged, of another run, or `publish.leakage` stops it.
        LicenceError: `publish.licence` is more open than a corpus in it.
    """
    seals = {**seals, "publish": seal_of("publish", publish=params)}
    ran_with = _allowed(inputs, params, upstream_params(seals))
    with new_folder(output, "published", overwrite=True, inputs=inputs.folders) as folder:
        classes = class_names(inputs.faces)
        balance = _balance(inputs, classes, ran_with["balance"]["strategy"])
        chain = _chain(inputs, resolution)
        placed = _placed(inputs, ran_with["dataset"]["task"], params.leakage)
        features = published_features(classes)
        left_out: Counter[str] = Counter()
        splits = _write_splits(
            *(inputs, folder, features),
            resolution=resolution, placed=placed, left_out=left_out, shard_bytes=params.shard_mb * _MB,
        )  # fmt: skip
        record = _provenance(inputs, splits, chain, publish=params, params=ran_with, left_out=left_out)
        record |= {**made_by(seals), **placed.record(params.leakage)}
        cards = _finish(splits, record, len(classes))
        record["corpora"] = _write_rows(folder / "rows.parquet", inputs.faces, placed.splits, len(classes))
        write_json(folder / "balance.json", {**balance, **_known_to_train(record)})
        write_card(folder, splits, cards, features=features, provenance=record, balance=balance)
        _close(folder, splits, record | {"counts": counts_by_split(cards, classes)})
    return summary_of(cards, classes, record)


def _allowed(inputs: PublishInputs, publish: PublishParams, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that the data were made with, once their licences let them go by the stated one."""
    dataset_licence(inputs.faces, publish, params)
    return params


def _placed(inputs: PublishInputs, task: str, gate: str) -> _Placed:
    duplicates = read_near_duplicates(inputs.variant, task)
    splits = row_splits(inputs.faces, task, duplicates.leaving)
    confirmed = (
        ConfirmedPeople()
        if inputs.same_person is None
        else confirmed_people(inputs.same_person, inputs.faces, inputs.excluded)
    )
    people = split_people(inputs.faces, splits, confirmed)
    hold_gate(people, gate)
    return _Placed(task, splits, duplicates, people)


def _known_to_train(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `balance.json` says beside the balance: `train` depends on that document alone."""
    return {"dataset_sha256": record["dataset_sha256"], "licence": record["licence"]["kind"]}


def _write_rows(path: Path, faces: Path, placed: SplitCodes, classes: int) -> dict[str, int]:
    """Write every row of the task, and return how many there are of each corpus, whose rows stand together."""
    corpora: Counter[str] = Counter()

    def counted() -> Iterator[pa.Table]:
        for corpus, rows in task_rows(faces, placed, classes):
            corpora[corpus] += len(rows)
            yield rows

    write_table(path, counted(), FACE_ROWS, metadata(faces))
    return dict(corpora)


def _balance(inputs: PublishInputs, classes: list[str], strategy: str) -> dict[str, Any]:
    path = inputs.balanced / "balance.json"
    try:
        read_balance(path)
        balance: dict[str, Any] = read_json(path)
    except DatasetError as error:
        raise DatasetError(f"{error} Run `dvc repro balance` to build it.") from error
    found = (balance.get("classes"), balance["strategy"])
    if found != (classes, strategy):
        raise DatasetError(
            f"{path} was made for strategy {found[1]!r} and classes {found[0]}, expected "
            f"{strategy!r} and {classes}. Run `dvc repro balance` to rebuild it."
        )
    return balance


def _chain(inputs: PublishInputs, resolution: int) -> EncodingRecord:
    chain = read_chain(inputs.variant)
    if chain is None or chain.to_px != resolution:
        raise DatasetError(
            f"{inputs.variant} holds {f'{chain.to_px} px' if chain else 'no'} pictures, expected {resolution} px. "
            "Run `dvc repro multires` to rebuild it; without any crop there is nothing to publish."
        )
    return chain


def _write_splits(
    inputs: PublishInputs,
    folder: Path,
    features: Features,
    *,
    resolution: int,
    placed: _Placed,
    left_out: Counter[str],
    shard_bytes: int,
) -> dict[str, SplitTally]:
    """Write every split's shards and count in `left_out` what could not go in; return the splits in their order.

    Threads make the batches, and hash shards that are closed; here they are written, in the order of the table.
    """
    splits: dict[str, SplitTally] = {}
    count = min(_MOST_THREADS, core_count())
    told = progress(f"publish {resolution} px", num_rows(inputs.faces), "rows")
    with told as work, ThreadPoolExecutor(count) as threads, ExitStack() as stack:

        def split_of(name: str) -> SplitTally:
            if name not in splits:
                options: dict[str, Any] = {"shard_bytes": shard_bytes, "threads": threads}
                writer = SplitWriter(folder / name, features, **options)
                faces = FaceSample(placed.task, features["expression"]["names"])
                splits[name] = SplitTally(stack.enter_context(writer), ContentHash(), faces)
            return splits[name]

        making = _making(
            *(inputs, placed, features),
            resolution=resolution, left_out=left_out, split_of=split_of, work=work,
        )  # fmt: skip
        for split, published in in_order(threads, making, most=count + 2):
            split.add(published)
            work.advance(published.originals)
    return {name: splits[name] for name in SPLITS if name in splits}


def _making(
    inputs: PublishInputs,
    placed: _Placed,
    features: Features,
    *,
    resolution: int,
    left_out: Counter[str],
    split_of: Callable[[str], SplitTally],
    work: Progress,
) -> Iterator[tuple[SplitTally, Callable[[], PublishedBatch]]]:
    """Yield what makes each batch of every series, with the split that it belongs to."""
    classes, schema = len(features["expression"]["names"]), arrow_schema(features)
    batch_rows = max(_BATCH_ROWS, _BATCH_ROWS * _LARGE_PX // resolution)
    for series in published_series(inputs.faces, placed.splits):
        cropped = _cropped(series)
        published = int((cropped.splits > LEFT_OUT).sum())
        left_out["rows"] += int((cropped.splits == LEFT_OUT).sum())
        left_out["near_duplicates"] += int((cropped.splits == NEAR_DUPLICATE).sum())
        work.advance(len(series.rows) - published)
        if not published:
            continue
        pictures = _pictures(inputs, cropped)
        for name in (name for name in SPLITS if cropped.places(name).size):
            places, split = cropped.places(name), split_of(name)
            rows = cropped.rows if len(places) == len(cropped.rows) else cropped.rows.take(places)
            left_out.update(lost_labels(rows, pa.scalar(name), classes))
            split.meet(rows, series.corpus, resolution)
            labels = own_labels(rows, pa.scalar(name), classes)
            named = labels.append_column("corpus", pa.repeat(series.corpus, len(rows)))
            named = named.append_column("person_id", placed.people.confirmed.person_ids(rows["subject_id"]))
            named = named.append_column("duplicate_group", placed.duplicates.groups_of(rows["row_id"]))
            copies = _copies(inputs, series.series_id) if name == "train" else None
            options: dict[str, Any] = {"batch_rows": batch_rows, "split": name, "schema": schema}
            for maker in batch_makers(named, (pictures, places), copies, **options):
                yield split, maker


def _cropped(series: PublishedSeries) -> PublishedSeries:
    """Return a series with those of its rows that have a crop."""
    cropped = has_crop(series.rows)
    kept = np.asarray(pc.fill_null(cropped, fill_value=False).to_numpy(), np.bool_)
    return replace(series, rows=series.rows.filter(cropped), splits=series.splits[kept])


def _pictures(inputs: PublishInputs, series: PublishedSeries) -> StoredImages:
    """Return the pictures of all rows of a series that have a crop.

    Raises:
        DatasetError: the file is missing or damaged, or has the pictures of other rows.
    """
    path = inputs.variant / f"{series.series_id}.arrow"
    pictures = open_images(path, VARIANT)
    if not pictures.table["row_id"].combine_chunks().equals(series.rows["row_id"].combine_chunks()):
        raise DatasetError(f"{path} holds other rows than the faces. Run `dvc repro multires`.")
    return pictures


def _copies(inputs: PublishInputs, series_id: str) -> StoredImages | None:
    """Return the augmented copies of a series' rows, where there are any."""
    path = inputs.balanced / f"{series_id}.arrow"
    return open_images(path, COPIES) if path.exists() else None


def _provenance(
    inputs: PublishInputs,
    splits: Mapping[str, SplitTally],
    chain: EncodingRecord,
    *,
    publish: PublishParams,
    params: Mapping[str, Any],
    left_out: Counter[str],
) -> dict[str, Any]:
    stated, crops = metadata(inputs.faces), sum((split.origin for split in splits.values()), CropOrigin())
    detector = detector_record(stated if crops.own else NO_DETECTOR, params["align"])
    origin = stated_origin(stated)
    content = {name: split.content.hexdigest() for name, split in splits.items()}
    return {
        "name": publish.name,
        "version": publish.version,
        "resolution": chain.to_px,
        "fer_data": __version__,
        "dataset_sha256": dataset_sha256(content),
        "splits": content,
        "pictures": asdict(chain),
        "origin": None if origin is None else asdict(origin),
        **stated_labels(stated),
        "geometry": crops.geometry(params["align"]["geometry"]),
        "crops": asdict(crops),
        "detector": detector,
        "licence": asdict(dataset_licence(inputs.faces, publish, params, detector["name"])),
        "left_out": {
            "rows": left_out["rows"],
            "near_duplicates": left_out["near_duplicates"],
            "classes": left_out["classes"],
            "labels": {task: left_out[task] for task in TASKS},
        },
        "params": params,
    }


def _close(folder: Path, splits: Mapping[str, SplitTally], record: Mapping[str, Any]) -> None:
    """Write what `datasets` opens a folder by, and last the provenance, with the hashes of all other files."""
    write_dataset_dict(folder, list(splits))
    writers = {name: split.writer for name, split in splits.items()}
    rows = {name: writer.rows_by_shard for name, writer in writers.items()}
    files = file_records(folder, rows, {name: writer.sha256_by_shard for name, writer in writers.items()})
    write_json(folder / "provenance.json", sealed({**record, "files": files}))


def _finish(splits: Mapping[str, SplitTally], record: Mapping[str, Any], classes: int) -> list[CardSplit]:
    cards = []
    for name, split in splits.items():
        fingerprint = hashlib.sha256(f"{name}\n{record['splits'][name]}".encode()).hexdigest()[:16]
        cards.append(split.card(name, classes, split.writer.finish(fingerprint).num_bytes))
    return cards
