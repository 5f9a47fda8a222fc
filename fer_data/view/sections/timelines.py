"""Every video over time: what it was labelled, what became of its rows, and what the model says."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from fer_data.shell.page import json_block, rendered
from fer_data.view.material import Material
from fer_data.view.section import Column, Section, records
from fer_data.view.suspects import LISTED as MARKED
from fer_data.view.timeline_blocks import SCALES, Blocks, timeline_blocks
from fer_data.view.videos import LOST, STATES, Video, VideoRows, timeline_link

__all__ = ["timelines"]

DRAWN, LISTED = 3_000, 20_000
"""Videos that have a timeline, and that are listed, at most, the worst ones: 3,000 take about 4 MB without a label."""


@dataclass(frozen=True, slots=True)
class _Tally:
    """What is counted of a video, by which the worst come first."""

    video: Video
    rows: int
    frames: int
    lost: int
    kept: int
    wanted: int
    worst: str
    doubtful: int
    suspects: int
    findings: int

    @property
    def lost_share(self) -> float:
        """Share of the rows that want a face and have none."""
        return self.lost / self.wanted if self.wanted else 0.0


def timelines(material: Material) -> Section | None:
    """Return the timelines of all videos, those with the largest share of lost rows first; None without videos."""
    rows = material.videos
    if not rows.videos:
        return None
    marks = defaultdict(list)
    for one in material.suspects[:MARKED]:
        marks[one.video].append(one)
    tallies = _tallies(material, rows)
    drawn = [tally.video for tally in tallies if tally.rows][:DRAWN]
    blocks = timeline_blocks(rows, material.evaluated, drawn, marks)
    body = rendered(
        _BODY,
        order=_order_text(rows),
        sampled=_sampled_text(blocks, len(drawn), sum(tally.rows > 0 for tally in tallies)),
        directory=json_block("timelines-directory", _directory(material, rows, drawn)),
        blocks=[json_block(f"timeline-{at}", block) for at, block in enumerate(blocks.videos)],
        listed=_listed(material, rows, tallies, set(drawn)),
    )
    return Section("timelines", "Timelines", body)


_BODY = """
<p class="quiet">{{ order }} {{ sampled }}</p>
<div id="timeline" class="timeline"></div>
{{ directory }}
{% for one in blocks %}{{ one }}
{% endfor %}
{{ listed }}
"""


def _order_text(rows: VideoRows) -> str:
    if rows.has_states:
        return (
            "Videos are in order of how many of their rows were lost: rows that want a face and have none "
            f"({', '.join(LOST)}), as a share of those that want one."
        )
    return "Videos are in order of labels to look at and findings: nothing that was given says what became of rows."


def _sampled_text(blocks: Blocks, drawn: int, videos: int) -> str:
    said = []
    if drawn < videos:
        said.append(
            f"The first {drawn:,} of {videos:,} videos have a timeline here; the others are only listed."
        )
    if blocks.sampled:
        lanes = blocks.whole + blocks.sampled
        said.append(
            f"{blocks.sampled:,} of {lanes:,} lanes are drawn in steps of several frames, to keep this page small: a "
            "step shows its most frequent value, of numbers the lowest and the highest. They say so."
        )
    else:
        said.append("Every frame is drawn as the tables have it.")
    return " ".join(said)


def _directory(material: Material, rows: VideoRows, drawn: Sequence[Video]) -> dict[str, object]:
    said = material.evaluated
    window = said.classes.window if said is not None and said.classes is not None else None
    return {
        "videos": [[video.name, video.source] for video in drawn],
        "classes": said.names if said is not None else rows.classes,
        "states": STATES,
        "lost": LOST,
        "scales": SCALES,
        "resolution": said.resolution if said is not None else None,
        "window": window,
    }


def _tallies(material: Material, rows: VideoRows) -> list[_Tally]:
    named = Counter(one.video for one in material.suspects)
    doubtful = Counter(
        video for one in material.decisions if one.doubtful and (video := rows.find(one.video, one.source))
    )
    found = Counter(
        video for one in material.findings if one.severity != "info" and (video := rows.find(one.video_id))
    )
    tallies = [_tally(rows, video, (doubtful[video], named[video], found[video])) for video in rows.videos]
    return sorted(
        tallies,
        key=lambda one: (
            -one.lost_share,
            -one.lost,
            -one.doubtful,
            -one.suspects,
            -one.findings,
            one.video.name,
        ),
    )


def _tally(rows: VideoRows, video: Video, counted: tuple[int, int, int]) -> _Tally:
    own = video.rows
    size = own.stop - own.start
    frames = len(np.unique(rows.columns["frame_index"][own])) if size else 0
    counts = np.zeros(len(STATES), np.int64)
    if rows.has_states and size:
        counts = np.bincount(rows.columns["state"][own], minlength=len(STATES))
    of = dict(zip(STATES, counts.tolist(), strict=True))
    lost = {state: of[state] for state in LOST if of[state]}
    worst = max(lost, key=lambda state: lost[state]) if lost else ""
    wanted = size - of["unlabelled"] - of["withdrawn"]
    return _Tally(video, size, frames, sum(lost.values()), of["kept"], wanted, worst, *counted)


def _listed(material: Material, rows: VideoRows, tallies: Sequence[_Tally], drawn: set[Video]) -> Markup:
    columns = [Column("video", "video", "link")]
    if rows.has_states:
        columns += [
            Column("lost_percent", "lost, % of wanted", "number", 1),
            Column("lost", "lost rows", "number"),
            Column("mostly", "lost as, mostly", "choice"),
        ]
    columns += [
        Column("suspects", "labels to look at", "number"),
        *([Column("doubtful", "doubtful people", "number")] if material.decisions else []),
        *([Column("findings", "errors, warnings", "number")] if material.findings else []),
        Column("people", "people", "number"),
        Column("frames", "frames", "number"),
        Column("rows", "rows", "number"),
        *([Column("kept", "kept rows", "number")] if rows.has_states else []),
        *([Column("source", "source", "choice")] if rows.several else []),
    ]
    shown = [_row(material, rows, tally, tally.video in drawn) for tally in tallies[:LISTED]]
    note = f"The first {LISTED:,} of {len(tallies):,}." if len(tallies) > LISTED else ""
    return records("video-list", "All videos, worst first", columns, shown, note=note)


def _row(material: Material, rows: VideoRows, tally: _Tally, is_drawn: bool) -> list[object]:
    video = tally.video
    found: list[object] = [[video.name, timeline_link(video) if is_drawn else ""]]
    found += [100 * tally.lost_share, tally.lost, tally.worst] if rows.has_states else []
    found += [tally.suspects]
    found += [tally.doubtful] if material.decisions else []
    found += [tally.findings] if material.findings else []
    found += [len(video.people), tally.frames, tally.rows]
    found += [tally.kept] if rows.has_states else []
    return found + ([video.source] if rows.several else [])
