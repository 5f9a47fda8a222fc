"""The page of `fer-data diff`: the report, and examples of each kind of change side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from fer_data.core.labels.tasks import LABELS
from fer_data.diff.comparison import EXAMPLES
from fer_data.diff.examples import Examples
from fer_data.diff.lines import RECORDS, change_lines, kind_title, record_lines, shift_lines, side_line
from fer_data.shell.page import data_uri, page
from fer_data.shell.shown import printable

__all__ = ["diff_page"]

_PNG = b"\x89PNG"

_STYLE = """
figure { display: inline-block; margin: .4rem 1rem .8rem 0; vertical-align: top; max-width: 21rem }
figure .pair { display: flex; gap: .4rem }
figure .pair > div { width: 10rem }
figure img { width: 10rem; height: 10rem; image-rendering: pixelated; display: block; background: var(--line) }
figure .none { width: 10rem; height: 10rem; border: 1px dashed var(--line); box-sizing: border-box }
figcaption { overflow-wrap: anywhere; font-size: .85rem }
td { overflow-wrap: anywhere }
"""

_TEMPLATE = """
<h1>{{ verdict }}</h1>
<p>First: {{ first }}<br>Second: {{ second }}</p>
{% for note in notes %}<p class="quiet">{{ note }}</p>
{% endfor %}
{% if changes %}
<h2>Rows</h2>
<p class="quiet">Copies are augmented pictures of training rows. One row may have changed in several ways.</p>
<div class="wide"><table>
<tr><th>change</th><th class="number">originals</th><th class="number">copies</th><th>what to know</th></tr>
{% for line in changes %}
<tr><td>{{ line.change }}</td><td class="number">{{ "{:,}".format(line.originals) }}</td>
<td class="number">{{ "{:,}".format(line.copies) }}</td><td>{{ line.detail }}</td></tr>
{% endfor %}
</table></div>
{% endif %}
{% for title, shifts, share in spreads %}
<h2>{{ title }}, by split</h2>
<div class="wide"><table>
<tr><th>split</th><th>label</th><th class="number">first</th><th class="number">second</th>
<th class="number">{{ share }}, first</th><th class="number">second</th></tr>
{% for line in shifts %}
<tr><td>{{ line.split }}</td><td>{{ line.name }}</td><td class="number">{{ line.first }}</td>
<td class="number">{{ line.second }}</td><td class="number">{{ line.first_share }}</td>
<td class="number">{{ line.second_share }}</td></tr>
{% endfor %}
</table></div>
{% endfor %}
{% for title, lines in records %}
<h2>{{ title }}</h2>
<div class="wide"><table>
<tr><th>name</th><th>first</th><th>second</th></tr>
{% for key, old, new in lines %}<tr><td>{{ key }}</td><td>{{ old }}</td><td>{{ new }}</td></tr>
{% endfor %}
</table></div>
{% endfor %}
{% for kind in kinds %}
<h2>Examples: {{ kind.title }}</h2>
<p class="quiet">{{ kind.sampled }}</p>
{% if faces %}
{% for one in kind.shown %}
<figure><div class="pair">
{% for which, picture, text in one.sides %}
<div>
{% if picture %}
<img src="{{ picture }}" alt="in the {{ which }} dataset">
{% else %}
<div class="none"></div>
{% endif %}
<figcaption>{{ text }}</figcaption></div>
{% endfor %}
</div><figcaption class="quiet">{{ one.row_id }}</figcaption></figure>
{% endfor %}
{% else %}
<div class="wide"><table><tr><th>row</th><th>first</th><th>second</th></tr>
{% for one in kind.shown %}
<tr><td>{{ one.row_id }}</td>{% for _, _, text in one.sides %}<td>{{ text }}</td>{% endfor %}</tr>
{% endfor %}
</table></div>
{% endif %}
{% endfor %}
"""


def diff_page(
    report: Mapping[str, Any], examples: Sequence[Examples], *, faces: bool, licence: Sequence[str]
) -> str:
    """Return the page of a report with examples; `licence` says what keeps the datasets from being open."""
    spreads = [
        (
            LABELS[task].title.capitalize(),
            shifts,
            "mean (spread)" if LABELS[task].kind == "values" else "share",
        )
        for task in report["spreads"]
        if (shifts := shift_lines(report, task))
    ]
    records = [
        (title.capitalize(), lines)
        for part, title in RECORDS.items()
        if (lines := record_lines(report, part))
    ]
    verdict = "Equal datasets" if report["equal"] else "What changed between two datasets"
    notes = [f"Not compared: {text}" for text in report["not_compared"]]
    return page(
        verdict,
        _TEMPLATE,
        style=_STYLE,
        verdict=verdict,
        first=printable(side_line(report["first"])),
        second=printable(side_line(report["second"])),
        notes=[*notes, *licence],
        changes=change_lines(report),
        spreads=spreads,
        records=records,
        kinds=[_kind(one) for one in examples],
        faces=faces,
    )


def _kind(examples: Examples) -> dict[str, Any]:
    count = len(examples.shown)
    sampled = f"All {examples.rows:,} rows."
    if count < examples.rows:
        how = f"at most {EXAMPLES}, evenly spaced over all of them in the dataset's order"
        sampled = f"{count} of {examples.rows:,} rows: {how}."
    shown = [
        {
            "row_id": printable(one.row_id),
            "sides": [
                (which, None if encoded is None else _uri(encoded), printable(text))
                for which, encoded, text in zip(
                    ("first", "second"), one.pictures, (one.old, one.new), strict=True
                )
            ],
        }
        for one in examples.shown
    ]
    return {"title": kind_title(examples.kind), "sampled": sampled, "shown": shown}


def _uri(encoded: bytes) -> str:
    return data_uri(encoded, "png" if encoded.startswith(_PNG) else "jpeg")
