"""A contact sheet an operation: pictures of several people or videos, and beside each its copies at rising strength."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.labels.tasks import LABELS
from fer_data.core.metrics.calibration import probabilities
from fer_data.core.metrics.head_outputs import unit_probabilities, units_present, within_range
from fer_data.core.sampling.operations import OPERATIONS
from fer_data.model.files import Model
from fer_data.pictures.images import encode_jpeg
from fer_data.pictures.sheet import BLACK, RED, Tile, contact_sheet
from fer_data.published.dataset import Published
from fer_data.published.licences import stated_licence_of
from fer_data.sensitivity.answers import Audit, Network
from fer_data.sensitivity.changes import COPIES, Setting

__all__ = ["write_sheets"]

_TILE_PX, _QUALITY = 208, 90
_MOST_UNITS = 4


def write_sheets(folder: Path, audit: Audit, network: Network, operations: Sequence[str]) -> dict[str, str]:
    """Write `<operation>.jpg` for each operation, and return the files by operation."""
    chosen = audit.chosen
    names = chosen.row_ids[chosen.shown].tolist()
    images = list(audit.crops(chosen.rows[chosen.shown]).read(range(len(names))))
    parents = _Answered(audit.model, network.outputs(network.inputs(images)))
    found = {}
    for operation in operations:
        strengths = OPERATIONS[operation].strengths
        columns = [parents.tiles(images, names, parents)]
        for strength in strengths:
            made = audit.changes.made(images, names, Setting(operation, strength), COPIES[0])
            label = operation if len(strengths) == 1 else f"{operation}, strength {strength:g}"
            answered = _Answered(audit.model, network.outputs(network.inputs(made)))
            columns.append(answered.tiles(made, [label] * len(made), parents))
        tiles = [column[row] for row in range(len(images)) for column in columns]
        note = _note(audit.published, audit.split, operation)
        sheet = contact_sheet(tiles, columns=len(columns), tile_px=_TILE_PX, note=note)
        found[operation] = f"{operation}.jpg"
        (folder / found[operation]).write_bytes(encode_jpeg(sheet, _QUALITY))
    return found


def _note(published: Published, split: str, operation: str) -> str:
    stated = published.provenance
    licence = " ".join(stated_licence_of(stated)["reasons"])
    name = f"{stated.get('name') or published.folder.name} {stated.get('version') or ''}".strip()
    return (
        f"{name}, {split}: {operation}, at strength 1 {OPERATIONS[operation].most}. Left: the picture and the model's "
        f"answer; red: another answer. What moves is the answer, not the label. {licence}"
    ).strip()


class _Answered:
    """What a model answers of some pictures."""

    def __init__(self, model: Model, outputs: Float32) -> None:
        self.lines = [_said(model, one) for one in outputs]
        self.decided = [_decided(model, one) for one in outputs]

    def tiles(self, images: Sequence[Image], captions: Sequence[str], parents: "_Answered") -> list[Tile]:
        """Return the pictures with a caption and the answer; in red where it is another than the parent's."""
        return [
            Tile(image, [caption, *lines], BLACK if now == was else RED)
            for image, caption, lines, now, was in zip(
                images, captions, self.lines, self.decided, parents.decided, strict=True
            )
        ]


def _decided(model: Model, outputs: Float32) -> list[int]:
    """Return what is decided of one picture: the class and the units; values decide nothing."""
    found: list[int] = []
    for task, columns in model.network.columns.items():
        if LABELS[task].kind == "classes":
            found.append(int(outputs[columns].argmax()))
        elif LABELS[task].kind == "units":
            found += units_present(outputs[columns]).tolist()
    return found


def _said(model: Model, outputs: Float32) -> list[str]:
    """Return what is answered of one picture, a line a head."""
    lines = []
    for task, columns in model.network.columns.items():
        own, names, kind = outputs[columns], model.outputs_of(task), LABELS[task].kind
        if kind == "classes":
            chance = probabilities(own[None])[0]
            lines.append(f"{names[int(chance.argmax())]} {chance.max():.2f}")
        elif kind == "values":
            pairs = zip(names, within_range(own).tolist(), strict=True)
            lines.append(" ".join(f"{name} {value:+.2f}" for name, value in pairs))
        else:
            order = np.argsort(-unit_probabilities(own), kind="stable")[: int(units_present(own).sum())]
            lines.append(" ".join(names[index] for index in order[:_MOST_UNITS].tolist()) or "no unit")
    return lines
