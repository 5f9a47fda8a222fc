"""What is odd about the data: every finding, by rule, with filters and search."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from markupsafe import Markup

from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.material import Material
from fer_data.view.row_counts import LOST
from fer_data.view.section import Column, Section, card, cards, link_to, records
from fer_data.view.videos import timeline_link
from fer_data.view.words import noun

__all__ = ["findings"]

LISTED = 20_000
"""Findings that are listed, at most; the summary counts them all."""

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)


def findings(material: Material) -> Section | None:
    """Return all findings, errors first; None where nothing was given that has findings."""
    if not {"corpus", "catalog", "faces"} & set(material.folders):
        return None
    found = material.findings
    made = "fer-data check" if "corpus" in material.folders else "ingest and align"
    counts = Counter(one.severity for one in found)
    figures = [
        card(
            counts[severity],
            noun(counts[severity], str(severity)),
            link=link_to("finding-list", severity=str(severity)),
        )
        for severity in _ORDER
    ]
    body = rendered(
        _BODY,
        figures=cards(*figures),
        rules=_rules(found),
        made=made,
        refused=material.refused,
        lost=_lost(material),
        some=bool(found),
        listed=_listed(material, found) if found else "",
    )
    return Section("findings", "Findings", body)


_BODY = """
{% if refused %}<p role="note"><strong>Stage ingest refuses this corpus, so there are no rows to show:</strong>
{{ refused }}</p>
{% endif %}
<p class="quiet">What {{ made }} noticed without stopping. An error is what cannot be used as it stands, and for which
fer-data check ends with exit code 1; a warning may be a mistake, and wants a look; an info says what was found or done.
Any of them may go with lost rows, and none says how many.{% if lost %} {{ lost }}
<a href="#states">Row states</a> count them.{% endif %}</p>
{{ figures }}
{% if some %}<h3>By rule</h3>
<div class="wide" tabindex="0"><table class="numbers"><thead><tr><th scope="col">rule</th><th scope="col">severity</th>
<th scope="col" class="number">findings</th><th scope="col" class="number">videos</th>
<th scope="col">the first says</th></tr></thead><tbody>
{% for one in rules %}<tr><td><a href="{{ one.link }}">{{ one.rule }}</a></td><td>{{ one.severity }}</td>
<td class="number" data-value="{{ one.count }}">{{ one.count }}</td>
<td class="number" data-value="{{ one.videos }}">{{ one.videos }}</td><td>{{ one.message }}</td></tr>
{% endfor %}</tbody></table></div>
{{ listed }}{% else %}<p>Nothing was found.</p>{% endif %}
"""


def _lost(material: Material) -> str:
    """Return how many rows were lost, as what; empty where rows have no state."""
    if not material.has_states or not material.counts.rows:
        return ""
    states: Counter[str] = Counter()
    for (_, _, state), rows in next(iter(material.counts.cells.values())).items():
        states[state] += rows
    lost = [(rows, state) for state in LOST if (rows := states[state])]
    whole = material.counts.footage.counted(material.counts.rows)
    if not lost:
        return f"Of {whole} none was lost."
    named = ", ".join(f"{rows:,} as {state}" for rows, state in lost)
    total = sum(rows for rows, _ in lost)
    return f"Of {whole} {total:,} {noun(total, 'was', 'were')} lost: {named}."


def _rules(found: Sequence[Finding]) -> list[dict[str, object]]:
    """Return what is counted of each rule, errors first, the most frequent first."""
    by_rule: dict[tuple[Severity, str], list[Finding]] = defaultdict(list)
    for one in found:
        by_rule[one.severity, one.rule].append(one)
    ordered = sorted(by_rule.items(), key=lambda item: (_ORDER.index(item[0][0]), -len(item[1]), item[0][1]))
    return [
        {
            "rule": printable(rule),
            "severity": str(severity),
            "count": len(own),
            "videos": len({one.video_id for one in own} - {None}),
            "message": printable(own[0].message),
            "link": link_to("finding-list", rule=printable(rule), severity=str(severity)),
        }
        for (severity, rule), own in ordered
    ]


def _listed(material: Material, found: Sequence[Finding]) -> Markup:
    columns = [
        Column("severity", "severity", "choice"),
        Column("rule", "rule", "choice"),
        Column("message", "finding"),
        Column("video", "video", "link"),
        Column("person", "person"),
        Column("file", "file"),
        Column("line", "line", "number"),
    ]
    rows = [_row(material, one) for one in found[:LISTED]]
    note = f"The first {LISTED:,} of {len(found):,}, errors first." if len(found) > LISTED else ""
    return records("finding-list", "All findings", columns, rows, note=note)


def _row(material: Material, one: Finding) -> list[object]:
    video = material.videos.find(one.video_id) if one.video_id and material.row_tables else None
    link = timeline_link(video) if video and video.people else ""
    where = [printable(one.video_id), link] if one.video_id else None
    return [str(one.severity), one.rule, one.message, where, one.subject_id, one.file, one.line]
