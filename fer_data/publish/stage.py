"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from fer_data import __version__
from fer_data.core.labels.published_splits import SplitCodes
from fer_data.core.labels.tasks import TASKS
from fer_data.errors import DatasetError
from fer_data.execution.beside import HERE, Beside
from fer_data.execution.seals import Seal, seal_of
from fer_data.params.publish import PublishParams
from fer_data.publish.block_batches import BlockBatches
from fer_data.publish.card_files import begin_labels, write_card
from fer_data.publish.card_tables import CardSplit
from fer_data.publish.crop_origin import CropOrigin
from fer_data.publish.dataset_licence import dataset_licence
from fer_data.publish.hf_writer import write_dataset_dict
from fer_data.publish.leakage import SplitPeople, hold_gate, split_people
from fer_data.publish.provenance import (
    NO_DETECTOR,
    detector_record,
    file_records,
    made_by,
    upstream_params,
)
from fer_data.publish.split_tally import SplitTally
from fer_data.publish.split_writing import Target, written_splits
from fer_data.publish.summary import counts_by_split, headlines, summary_of
from fer_data.published.content import dataset_sha256
from fer_data.published.documents import read_balance
from fer_data.published.feature_forms import Features
from fer_data.published.features import published_features
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.sealed import read_json, sealed
from fer_data.tables.corpus_classes import stated_labels
from fer_data.tables.encoding import EncodingRecord, read_chain
from fer_data.tables.face_rows import class_names, metadata
from fer_data.tables.near_duplicates import NearDuplicates, read_near_duplicates
from fer_data.tables.origin import stated_origin
from fer_data.tables.published_series import row_splits
from fer_data.tables.same_person import ConfirmedPeople, confirmed_people

__all__ = ["PublishInputs", "headlines", "publish"]

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

    def source(self, inputs: PublishInputs, features: Features, resolution: int) -> BlockBatches:
        """Return what gives the batches of the dataset."""
        return BlockBatches(
            *(inputs.variant, inputs.balanced, features, resolution),
            duplicates=self.duplicates,
            people=self.people.confirmed,
        )

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
    beside: Beside = HERE,
) -> dict[str, Any]:
    """Write the dataset that `datasets.load_from_disk` opens, its picture drawn `beside`, and return the summary.

    `seals` are those of the stages that made the inputs: their code, parameters and libraries become its provenance.
    Rows go through some thousand and a few hundred pictures at a time, so memory does not grow with the data. A split
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
        source = placed.source(inputs, features, resolution)
        target = Target(folder, placed.task, params.shard_mb * _MB)
        with written_splits(inputs.faces, source, placed.splits, target) as splits:
            labels = begin_labels(splits, classes, f"{params.name} {params.version}, {resolution} px", beside)
        record = _provenance(inputs, splits, chain, publish=params, params=ran_with, left_out=source.left_out)
        record |= {**made_by(seals), **placed.record(params.leakage)}
        cards = _finish(splits, record, len(classes))
        record["corpora"] = dict(source.corpora)
        write_json(folder / "balance.json", {**balance, **_known_to_train(record)})
        write_card(folder, splits, cards, labels(), features=features, provenance=record, balance=balance)
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
