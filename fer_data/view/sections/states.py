"""What became of every row: a flow from annotation lines to kept crops, and the videos, the worst first."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import LABELS, SPLITS
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.flow import Group, flow
from fer_data.view.material import Material
from fer_data.view.row_counts import LOST, OTHER, RowCounts, VideoCount
from fer_data.view.section import Column, Section, link_to, numbers, percent, records
from fer_data.view.videos import timeline_link

__all__ = ["LIST", "MOST_VIDEOS", "main_loss", "split_title", "states", "worst_first"]

LIST = "video-states"
"""Name of the list of videos by their states."""

MOST_VIDEOS = 20_000
"""In one list; beyond it the first ones are listed, and the list says so."""

_ORDER = (
    RowState.KEPT,
    RowState.UNLABELLED,
    RowState.WITHDRAWN,
    RowState.REDUNDANT,
    RowState.LOW_QUALITY,
    *LOST,
)
_MEANING = {
    RowState.KEPT: "it has a crop",
    RowState.UNLABELLED: "no label to learn from",
    RowState.REDUNDANT: "nearly the frame before (align.quality.min_difference)",
    RowState.WITHDRAWN: "the person withdrew",
    RowState.NO_VIDEO: "its video is missing",
    RowState.NO_FRAME: "the video ends before its frame, or lacks it",
    RowState.DECODE_ERROR: "its frame cannot be decoded",
    RowState.QUARANTINED: "frames and label lines of its video differ too much",
    RowState.NO_FACE: "the annotated person is not found",
    RowState.LOW_QUALITY: "taken by a cut of align.quality, of training alone",
}

_BODY = """
<p>Every annotated {{ row }} ends in exactly one state: the numbers of a column add up to those of the column before.
{% if worst %}The worst video is <a href="{{ link }}">{{ worst }}</a>.{% endif %}</p>
{% for one in flows %}{{ one }}{% endfor %}
{{ meanings }}
{{ videos }}
"""


def states(material: Material) -> Section | None:
    """Return the flow of each task that is shown; None where rows have no state."""
    if not material.has_states or not material.counts.rows:
        return None
    counts = material.counts
    worst = worst_first(counts)
    body = rendered(
        _BODY,
        row=counts.footage.row,
        worst=_worst(worst[0], counts) if worst and worst[0].lost else "",
        link=link_to(LIST),
        flows=[_flow(counts, task, several=len(counts.cells) > 1) for task in counts.cells],
        meanings=_meanings(counts),
        videos=_list(material, worst) if worst else "",
    )
    return Section("states", "Row states", body)


def worst_first(counts: RowCounts) -> list[VideoCount]:
    """Return the videos, those first that lack the largest share of their faces; of equal ones the larger first."""
    return sorted(counts.videos, key=lambda one: (-one.lost_share, -one.lost, one.name))


def main_loss(video: VideoCount) -> str | None:
    """Return the state that took most rows of a video from being kept; None where nothing was wrong."""
    most = max(LOST, key=lambda state: video.states.get(state, 0))
    return str(most) if video.states.get(most, 0) else None


def _worst(video: VideoCount, counts: RowCounts) -> str:
    """Return what is wrong with a video, in words."""
    wanted, most = counts.footage.counted(video.wanted), main_loss(video)
    return f"{video.name}: {video.lost:,} of {wanted} are lost, mostly as {most}"


def _flow(counts: RowCounts, task: str, *, several: bool) -> Markup:
    cells = counts.cells[task]
    first = _first_column(counts)
    sources = list(dict.fromkeys(first.values()))
    used = {state for _, _, state in cells}
    columns = [
        [Group(name) for name in sources],
        [Group(name, "idle" if name == OTHER else "plain") for name in (*SPLITS, OTHER)],
        [Group(str(state), _tone(state), _link(state, counts)) for state in _ORDER if state in used],
    ]
    bands = [
        [(first[source], split, rows) for (source, split, _), rows in cells.items()],
        [(split, state, rows) for (_, split, state), rows in cells.items()],
    ]
    task_name = f" of {LABELS[task].title}" if several else ""
    title = f"From {counts.footage.counted(counts.rows)} with an annotation line{task_name} to kept crops"
    return flow(title, columns, [_merged(one) for one in bands], _table(cells, first, counts))


def _merged(bands: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    found: dict[tuple[str, str], int] = {}
    for start, end, rows in bands:
        found[start, end] = found.get((start, end), 0) + rows
    return [(*ends, rows) for ends, rows in found.items()]


def _first_column(counts: RowCounts) -> dict[str | None, str]:
    """Return what each source is called in the first column; one alone has its name as well."""
    return {source: source or "unknown source" for source in counts.sources}


def _tone(state: str) -> str:
    return "good" if state == RowState.KEPT else "lost" if state in LOST else "idle"


def _link(state: str, counts: RowCounts) -> str:
    return link_to(LIST, loss=state) if state in LOST and counts.videos else ""


def _table(
    cells: Mapping[tuple[str | None, str, str], int], first: Mapping[str | None, str], counts: RowCounts
) -> Markup:
    totals: dict[tuple[str | None, str], int] = {}
    for (source, split, _), rows in cells.items():
        totals[source, split] = totals.get((source, split), 0) + rows
    order = {name: index for index, name in enumerate((*SPLITS, OTHER, *map(str, _ORDER)))}
    ordered = sorted(cells, key=lambda key: (key[0] or "", order[key[1]], order[key[2]]))
    lines = [
        [first[key[0]], key[1], key[2], cells[key], percent(cells[key] / totals[key[0], key[1]])]
        for key in ordered
    ]
    return numbers(["source", "split", "state", counts.footage.rows, "of the split"], lines)


def _meanings(counts: RowCounts) -> Markup:
    found: dict[str, int] = {}
    for (_, _, state), rows in next(iter(counts.cells.values())).items():
        found[state] = found.get(state, 0) + rows
    lines = [
        [str(state), found[state], percent(found[state] / counts.rows), _MEANING[state]]
        for state in _ORDER
        if found.get(state)
    ]
    return numbers(["state", counts.footage.rows, "share", "meaning"], lines)


def _list(material: Material, worst: Sequence[VideoCount]) -> Markup:
    counts = material.counts
    shown = [state for state in _ORDER if any(state in one.states for one in worst)]
    several = len(counts.sources) > 1
    timelines = _timelines(material)
    columns = [
        Column("video", "video", "link"),
        Column("lost", "lost, % of wanted", "number", 1),
        Column("loss", "mostly", "choice"),
        Column("rows", counts.footage.rows, "number"),
        *([Column("source", "source", "choice")] if several else []),
        *(Column(f"split-{task}", split_title(task, counts), "choice") for task in counts.cells),
        Column("people", "people", "number"),
        *(Column(str(state), str(state), "number") for state in shown),
    ]
    rows = [
        [
            [one.name, _timeline(one, timelines)],
            round(100 * one.lost_share, 2),
            main_loss(one),
            one.rows,
            *([one.source] if several else []),
            *(one.in_splits(task) or OTHER for task in counts.cells),
            one.people,
            *(one.states.get(state, 0) for state in shown),
        ]
        for one in worst[:MOST_VIDEOS]
    ]
    note = (
        f"The worst come first. Lost is the share of the {counts.footage.rows} whose face was wanted and is not there; "
        "low_quality and redundant were left out on purpose."
    )
    if len(worst) > MOST_VIDEOS:
        note += f" Listed are the worst {MOST_VIDEOS:,} of {len(worst):,} videos."
    return records(LIST, "Videos by the states of their rows", columns, rows, note=note)


def _timelines(material: Material) -> dict[tuple[str, str], str]:
    """Return the address of each video's timeline by source and name, as the page shows them."""
    return {(one.source, one.name): timeline_link(one) for one in material.videos.videos}


def _timeline(video: VideoCount, timelines: Mapping[tuple[str, str], str]) -> str:
    name = printable(video.name)
    return timelines.get((video.source or "", name)) or timelines.get(("", name), "")


def split_title(task: str, counts: RowCounts) -> str:
    """Return the heading of a column of splits: with the task's name where several are shown."""
    return f"split ({LABELS[task].title})" if len(counts.cells) > 1 else "split"
