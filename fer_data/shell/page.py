"""One self-contained HTML page: nothing is fetched, and nothing that is shown becomes markup."""

import base64

import jinja2
from markupsafe import Markup

__all__ = ["data_uri", "page"]

_LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --paper: #fff; --line: #d0d7de; --quiet: #57606a; --mark: #0a5ad1 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --paper: #0d1117; --line: #3d444d; --quiet: #9ea7b3; --mark: #79b8ff }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper);
  max-width: 1200px; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.2rem; border-bottom: 1px solid var(--line) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
td.number, th.number { text-align: right }
.quiet { color: var(--quiet) } a { color: var(--mark) }
img { image-rendering: auto; max-width: 100% }
@media print { body { max-width: none } h2 { break-after: avoid } tr, figure { break-inside: avoid } }
{{ style }}
</style>
</head>
<body>
<main>
{{ body }}
</main>
</body>
</html>
"""

_JINJA = jinja2.Environment(
    autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(title: str, template: str, *, style: str = "", **values: object) -> str:
    """Return a page whose body is a Jinja template, a text of our own; every value is escaped, in attributes as well.

    The page asks the browser to load nothing from anywhere. Give attributes quotes. `style` is CSS of our own.

    >>> "&lt;b&gt;" in page("a title", "<p>{{ name }}</p>", name="<b>")
    True
    """
    body = _JINJA.from_string(template).render(**values)
    return _JINJA.from_string(_LAYOUT).render(title=title, body=Markup(body), style=Markup(style))  # noqa: S704 - rendered with escapes


def data_uri(encoded: bytes, kind: str = "jpeg") -> str:
    """Return an encoded picture as the address of an `<img>`.

    >>> data_uri(b"ab")
    'data:image/jpeg;base64,YWI='
    """
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode()}"
