"""One self-contained HTML page: nothing is fetched, and nothing that is shown becomes markup or runs."""

import base64
import hashlib
import json
from collections.abc import Sequence

import jinja2
from markupsafe import Markup

__all__ = ["data_uri", "json_block", "page", "rendered"]

_LAYOUT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {{ allowed }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ title }}</title>
<style>
:root { color-scheme: light dark; --text: #1b1f24; --paper: #fff; --line: #d0d7de; --quiet: #57606a; --mark: #0a5ad1 }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --paper: #0d1117; --line: #3d444d; --quiet: #9ea7b3; --mark: #79b8ff }
}
:root[data-theme="light"] { color-scheme: light;
  --text: #1b1f24; --paper: #fff; --line: #d0d7de; --quiet: #57606a; --mark: #0a5ad1 }
:root[data-theme="dark"] { color-scheme: dark;
  --text: #e6edf3; --paper: #0d1117; --line: #3d444d; --quiet: #9ea7b3; --mark: #79b8ff }
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
{{ head }}
<main id="main">
{{ body }}
</main>
{% for script in scripts %}
<script>{{ script }}</script>
{% endfor %}
</body>
</html>
"""

_JINJA = jinja2.Environment(
    autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def rendered(template: str, **values: object) -> Markup:
    """Return a Jinja template, a text of our own, with every value escaped, in attributes as well; give those quotes.

    What this returns may stand in another template as it is.

    >>> rendered("<p>{{ name }}</p>", name="<b>")
    Markup('<p>&lt;b&gt;</p>')
    """
    return Markup(_JINJA.from_string(template).render(**values))  # noqa: S704 - rendered with escapes


def page(
    title: str,
    template: str,
    /,
    *,
    style: str = "",
    head: str = "",
    scripts: Sequence[str] = (),
    **values: object,
) -> str:
    """Return a page whose body is a Jinja template, a text of our own; every value is escaped, in attributes as well.

    The page asks the browser to load nothing from anywhere, and to run these scripts alone, which it knows by their
    hashes. Give attributes quotes.

    Args:
        title: of the page.
        template: the inside of `<main>`.
        style: CSS of our own.
        head: a template that stands before `<main>`, with the same values.
        scripts: of our own, run in this order.
        values: of both templates.

    >>> "&lt;b&gt;" in page("a title", "<p>{{ name }}</p>", name="<b>")
    True
    """
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts
    ]
    allowed = " ".join(hashes) or "'none'"
    return _JINJA.from_string(_LAYOUT).render(
        title=title,
        allowed=Markup(allowed),  # noqa: S704 - hashes
        style=Markup(style),  # noqa: S704 - our own text
        head=rendered(head, **values),
        body=rendered(template, **values),
        scripts=[Markup(one) for one in scripts],  # noqa: S704 - our own text
    )


def json_block(name: str, value: object) -> Markup:
    r"""Return values for a script of the page to read: no browser runs or renders them, whatever texts they hold.

    >>> json_block("a", {"b": "</script><b>"})
    Markup('<script type="application/json" id="a">{"b":"\\u003c/script\\u003e\\u003cb\\u003e"}</script>')
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    safe = Markup(text)  # noqa: S704 - no letter of it can end the script
    return Markup('<script type="application/json" id="{}">{}</script>').format(name, safe)


def data_uri(encoded: bytes, kind: str = "jpeg") -> str:
    """Return an encoded picture as the address of an `<img>`.

    >>> data_uri(b"ab")
    'data:image/jpeg;base64,YWI='
    """
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode()}"
