"""Batched reduction and warp give the CPU's pictures."""

import cv2
import numpy as np
import pytest
import torch

from fer_data.core.arrays import Image
from fer_data.core.vision.geometry import warp_crop
from fer_data.detectors.onnx.letterbox import letterbox
from fer_data.detectors.torch.resampling import letterbox_batch, warp_crops


def textured(count: int, height: int, width: int) -> Image:
    """Return different pictures with detail of several scales, shape (count, height, width, 3)."""
    random = np.random.default_rng(5)
    noise = random.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    smooth = [cv2.GaussianBlur(picture, (0, 0), 6) for picture in noise]
    return np.stack([cv2.addWeighted(a, 0.3, b, 0.7, 0) for a, b in zip(noise, smooth, strict=True)])


def similarity(scale: float, angle: float, centre: tuple[float, float], size: int) -> np.ndarray:
    """Return the map that brings a centre to the crop's middle, turned by degrees and scaled."""
    matrix = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += (size - 1) / 2 - np.array(centre)
    return matrix


@pytest.mark.parametrize(
    ("height", "width", "size_px"),
    [(48, 64, 64), (72, 128, 64), (108, 192, 64), (90, 160, 64), (67, 121, 96), (200, 50, 64), (33, 31, 640)],
    ids=["as it is", "half", "third", "two and a half", "odd", "tall", "small"],
)
def test_letterbox_equals_the_cpu_one(height: int, width: int, size_px: int) -> None:
    """A batch is reduced and padded as each frame is on the CPU, to 1 grey level."""
    frames = textured(3, height, width)
    batch, scale = letterbox_batch(torch.from_numpy(frames), size_px)
    for ours, frame in zip(batch.numpy(), frames, strict=True):
        theirs, their_scale = letterbox(frame, size_px)
        assert scale == their_scale
        assert ours.shape == (3, *theirs.shape[:2])
        difference = np.abs(ours.transpose(1, 2, 0) - theirs)
        assert difference.max() <= 1
        assert difference.mean() < 0.02


MAPS = {
    "same scale": (1.0, 0.0, (100.0, 80.0)),
    "enlarged and turned": (2.6, 17.0, (70.3, 60.9)),
    "slightly reduced": (0.93, -8.0, (90.0, 75.0)),
    "reduced and turned": (0.41, 31.0, (95.2, 71.7)),
    "much reduced": (0.17, -5.0, (100.0, 75.0)),
    "over the edge": (0.7, 12.0, (5.0, 140.0)),
}


def test_all_crops_of_a_batch_equal_the_cpu_warp() -> None:
    """Crops of every scale and angle in one batch differ by under half a grey level on average from the CPU's."""
    size, frames = 64, textured(2, 150, 200)
    matrices = np.stack([similarity(scale, angle, centre, size) for scale, angle, centre in MAPS.values()])
    owners = np.arange(len(matrices)) % 2
    crops = warp_crops(torch.from_numpy(frames), owners, matrices, size).numpy()
    for name, crop, owner, matrix in zip(MAPS, crops, owners, matrices, strict=True):
        theirs = warp_crop(frames[owner], matrix, size)
        assert np.abs(crop.astype(int) - theirs).mean() < 0.5, name


def test_a_crop_does_not_depend_on_its_batch() -> None:
    """A crop alone equals the same crop among larger and smaller ones to a grey level of rounding."""
    size, frames = 64, torch.from_numpy(textured(2, 150, 200))
    matrices = np.stack([similarity(scale, angle, centre, size) for scale, angle, centre in MAPS.values()])
    owners = np.arange(len(matrices)) % 2
    together = warp_crops(frames, owners, matrices, size).int()
    for index in range(len(matrices)):
        crop = slice(index, index + 1)
        alone = warp_crops(frames, owners[crop], matrices[crop], size)[0].int()
        assert (together[index] - alone).abs().max() <= 1


def test_fine_detail_is_averaged_and_not_sampled() -> None:
    """One-pixel stripes reduced by four become the grey that they look like from afar."""
    stripes = torch.zeros(1, 128, 128, 3, dtype=torch.uint8)
    stripes[:, :, ::2] = 200
    crop = warp_crops(stripes, np.zeros(1, np.int64), similarity(0.25, 0.0, (63.5, 63.5), 32)[None], 32)[0]
    assert (crop[4:-4, 4:-4].int() - 100).abs().max() <= 2


def test_crops_off_the_frame_are_black_and_no_crops_are_none() -> None:
    """A region outside the frame gives a black crop; an empty batch gives no crops."""
    frames = torch.full((1, 40, 40, 3), 255, dtype=torch.uint8)
    away = similarity(0.5, 0.0, (900.0, 900.0), 32)[None]
    assert warp_crops(frames, np.zeros(1, np.int64), away, 32).max() == 0
    assert warp_crops(frames, np.zeros(0, np.int64), np.zeros((0, 2, 3)), 32).shape == (0, 32, 32, 3)
