"""A rendered face, large and in one picture, with the truth about its landmarks."""

from functools import cache

import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.sample.scene import film, stage_scene


@cache
def rendered_face(seed: int) -> tuple[Image, Float32]:
    """Return a rendered face that fills most of 600 px, and its landmarks."""
    cast = [(seed_from("cast", seed), "face", "only")]
    scene = stage_scene(seed_from("face", seed), 1, cast, size_wh=(1920, 1080))
    picture, truth = next(iter(film(scene)))
    marks = truth[0].landmarks
    assert marks is not None
    x, y = (int(value) for value in marks.mean(0))
    corner = np.array([max(0, x - 300), max(0, y - 300)])
    part = np.ascontiguousarray(picture[corner[1] : y + 300, corner[0] : x + 300])
    return part, (marks - corner).astype(np.float32)
