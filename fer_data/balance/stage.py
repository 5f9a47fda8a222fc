"""Stage `balance`: what meets class imbalance, and the augmented copies where that is the way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.published_splits import SplitCodes
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import EXPRESSION, split_column
from fer_data.core.sampling.balancing import CopyPlan, TrainRows, copy_id, plan_copies
from fer_data.core.sampling.imbalance import imbalance_ratio, inverse_frequency_weights
from fer_data.errors import DatasetError, ParamsError
from fer_data.execution.engines import Report, Work
from fer_data.execution.engines.ordered import ordered_results
from fer_data.params.balance import BalanceParams
from fer_data.params.source import DatasetParams
from fer_data.pictures.images import decode
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress
from fer_data.tables.corpus_classes import corpus_classes
from fer_data.tables.encoding import EncodingRecord, read_chain
from fer_data.tables.face_rows import class_names, metadata
from fer_data.tables.near_duplicates import read_near_duplicates
from fer_data.tables.origin import origin_text, stated_origin
from fer_data.tables.published_series import published_series, row_splits
from fer_data.tables.same_person import ConfirmedPeople, confirmed_people
from fer_data.tables.schemas import COPIES, FACE_ROWS, PLAN, VARIANT, read_arrow, write_arrow, write_table

__all__ = ["WEIGHTS_FORMULA", "balance", "headlines"]

WEIGHTS_FORMULA = (
    "w = N / (K * n): N labelled training rows, n of them of the class, K classes that have any; the mean over the "
    "rows is 1 (King and Zeng 2001; scikit-learn's 'balanced')"
)
_COPIES_PER_WORKER, _COPIES_PER_FORK = 2_000, 100
_BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class _Job:
    """One series' copies, with all that a worker process needs to render them."""

    source: Path
    target: Path
    chain: EncodingRecord
    parents: Sequence[str]
    numbers: Int64
    seeds: Int64


