"""Limits of the networks that are trained and read back: what one module admits, the others must too."""

__all__ = [
    "AND_GIVEN",
    "GEOMETRIES",
    "GIVEN",
    "MAX_BASE_WIDTH",
    "MAX_CLASSES",
    "MAX_INPUT_PX",
    "MAX_MARGIN",
    "MIN_INPUT_PX",
]

MAX_BASE_WIDTH = 512
"""Channels of the first convolution, at most: eight times the real network's, 1.7 billion parameters."""

MAX_CLASSES = 1000
"""Expressions of one model, at most; the largest published scheme has 135."""

MIN_INPUT_PX, MAX_INPUT_PX = 8, 1024
"""Sides that a network may see."""

MAX_MARGIN = 2.0
"""Fraction by which a crop's field of view may grow, at most."""

GIVEN = "given"
"""The geometry of crops that were not made here, so that nothing is known of their field of view."""

AND_GIVEN = f"+{GIVEN}"
"""Ends the geometry of crops that were made here in part."""

GEOMETRIES = ("similarity", "box", GIVEN, f"similarity{AND_GIVEN}", f"box{AND_GIVEN}")
"""Of the crops that a network may be trained on."""
