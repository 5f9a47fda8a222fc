"""One crop at the four sides of the demo, each pixel as large as it must be to fill the same square."""

from docs.tools.pictures.demo import Demo
from docs.tools.pictures.svg import document, photo, text

__all__ = ["sides"]

_ROWS = ("video3_right/00022", "101_left/00003")
_SIDES = (128, 64, 32, 16)
_TITLE = "Two rendered faces at 128, 64, 32 and 16 px: the same field of view, reduced with anti-aliasing."


def sides(demo: Demo) -> str:
    """Return the picture."""
    parts = []
    for column, px in enumerate(_SIDES):
        x = 20 + column * 250
        parts.append(text((x + 116, 44), f"{px} px", "strong", anchor="middle"))
        for line, row_id in enumerate(_ROWS):
            image = demo.published(px)[row_id]["image"]["bytes"]
            parts.append(photo((x, 60 + line * 246, 232, 232), image, pixels=px < max(_SIDES)))
    return document((1022, 60 + 246 * len(_ROWS)), _TITLE, parts)