def balance(
    faces: Path,
    variant: Path,
    output: Path,
    *,
    resolution: int,
    balance: BalanceParams,
    dataset: DatasetParams,
    excluded: Mapping[str, list[str] | Literal["all"]] | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Write the plan, the weights and the rendered copies of one resolution, and return the summary.

    The plan follows from the faces' table, its near-duplicates and the parameters alone, so it is the same at every
    resolution. `excluded` subjects, by the prefix of their source, may stand in `dataset.same_person` still; `workers`
    processes render (0: one per core), where there is work enough for them to pay.

    Raises:
        DatasetError: a table or a parent's picture is missing or damaged.
        ParamsError: the strategy needs expression labels, and no training row has one.
    """
    with new_folder(output, "balanced", overwrite=True, inputs=[faces, variant]) as folder:
        classes = class_names(faces)
        placed = row_splits(faces, dataset.task, read_near_duplicates(variant, dataset.task).leaving)
        rows = _train_rows(faces, placed, len(classes))
        if not len(rows) and balance.strategy != "none":
            raise ParamsError(
                f"balance.strategy ({balance.strategy}) needs training rows with an expression, and task "
                f"{dataset.task} has none. Set it to none."
            )
        people = confirmed_people(Path(dataset.same_person), faces, excluded)
        plan = _plan(rows, people, len(classes), balance)
        stated = metadata(faces)
        summary = {"corpus_classes": corpus_classes(stated), **_summary(rows, plan, classes, balance)}
        write_table(folder / "plan.parquet", [_plan_table(rows, plan)], PLAN)
        write_json(folder / "balance.json", summary)
        jobs = list(_jobs(rows, plan, (variant, folder), resolution))
        _render_all(jobs, workers, resolution=resolution)
    corpus = origin_text(stated_origin(stated))
    return {"corpus": corpus, "resolution": resolution, **summary, "copies_total": len(plan)}


def _train_rows(faces: Path, placed: SplitCodes, num_classes: int) -> pa.Table:
    """Return the kept training rows whose expression stays in a dataset: ids and label; `placed` are their splits."""
    stays = split_column(EXPRESSION)
    columns = ["row_id", "series_id", "subject_id", "expression", "state", stays]
    found = [FACE_ROWS.empty_table().select(columns[:4])]
    for series in published_series(faces, placed, columns):
        table = series.rows.take(series.places("train"))
        kept = pc.and_(pc.equal(table["state"], str(RowState.KEPT)), pc.equal(table[stays], "train"))
        chosen = table.filter(pc.and_(kept, pc.less(table["expression"], num_classes)))
        found.append(chosen.select(columns[:4]).replace_schema_metadata(None))
    return pa.concat_tables(found)


def _labels(rows: pa.Table) -> NDArray[np.int8]:
    return np.asarray(rows["expression"].to_numpy())


def _plan(rows: pa.Table, confirmed: ConfirmedPeople, num_classes: int, params: BalanceParams) -> CopyPlan:
    if params.strategy != "augment":
        return CopyPlan(*(np.zeros(0, np.int64) for _ in range(3)))
    persons = confirmed.person_ids(rows["subject_id"])
    people = persons.combine_chunks().dictionary_encode().indices.to_numpy()
    return plan_copies(
        TrainRows(rows["row_id"].to_pylist(), people, _labels(rows)),
        num_classes,
        target_ratio=params.target_ratio,
        max_copies=params.max_copies,
        seed=params.seed,
    )


def _plan_table(rows: pa.Table, plan: CopyPlan) -> pa.Table:
    parents = rows.take(plan.parents)
    columns = {
        "parent_id": parents["row_id"],
        "series_id": parents["series_id"],
        "subject_id": parents["subject_id"],
        "copy": pa.array(plan.numbers, pa.int32()),
        "seed": pa.array(plan.seeds, pa.int64()),
    }
    return pa.table({name: columns[name] for name in PLAN.names})


def _summary(rows: pa.Table, plan: CopyPlan, classes: list[str], params: BalanceParams) -> dict[str, Any]:
    labels = _labels(rows)
    counts = np.bincount(labels, minlength=len(classes)).tolist()
    copies = np.bincount(labels[plan.parents], minlength=len(classes)).tolist()
    weighted = params.strategy in {"weights", "sampler"}
    balanced = [count + copy for count, copy in zip(counts, copies, strict=True)]
    return {
        "strategy": params.strategy,
        "classes": classes,
        "train_counts": counts,
        "copies": copies,
        "class_weights": inverse_frequency_weights(counts) if weighted else None,
        "class_weights_formula": WEIGHTS_FORMULA if weighted else None,
        "imbalance_ratio_before": imbalance_ratio(counts),
        "imbalance_ratio_after": imbalance_ratio(balanced),
        "seed": params.seed,
        "target_ratio": params.target_ratio,
        "max_copies": params.max_copies,
    }


def _jobs(rows: pa.Table, plan: CopyPlan, folders: tuple[Path, Path], resolution: int) -> Iterator[_Job]:
    variant, output = folders
    chain = read_chain(variant) if len(plan) else None
    if len(plan) and (chain is None or chain.to_px != resolution):
        raise DatasetError(
            f"{variant} holds {f'{chain.to_px} px' if chain else 'no'} pictures, expected {resolution} px. "
            "Run `dvc repro multires` to rebuild it."
        )
    series = pc.run_end_encode(rows["series_id"].take(plan.parents).combine_chunks())
    start = 0
    for name, end in zip(series.values.to_pylist(), series.run_ends.to_pylist(), strict=True):
        if chain is not None:
            parents = rows["row_id"].take(plan.parents[start:end]).to_pylist()
            files = variant / f"{name}.arrow", output / f"{name}.arrow"
            yield _Job(*files, chain, parents, plan.numbers[start:end], plan.seeds[start:end])
        start = end


def _render_all(jobs: list[_Job], workers: int, *, resolution: int) -> None:
    amounts = [len(job.parents) for job in jobs]
    with progress(f"balance {resolution} px", sum(amounts), "copies") as work:
        ordered_results(
            *(_renderer, jobs, work.advance),
            amounts=amounts,
            workers=workers,
            least=_COPIES_PER_WORKER,
            forked=_COPIES_PER_FORK,
        )


def _renderer() -> Work[_Job, None]:
    import fer_data.media.augmentation  # noqa: F401 - once, for all processes that are copies of this one

    return _render


def _render(job: _Job, report: Report) -> None:
    write_arrow(job.target, _reported(_copies(job), report), COPIES, {"chain": job.chain.to_json()})


def _reported(tables: Iterator[pa.Table], report: Report) -> Iterator[pa.Table]:
    for table in tables:
        yield table
        report(len(table))


def _copies(job: _Job) -> Iterator[pa.Table]:
    from fer_data.media.augmentation import LIBRARY, Augmentation, augment

    drawn = zip(job.parents, job.numbers.tolist(), job.seeds.tolist(), strict=True)
    by_parent = {
        parent: [(number, seed) for _, number, seed in copies]
        for parent, copies in groupby(drawn, key=itemgetter(0))
    }
    held: list[dict[str, Any]] = []
    for parent_id, parent in _parents(job.source, by_parent):
        image = decode(parent)
        for number, seed in by_parent[parent_id]:
            made, operations = augment(image, seed)
            record = Augmentation(seed, number, LIBRARY, job.chain.encoder, job.chain.quality, operations)
            encoded, pixels = job.chain.encode_hashed(made)
            held.append(
                {
                    "row_id": copy_id(parent_id, number),
                    "parent_id": parent_id,
                    "image": encoded,
                    "augmentation": record.to_json(),
                    "pixels_sha256": pixels,
                }
            )
        if len(held) >= _BATCH_ROWS:
            yield pa.Table.from_pylist(held, COPIES)
            held = []
    yield pa.Table.from_pylist(held, COPIES)


def _parents(source: Path, by_parent: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    found = 0
    for batch in read_arrow(source, VARIANT):
        rows = pa.Table.from_batches([batch])
        for row in rows.filter(pc.is_in(rows["row_id"], pa.array(list(by_parent)))).to_pylist():
            found += 1
            yield row["row_id"], row["image"]
    if found != len(by_parent):
        raise DatasetError(
            f"{source} holds {found} of the {len(by_parent)} parents that the plan names. "
            "Run `dvc repro multires` to rebuild it."
        )


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show; `balance.json` has the rest."""
    counts = {"rows": sum(summary["train_counts"]), "copies": summary["copies_total"]}
    ratios = {"imbalance": summary["imbalance_ratio_before"], "balanced": summary["imbalance_ratio_after"]}
    return {"corpus": summary["corpus"], **counts, **ratios}
