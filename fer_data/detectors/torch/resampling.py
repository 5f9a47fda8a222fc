"""Reduce and warp batches of pictures on the device, by the rules of `letterbox` and `core.geometry.warp_crop`.

Nothing here needs torchvision.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from fer_data.core.arrays import Float32
from fer_data.core.vision.geometry import BORDER_PX, halved_by, softening

__all__ = ["letterbox_batch", "on_device", "warp_crops"]

_MULTIPLE = 32
_MAX_VALUES = 1 << 26

_Sides = NDArray[np.int64]


def on_device(values: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array on the device; a GPU's queue is not waited for, which processes that share it would pay for."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def letterbox_batch(frames: Tensor, size_px: int) -> tuple[Tensor, float]:
    """Return pictures (N, H, W, 3) uint8 as a detector's input (N, 3, h, w) float32 in 0-255, and their scale.

    The longer side becomes at most `size_px`; black fills right and below up to multiples of 32. The values are whole
    and equal OpenCV's area reduction to 1 grey level.
    """
    height, width = frames.shape[1:3]
    scale = min(1.0, size_px / max(height, width))
    values = frames.permute(0, 3, 1, 2).float()
    if scale < 1.0:
        values = _reduced(values, max(1, int(height * scale)), max(1, int(width * scale)))
    height, width = values.shape[2:]
    return functional.pad(values, (0, -width % _MULTIPLE, 0, -height % _MULTIPLE)), scale


def _reduced(values: Tensor, height: int, width: int) -> Tensor:
    """Return pictures (N, C, H, W) averaged to the given sides and rounded as OpenCV does: halves up in 2 x 2."""
    before = values.shape[2:]
    if before[0] % height == 0 and before[1] % width == 0:
        kernel = (before[0] // height, before[1] // width)
        values = functional.avg_pool2d(values, kernel)
        return (values + 0.5).floor() if kernel == (2, 2) else values.round()
    for axis, side in ((3, width), (2, height)):
        index, weight = _taps(np.array([values.shape[axis]]), np.array([side]), side)
        shape = [1, 1, -1, 1] if axis == 2 else [1, 1, 1, -1]
        taps_on_device = on_device(index[:, 0], values.device)
        shares = on_device(weight[:, 0], values.device)
        values = sum(
            values.index_select(axis, taps) * share.view(shape)
            for taps, share in zip(taps_on_device, shares, strict=True)
        )
    return values.round()


def _taps(sources: _Sides, targets: _Sides, most: int) -> tuple[_Sides, Float32]:
    """Return which source pixels each target pixel averages and their shares, shape (taps, n, most) each.

    Target pixels past a picture's own side get shares of 0.
    """
    step = (sources / targets)[:, None]
    target = np.arange(most)[None]
    low, high = target * step, (target + 1) * step
    first = np.floor(low + 1e-9)
    index = first[None] + np.arange(int(np.ceil(step.max() - 1e-9)) + 1)[:, None, None]
    share = np.clip(np.minimum(index + 1, high) - np.maximum(index, low), 0, None) / step
    share[:, target >= targets[:, None]] = 0
    used = share.max((1, 2)) > 1e-6
    index = np.clip(index, 0, (sources - 1)[:, None]).astype(np.int64)
    return index[used], share[used].astype(np.float32)


def _softening_taps(sides: _Sides, weights: Float32, most: int) -> tuple[_Sides, Float32]:
    """Return which pixels the filter (w, 1 - 2w, w) takes and their shares, (3, n, most) each, as `_taps` does."""
    target = np.arange(most)[None]
    index = np.stack([target - 1, target, target + 1]) + np.zeros((1, len(sides), 1), np.int64)
    share = np.stack([weights, 1 - 2 * weights, weights])[:, :, None] * (target < sides[:, None])
    return np.clip(index, 0, (sides - 1)[:, None]), share.astype(np.float32)


class _Plan(NamedTuple):
    """Where crops come from: each one's frame, region, reduced sides, smoothing, and map from reduced pixels."""

    owners: _Sides
    low: _Sides
    sides: _Sides
    reduced: _Sides
    softening: Float32
    matrices: NDArray[np.float64]

    def take(self, index: _Sides) -> "_Plan":
        """Return the plan of some of the crops."""
        return _Plan._make(values[index] for values in self)


def warp_crops(frames: Tensor, owners: _Sides, matrices: NDArray[np.float64], size: int) -> Tensor:
    """Return all crops of a batch, uint8 (F, size, size, 3), on the device of the frames.

    `frames` is uint8 (N, H, W, 3); crop i shows frame `owners[i]` through `matrices[i]`, of shape (2, 3), from source
    to crop pixels. What lies outside the frame is black. No crops give an empty batch.
    """
    crops = torch.zeros((len(owners), size, size, 3), dtype=torch.uint8, device=frames.device)
    plan = _plan(owners, matrices, (frames.shape[2], frames.shape[1]), size)
    for group in _groups(plan):
        part = plan.take(group)
        crops[on_device(group, frames.device)] = _sampled(_regions(frames, part), part, size)
    return crops


