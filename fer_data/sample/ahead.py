"""Have the loops compiled by several processes at once, of which each would otherwise compile or wait for them all."""

import numpy as np

from fer_data.sample.kernels import compile_unless_under_way
from fer_data.sample.lights import Lights
from fer_data.sample.materials import Body, Palette
from fer_data.sample.raster import Buffer
from fer_data.sample.shade import Set, Shadow, shade
from fer_data.sample.skin import Skin
from fer_data.sample.strands import no_ribbons

__all__ = ["compile_shade"]


def compile_shade() -> None:
    """Compile `shade` unless another process does so; it takes as long as all other loops, which that one needs first.

    So two processes that begin with this are ready in little more than half the time of one.
    """
    row, rows, layers = (np.zeros((0,) * axes, np.float32) for axes in (1, 2, 3))
    numbers, flags = np.zeros((0, 0), np.int32), np.zeros(0, np.int32)
    body = Body(rows, rows, numbers, flags, layers, rows, row, rows)
    skin = Skin(np.zeros((0, 0, 0), np.uint8), rows, rows)
    lights, shadow = Lights(rows, rows, row, row), Shadow(rows, rows, row)
    nothing = Set(body, skin, Palette(row, row, row, row, 0), no_ribbons(), lights, shadow)
    compile_unless_under_way(shade, layers, Buffer(rows, numbers, layers), nothing, row)
