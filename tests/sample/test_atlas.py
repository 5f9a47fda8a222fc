"""Drawing on the skin atlas."""

import numpy as np

from fer_data.sample.atlas import HEIGHT, WIDTH, stroke, strokes


def test_lines_drawn_together_are_those_drawn_one_by_one():
    """Where lines cross, the later one is on top at its own strength; no lines leave the picture as it is."""
    lines = np.random.default_rng(1).uniform((-60, 400), (60, 500), (40, 3, 2))
    strengths = np.linspace(0.2, 0.9, len(lines)).tolist()
    together, apart = np.zeros((2, HEIGHT, WIDTH), np.float32)
    strokes(together, lines, 2, strengths)
    for line, strength in zip(lines, strengths, strict=True):
        stroke(apart, line, 2, strength)
    np.testing.assert_array_equal(together, apart)
    assert together.any()
    strokes(together, np.zeros((0, 3, 2)), 2, [])
    np.testing.assert_array_equal(together, apart)