def _plan(owners: _Sides, matrices: NDArray[np.float64], limits: tuple[int, int], size: int) -> _Plan:
    """Return where crops come from."""
    linear, shift = matrices[:, :, :2], matrices[:, :, 2]
    reduction = 1 / np.sqrt(np.abs(np.linalg.det(linear)))
    factor = np.array([halved_by(float(one)) for one in reduction], np.int64)[:, None]
    weights = [softening(float(one)) for one in reduction / factor[:, 0]]
    corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float64) - 0.5
    source = np.einsum("fij,fkj->fki", np.linalg.inv(linear), corners[None] - shift[:, None])
    border = (BORDER_PX * np.maximum(reduction, 1.0))[:, None]
    low = np.clip(np.floor(source.min(1) - border), 0, limits).astype(np.int64)
    high = np.clip(np.ceil(source.max(1) + border), 0, limits).astype(np.int64)
    reduced = np.maximum(high - low, 0) // factor
    offset = (factor - 1.0) / 2 + low
    moved = np.concatenate(
        [linear * factor[:, None], (np.einsum("fij,fj->fi", linear, offset) + shift)[..., None]], 2
    )
    return _Plan(
        np.asarray(owners, np.int64), low, reduced * factor, reduced, np.array(weights, np.float32), moved
    )


def _groups(plan: _Plan) -> Iterator[_Sides]:
    """Yield crops of like size together, few enough to fit into memory; crops that show no pixel stay black."""
    shown = np.flatnonzero(plan.sides.min(1, initial=1) > 0) if len(plan.owners) else np.zeros(0, np.int64)
    order = shown[np.argsort(-plan.sides[shown, 1], kind="stable")]
    while len(order):
        rows, columns = int(plan.sides[order[0], 1]), int(plan.reduced[order, 0].max())
        count = max(1, _MAX_VALUES // (rows * columns * 3))
        yield order[:count]
        order = order[count:]


def _regions(frames: Tensor, plan: _Plan) -> Tensor:
    """Return the crops' regions averaged and smoothed, float32 (F, 3, h, w), black past each one's own sides."""
    device = frames.device
    width, height = (max(2, int(side)) for side in plan.reduced.max(0))
    columns, column_shares = _taps(plan.sides[:, 0], plan.reduced[:, 0], width)
    tall = int(plan.sides[:, 1].max())
    lines = np.minimum(np.arange(tall)[None], plan.sides[:, 1:] - 1) + plan.low[:, 1:]
    owner = on_device(plan.owners, device)[:, None, None]
    line = on_device(lines, device)[:, :, None]
    narrow = torch.zeros((len(plan.owners), tall, width, 3), device=device)
    for index, share in zip(columns, column_shares, strict=True):
        pixel = on_device(index + plan.low[:, :1], device)[:, None]
        narrow.addcmul_(frames[owner, line, pixel].float(), on_device(share, device)[:, None, :, None])
    small = _weighted(narrow, 1, _taps(plan.sides[:, 1], plan.reduced[:, 1], height)).round()
    if plan.softening.any():
        for axis, most in ((2, width), (1, height)):
            small = _weighted(small, axis, _softening_taps(plan.reduced[:, 2 - axis], plan.softening, most))
    return small.round().permute(0, 3, 1, 2)


def _weighted(values: Tensor, axis: int, taps: tuple[_Sides, Float32]) -> Tensor:
    """Return sums of pixels (F, h, w, 3) along an axis, 1 or 2, weighted as the taps of each crop say."""
    device, each = values.device, torch.arange(len(values), device=values.device)[:, None]
    lines = values if axis == 1 else values.transpose(1, 2)
    total = torch.zeros((len(values), taps[0].shape[2], *lines.shape[2:]), device=device)
    for index, share in zip(*taps, strict=True):
        weight = on_device(share, device)[:, :, None, None]
        total.addcmul_(lines[each, on_device(index, device)], weight)
    return total if axis == 1 else total.transpose(1, 2)


def _sampled(regions: Tensor, plan: _Plan, size: int) -> Tensor:
    """Return the crops that the plan's maps show of the reduced regions, sampled linearly, uint8."""
    height, width = regions.shape[2:]
    inverse = np.linalg.inv(plan.matrices[:, :, :2])
    shift = -np.einsum("fij,fj->fi", inverse, plan.matrices[:, :, 2])
    factor = 2.0 / np.array([width - 1, height - 1])
    theta = np.concatenate([inverse * factor[None, :, None], (shift * factor - 1.0)[..., None]], 2)
    maps = on_device(theta, regions.device)
    axis = torch.arange(size, dtype=torch.float64, device=regions.device)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).reshape(-1, 3)
    grid = (points @ maps.transpose(1, 2)).float().reshape(-1, size, size, 2)
    values = functional.grid_sample(regions, grid, mode="bilinear", padding_mode="zeros", align_corners=True)
    return values.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
