"""Turn a batch of detector outputs into faces on the device: candidates, decoding, suppression.

Equal to the onnxruntime detectors' arithmetic, one picture at a time, and to `core.suppression`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fer_data.core.vision.faces import Faces
from fer_data.detectors.scrfd_heads import ScrfdHeads
from fer_data.detectors.torch.resampling import on_device

__all__ = ["FaceBatch", "decode_centerface", "decode_scrfd", "suppress_batch"]

_CENTERFACE_STRIDE = 4
_MAX_PAIRS = 1 << 26


@dataclass(frozen=True, slots=True)
class FaceBatch:
    """Candidates of N pictures, best score first, padded to M a picture.

    Attributes:
        boxes: (N, M, 4) float32: x_min, y_min, x_max, y_max.
        scores: (N, M) float32.
        landmarks: (N, M, 5, 2) float32.
        kept: (N, M) bool; False for padding and for suppressed boxes.
    """

    boxes: Tensor
    scores: Tensor
    landmarks: Tensor
    kept: Tensor

    def to_source(self, scale: float, height: int, width: int) -> "FaceBatch":
        """Return the faces in source pixels, boxes cut at the picture's edges; `scale` is input px a source px."""
        limits = on_device(np.array([width, height, width, height], np.float32), self.boxes.device)
        boxes = torch.minimum((self.boxes / scale).clamp(min=0), limits)
        return FaceBatch(boxes, self.scores, self.landmarks / scale, self.kept)

    def suppressed(self, max_iou: float) -> "FaceBatch":
        """Return the faces without those that overlap a better one of their picture by more than `max_iou`."""
        kept = suppress_batch(self.boxes, self.kept, max_iou)
        return FaceBatch(self.boxes, self.scores, self.landmarks, kept)

    def to_host(self) -> list[Faces]:
        """Return the kept faces of each picture, in one copy from the device."""
        count, most = self.scores.shape
        parts = (self.boxes, self.scores[..., None], self.landmarks.flatten(2), self.kept[..., None].float())
        rows = torch.cat(parts, -1).cpu().numpy().reshape(count, most, 16)
        return [_faces(image[image[:, 15] > 0]) for image in rows]


def _faces(rows: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Faces:
    return Faces(
        np.ascontiguousarray(rows[:, :4]),
        np.ascontiguousarray(rows[:, 4]),
        np.ascontiguousarray(rows[:, 5:15]).reshape(-1, 5, 2),
    )


def _candidates(scores: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return places, scores and validity, (N, M) each, of the chosen scores (N, A), best first, ties in their order."""
    most = int(chosen.sum(1).max()) if len(scores) else 0
    ordered, indices = torch.where(chosen, scores, -1.0).sort(dim=1, descending=True, stable=True)
    return indices[:, :most], ordered[:, :most], ordered[:, :most] >= 0


def _pick(values: Tensor, indices: Tensor) -> Tensor:
    """Return rows of (N, A, C) at the places (N, M), shape (N, M, C)."""
    return values.gather(1, indices[..., None].expand(-1, -1, values.shape[2]))


def decode_centerface(outputs: Sequence[Tensor], min_score: float) -> FaceBatch:
    """Return the faces, unsuppressed, of CenterFace's maps: heat, log sizes, offsets and landmarks, y before x."""
    heat, size, offset, marks = (value.float().flatten(2).transpose(1, 2) for value in outputs)
    columns = outputs[0].shape[3]
    indices, scores, valid = _candidates(heat[..., 0], heat[..., 0] > min_score)
    grid = torch.stack([indices % columns, indices // columns], -1).float()
    sides = _pick(size, indices).flip(-1).exp() * _CENTERFACE_STRIDE
    low = (grid + _pick(offset, indices).flip(-1) + 0.5) * _CENTERFACE_STRIDE - sides / 2
    points = _pick(marks, indices).reshape(*indices.shape, 5, 2).flip(-1)
    landmarks = points * sides[:, :, None] + low[:, :, None]
    return FaceBatch(torch.cat([low, low + sides], -1), scores, landmarks, valid)


def decode_scrfd(
    outputs: Sequence[Tensor], heads: ScrfdHeads, sides: tuple[int, int], min_score: float
) -> FaceBatch:
    """Return the faces, unsuppressed, of SCRFD's batch-first outputs for input pictures of (height, width).

    Networks without landmarks give NaN for them.
    """
    values = [value.float() for value in outputs]
    levels = len(heads.strides)
    scores = torch.cat(values[:levels], 1)[..., 0]
    indices, best, valid = _candidates(scores, scores >= min_score)
    centres, stride = _anchors(heads.strides, sides, heads.anchors, scores.device)
    middle, step = centres[indices], stride[indices][..., None]
    edges = _pick(torch.cat(values[levels : 2 * levels], 1), indices) * step
    boxes = torch.cat([middle - edges[..., :2], middle + edges[..., 2:]], -1)
    if heads.kinds < 3:
        marks = boxes.new_full((*indices.shape, 5, 2), torch.nan)
    else:
        offsets = _pick(torch.cat(values[2 * levels :], 1), indices) * step
        marks = middle[:, :, None] + offsets.reshape(*indices.shape, 5, 2)
    return FaceBatch(boxes, best, marks, valid)


def _anchors(
    strides: Sequence[int], sides: tuple[int, int], anchors: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return centres (A, 2), x before y, and strides (A,) of all anchors, level by level and row by row."""
    centres, steps = [], []
    for stride in strides:
        rows = torch.arange(sides[0] // stride, device=device)
        columns = torch.arange(sides[1] // stride, device=device)
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        level = torch.stack([x, y], -1).reshape(-1, 2).repeat_interleave(anchors, 0) * stride
        centres.append(level.float())
        steps.append(torch.full((len(level),), float(stride), device=device))
    return torch.cat(centres), torch.cat(steps)


def suppress_batch(boxes: Tensor, valid: Tensor, max_iou: float) -> Tensor:
    """Return which boxes (N, M, 4), best first in each picture, greedy suppression keeps, shape (N, M).

    A box is kept when no kept box before it overlaps it too much. Iterating that rule on all boxes at once settles
    at least one more box each time and ends where it changes nothing: at the greedy result.
    """
    count, most = valid.shape
    if count * most * most > _MAX_PAIRS and count > 1:
        halves = (slice(None, count // 2), slice(count // 2, None))
        return torch.cat([suppress_batch(boxes[half], valid[half], max_iou) for half in halves])
    earlier = torch.ones(most, most, dtype=torch.bool, device=boxes.device).triu(1)
    rivals = (_overlaps(boxes).double() > max_iou) & earlier & valid[:, :, None] & valid[:, None]
    kept = valid
    for _ in range(most):
        settled = valid & ~(rivals & kept[:, :, None]).any(1)
        if torch.equal(settled, kept):
            break
        kept = settled
    return kept


def _overlaps(boxes: Tensor) -> Tensor:
    """Return the intersection over union of all pairs of each picture's boxes, shape (N, M, M)."""
    areas = (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)
    low = torch.maximum(boxes[:, :, None, :2], boxes[:, None, :, :2])
    high = torch.minimum(boxes[:, :, None, 2:], boxes[:, None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    union = areas[:, :, None] + areas[:, None] - shared
    return torch.where(union > 0, shared / union, 0.0)
