"""Measure how far a model's answer moves under each operation of augmentation, and write it as tables and pictures."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import LABELS
from fer_data.core.metrics.bootstrap import interval_note
from fer_data.core.metrics.sensitivity import measured
from fer_data.core.sampling.operations import OPERATIONS
from fer_data.published.with_model import cited, open_with_model
from fer_data.sensitivity.answers import Audit, Network, Sums, pictures_asked, summed_moves
from fer_data.sensitivity.changes import Changes, Setting, settings_of
from fer_data.sensitivity.pictures import chosen_pictures
from fer_data.sensitivity.plot import plot_moves
from fer_data.sensitivity.seen import Seen, audited, seen_by
from fer_data.sensitivity.sheets import write_sheets
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.private import privately
from fer_data.shell.progress import progress

__all__ = ["DRAWS", "MEANING", "SensitivityOptions", "sensitivity"]

DRAWS = 2000
"""Of the bootstrap, behind every 95 % interval."""

MEANING = (
    "This says how far the model's answers move. It does not say that a label changed: an answer that moves may be "
    "right or wrong before and after."
)

COLUMNS = (
    "task", "measure", "operation", "strength", "moved", "moved_low", "moved_high", "two_seeds", "two_seeds_low",
    "two_seeds_high", "difference", "difference_low", "difference_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SensitivityOptions:
    """What is audited, and how.

    Attributes:
        split: train, validation or test.
        operations: names in `OPERATIONS`; none: all that the model did not see.
        faces: whether contact sheets are written where the licence restricts the pictures.
        device: cpu or cuda.
        batch_size: pictures at a time.
        seed: of the copies and of the bootstrap's draws.
    """

    split: str
    operations: tuple[str, ...]
    faces: bool
    device: str
    batch_size: int
    seed: int


def sensitivity(
    dataset: Path, model: Path, output: Path, *, options: SensitivityOptions, overwrite: bool = False
) -> dict[str, Any]:
    """Write how far a model's answer moves under each operation that it never saw, and return the summary.

    Originals of a split are changed twice, by two seeds, at each strength. `output` gets `sensitivity.json` (the
    summary), `sensitivity.csv`, `sensitivity.png` and a contact sheet an operation; no sheet where the licence
    restricts the pictures, unless `options.faces` asks for them. Nobody else may read restricted output (mode 0600).

    Raises:
        DatasetError: the dataset is missing or damaged, or has no such split or no picture in it.
        WeightsError: the model is missing or damaged, does not say what it saw, or wants crops of another geometry.
        ParamsError: the device is not there, or an operation is unknown or was seen in training.
        OutputError: `output` must not be replaced.
    """
    writing = new_folder(output, "sensitivity", name="--output", overwrite=overwrite, inputs=(dataset, model))
    with writing as folder:
        published, loaded = open_with_model(dataset, model, options.device)
        seen = seen_by(loaded, published)
        operations, left_out = audited(list(options.operations), published.resolution, seen)
        chosen, changes = chosen_pictures(published, options.split), Changes(published, options.seed)
        audit, network = (
            Audit(published, loaded, options.split, chosen, changes),
            Network(loaded, options.device),
        )
        summary = {
            **_stated(audit, options),
            **_audited(operations, left_out, seen),
            "results": _measured(audit, network, operations, options),
        }
        restricted = summary["licence"]["kind"] != "open"
        with privately(folder, restricted=restricted):
            shown = options.faces or not restricted
            summary["sheets"] = write_sheets(folder, audit, network, operations) if shown else {}
            summary["shown"] = chosen.row_ids[chosen.shown].tolist() if shown else []
            _write(folder, summary)
    return summary


def _measured(
    audit: Audit, network: Network, operations: Sequence[str], options: SensitivityOptions
) -> list[dict[str, Any]]:
    settings = settings_of(operations)
    with progress("sensitivity", pictures_asked(audit, settings), "images") as work:
        sums = summed_moves(audit, network, settings, batch_size=options.batch_size, advance=work.advance)
    return _results(sums, audit.chosen.counts, options.seed)


def _stated(audit: Audit, options: SensitivityOptions) -> dict[str, Any]:
    """Return what was measured on what."""
    published, model, chosen = audit.published, audit.model, audit.chosen
    learnt = (model.description.get("data") or {}).get("dataset_sha256")
    same = learnt is not None and learnt == published.provenance.get("dataset_sha256")
    return {
        **cited(published, model, made="pictures"),
        "says": MEANING,
        "split": options.split,
        "learnt_from_these": same and options.split == "train",
        "pictures": len(chosen.rows),
        "pictures_of_split": chosen.of,
        "drawn": list(chosen.drawn.kinds),
        "units": len(chosen.names),
        "interval_note": interval_note(len(chosen.names), {}, chosen.drawn),
        "draws": DRAWS,
        "seed": options.seed,
    }


def _audited(operations: Sequence[str], left_out: Mapping[str, str], seen: Seen) -> dict[str, Any]:
    return {
        "operations": {name: OPERATIONS[name].most for name in operations},
        "left_out": dict(left_out),
        "start": seen.start,
    }


def _results(sums: Sums, counts: Int64, seed: int) -> list[dict[str, Any]]:
    """Return one entry a task, measure and setting."""
    found = []
    for task, by_setting in sums.items():
        kind = LABELS[task].kind
        moves = {
            setting: measured(kind, counts, terms, draws=DRAWS, seed=seed)
            for setting, terms in by_setting.items()
        }
        for measure in next(iter(moves.values())):
            found += [_entry(task, measure, setting, moves[setting][measure]) for setting in moves]
    return found


def _entry(task: str, measure: str, setting: Setting, moved: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"task": task, "measure": measure, **asdict(setting)}
    for name, (value, interval) in moved.items():
        entry[name] = {"value": value, "interval": None if interval is None else asdict(interval)}
    return entry


def _write(folder: Path, summary: Mapping[str, Any]) -> None:
    write_json(folder / "sensitivity.json", summary)
    plot_moves(summary, folder / "sensitivity.png")
    with (folder / "sensitivity.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(_line(entry) for entry in summary["results"])


def _line(entry: Mapping[str, Any]) -> dict[str, Any]:
    line = {name: entry[name] for name in COLUMNS[:4]}
    for name in ("moved", "two_seeds", "difference"):
        interval = entry[name]["interval"] or {"low": None, "high": None}
        line |= {name: f"{entry[name]['value']:.6f}"} | {
            f"{name}_{end}": "" if interval[end] is None else f"{interval[end]:.6f}" for end in interval
        }
    return line
