"""Which training rows the gates of `align.quality` took: in numbers, as a finding, and as a picture of some of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.core.labels.rows import RowState
from fer_data.core.vision.face_quality import failed_gates
from fer_data.params.align import QualityParams
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.shell.files.findings import Finding, Severity
from fer_data.tracking.face_store import Crops, FaceTable
from fer_data.video_jobs.selection import SubjectRows

__all__ = ["gate_counts", "gate_findings", "gate_sheet", "taken"]

_MANY = 0.1
_COLUMNS = 8
_TILE_PX = 112
_CAPTION_PX = 20
_QUALITY = 85


def taken(rows: SubjectRows, quality: QualityParams) -> dict[str, NDArray[np.intp]]:
    """Return the rows that each gate took, by its name and in their order; a row that fails two stands under both."""
    poor = rows.states == RowState.LOW_QUALITY
    failed = failed_gates(rows.measures, quality.model_dump())
    return {name: np.flatnonzero(mask & poor) for name, mask in failed.items() if (mask & poor).any()}


def gate_counts(subjects: Sequence[SubjectRows], quality: QualityParams) -> dict[str, int]:
    """Return the number of rows that each gate took of some subjects, those that took none left out."""
    counts: Counter[str] = Counter()
    for rows in subjects:
        counts.update({name: len(own) for name, own in taken(rows, quality).items()})
    return dict(counts)


def gate_findings(video_id: str, rows: SubjectRows, quality: QualityParams) -> Iterator[Finding]:
    """Yield how many training rows of a subject the gates took, which, and where to look; nothing if they took none."""
    by_gate = taken(rows, quality)
    if not by_gate:
        return
    train = int((rows.subject.train & rows.subject.needed).sum())
    count = int((rows.states == RowState.LOW_QUALITY).sum())
    each = ", ".join(f"{len(own)} by {name} ({_range(rows, own)})" for name, own in by_gate.items())
    message = (
        f"{count} of {train} training rows end as low_quality: {each}. Look at "
        f"reports/assignment/NAME/low_quality/{video_id}.jpg; align.quality sets the limits, and 0 turns one off."
    )
    severity = Severity.WARNING if count > _MANY * train else Severity.INFO
    yield Finding("low-quality", severity, message, subject_id=rows.subject.subject_id, video_id=video_id)


def _range(rows: SubjectRows, own: NDArray[np.intp]) -> str:
    first, last = (int(rows.subject.frames[index]) + 1 for index in (own[0], own[-1]))
    return f"row {first:05d}" if first == last else f"rows {first:05d} to {last:05d}"


def gate_sheet(
    subjects: Sequence[SubjectRows], faces: FaceTable, crops: Crops, quality: QualityParams
) -> bytes | None:
    """Return a JPEG with up to eight faces that each gate took of each subject; None where they took none."""
    strips = [
        _strip(rows, name, own, faces=faces, crops=crops, limit=getattr(quality, name))
        for rows in subjects
        for name, own in taken(rows, quality).items()
    ]
    return encode_jpeg(np.concatenate(strips), _QUALITY) if strips else None


def _strip(
    rows: SubjectRows, name: str, own: NDArray[np.intp], *, faces: FaceTable, crops: Crops, limit: float
) -> Image:
    strip = np.full((_CAPTION_PX + _TILE_PX, _COLUMNS * _TILE_PX, 3), 255, np.uint8)
    caption = f"{rows.subject.subject_id}: {len(own)} rows fail {name} {limit:g}; row and measure"
    _write(strip, caption, (4, 14), (0, 0, 0))
    step = max(1, -(-len(own) // _COLUMNS))
    for column, row in enumerate(own[(step - 1) // 2 :: step][:_COLUMNS]):
        tile = strip[_CAPTION_PX:, column * _TILE_PX : (column + 1) * _TILE_PX]
        index = int(rows.faces[row])
        crop = decode(crops.crop(int(faces.offsets[index]), int(faces.lengths[index])))
        tile[:] = cv2.resize(crop, (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_AREA)
        text = f"{rows.subject.frames[row] + 1:05d} {rows.measures[name[4:]][row]:.3g}"
        tile[:14] = 255
        _write(tile, text, (3, 11), (0, 0, 0))
    return strip


def _write(image: Image, text: str, origin: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
