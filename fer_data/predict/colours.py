"""Colours of classes, told apart by colour-blind people and on dark and bright ground, and the ink upon them."""

from fer_data.pictures.sheet import Colour

__all__ = ["AXES", "GROUND", "INK", "QUIET", "class_colours", "dimmed", "ink_on", "on_white"]

GROUND, INK, QUIET = (24, 24, 28), (255, 255, 255), (170, 170, 178)
"""Of what is drawn beside a picture, of its text, and of text that says less."""

AXES: tuple[Colour, Colour] = ((230, 159, 0), (124, 203, 245))
"""Of the two dimensions of a plane."""

_PALETTE: tuple[Colour, ...] = (
    (187, 187, 187), (213, 94, 0), (11, 158, 115), (181, 96, 154), (232, 216, 61), (40, 120, 192), (124, 203, 245),
    (230, 159, 0),
)  # fmt: skip
"""Okabe and Ito's colours with grey for black and other shades of some: any two are 13 apart or more in CIELAB for
protanopes, deuteranopes and tritanopes (Machado 2009), the first seven 15; all have a contrast of 3.8 on our ground.
"""

_LINE_CONTRAST = 2.5
"""Of lines on white, at least."""


def class_colours(count: int) -> list[Colour]:
    """Return an RGB colour a class, the same wherever a class is drawn; beyond eight they come again."""
    return [_PALETTE[index % len(_PALETTE)] for index in range(count)]


def ink_on(colour: Colour) -> Colour:
    """Return black or white, whichever is read better on a colour.

    >>> ink_on((232, 216, 61)), ink_on((40, 60, 120))
    ((0, 0, 0), (255, 255, 255))
    """
    return (0, 0, 0) if _luminance(colour) > 0.179 else (255, 255, 255)


def on_white(colour: Colour) -> Colour:
    """Return a colour darkened until lines of it are seen on white."""
    share = 1.0
    while (1.05 / (_luminance(_scaled(colour, share)) + 0.05)) < _LINE_CONTRAST:
        share -= 0.02
    return _scaled(colour, share)


def dimmed(colour: Colour, share: float = 0.45) -> Colour:
    """Return a colour mixed with our ground, so much of it.

    >>> dimmed((255, 255, 255), 1.0)
    (255, 255, 255)
    """
    red, green, blue = (
        round(share * own + (1 - share) * ground) for own, ground in zip(colour, GROUND, strict=True)
    )
    return red, green, blue


def _scaled(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(value * share) for value in colour)
    return red, green, blue


def _luminance(colour: Colour) -> float:
    """Return relative luminance, 0 to 1. Source: WCAG 2.2."""
    linear = [
        ((value / 255 + 0.055) / 1.055) ** 2.4 if value > 10 else value / 255 / 12.92 for value in colour
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
