"""Just enough SVG: text, shapes and photographs on a card that follows the reader's light or dark colours."""

import base64
from html import escape

__all__ = ["box", "document", "dot", "line", "photo", "text"]

_STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; font-size: 22px; fill: #1f2430 }
  .small { font-size: 18px; fill: #566072 }
  .strong { font-weight: 600 }
  .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 17px }
  .card { fill: #ffffff }
  .panel { fill: #f1f3f8 }
  .line { stroke: #8b94a7; stroke-width: 2.5; fill: none }
  .first { stroke: #1f6feb; stroke-width: 3; fill: none }
  .second { stroke: #e08a00; stroke-width: 3; fill: none }
  .dot { fill: #ffffff; stroke: #1f6feb; stroke-width: 1 }
  .pixels { image-rendering: pixelated }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e9f0 }
    .small { fill: #a9b2c4 }
    .card { fill: #171a21 }
    .panel { fill: #232834 }
    .line { stroke: #79839a }
  }
"""


def document(size_wh: tuple[int, int], title: str, parts: list[str]) -> str:
    """Return a picture of these parts on a card; the title is what a screen reader says."""
    width, height = size_wh
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    card = f'<rect class="card" width="{width}" height="{height}" rx="14"/>'
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", f"<style>{_STYLE}</style>", card, *parts, "</svg>\n"]
    )


def text(at: tuple[float, float], said: str, kind: str = "", *, anchor: str = "start") -> str:
    """Return a line of text whose base line begins, or with `anchor` has its middle, at a point."""
    x, y = at
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def box(xywh: tuple[float, float, float, float], kind: str, *, rounded: float = 4) -> str:
    """Return a rectangle."""
    x, y, width, height = (round(value, 1) for value in xywh)
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{rounded:g}" class="{kind}"/>'
    )


def dot(at: tuple[float, float], radius: float) -> str:
    """Return a dot, as landmarks are drawn."""
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:g}" class="dot"/>'


def line(points: list[tuple[float, float]]) -> str:
    """Return a line through points with an arrow's head at its end, which points down or right."""
    (x, y), (before_x, _) = points[-1], points[-2]
    down = x == before_x
    head = [(x - 7, y - 9), (x, y), (x + 7, y - 9)] if down else [(x - 9, y - 7), (x, y), (x - 9, y + 7)]
    paths = " ".join("M" + " L".join(f"{a:g},{b:g}" for a, b in part) for part in (points, head))
    return f'<path d="{paths}" class="line"/>'


def photo(xywh: tuple[float, float, float, float], encoded: bytes, *, pixels: bool = False) -> str:
    """Return a photograph, its bytes as they are; with `pixels` enlarged without smoothing."""
    x, y, width, height = xywh
    kind = "png" if encoded.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(encoded).decode()
    shown = ' class="pixels"' if pixels else ""
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<image {place}{shown} href="data:image/{kind};base64,{data}"/>'
