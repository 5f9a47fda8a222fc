"""One sheet a video with the organisers' crops above our own of the same frames."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from fer_data.assignment.reference_crops import Evidence, Example
from fer_data.core.arrays import Image
from fer_data.pictures.images import encode_jpeg
from fer_data.video_jobs.decisions import Decision

__all__ = ["crop_sheet"]

_COLUMNS = 8
_TILE_PX = 112
_LABEL_PX = 18
_CAPTION_PX = 44
_QUALITY = 90
_WIDTH_PX = _COLUMNS * _TILE_PX
_INK, _PAPER, _WARNING = (40, 40, 40), 255, (190, 40, 30)


def crop_sheet(decisions: Sequence[Decision], evidence: Mapping[str, Evidence]) -> bytes | None:
    """Return a JPEG with two rows a subject, the organisers' crops and ours below; None without evidence."""
    strips = [_strip(d, evidence[d.subject_id].examples) for d in decisions if d.subject_id in evidence]
    return encode_jpeg(np.concatenate(strips), _QUALITY) if strips else None


def _strip(decision: Decision, examples: Sequence[Example]) -> Image:
    strip = np.full((_CAPTION_PX + 2 * _TILE_PX + _LABEL_PX, _WIDTH_PX, 3), _PAPER, np.uint8)
    shown = decision.crops_verdict == "agreed" and not decision.crops_frame_offset
    offset = "?" if decision.crops_frame_offset is None else f"{decision.crops_frame_offset:+d}"
    first = f"{decision.subject_id}: {decision.crops_verdict}, {decision.side}"
    second = (
        f"{decision.crops_matches} of {decision.crops_compared} crops match, {decision.crops_others} show others; "
        f"frame offset {offset} (sureness {decision.crops_offset_sureness:.2f}). Above: organisers, below: ours"
    )
    _write(strip, first, (4, 16), _INK if shown else _WARNING)
    _write(strip, second, (4, 36), _INK)
    for index, example in enumerate(examples[:_COLUMNS]):
        left, top = index * _TILE_PX, _CAPTION_PX
        for image in (example.theirs, example.ours):
            tile = cv2.resize(image, (_TILE_PX, _TILE_PX), interpolation=cv2.INTER_AREA)
            strip[top : top + _TILE_PX, left : left + _TILE_PX] = tile
            top += _TILE_PX
        _write(strip, f"{example.frame_index + 1:05d} {example.similarity:.2f}", (left + 3, top + 13), _INK)
    return strip


def _write(image: Image, text: str, origin: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
