"""Who is who: which tracks were taken for whom, with what margin, and what a person should look at first."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from fer_data.errors import DatasetError, MediaError
from fer_data.pictures.images import decode
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.assignments import Decided
from fer_data.view.faces import Faces
from fer_data.view.material import Material
from fer_data.view.section import Column, Section, card, cards, link_to, records
from fer_data.view.videos import timeline_link
from fer_data.view.words import noun

__all__ = ["people"]

SHOWN = 24
"""Doubtful decisions that stand by themselves, at most; the list has them all."""

_SIDES = {
    "only": "the only person annotated",
    "left": "the left one of two",
    "right": "the right one of two",
}

_WIDTH_PX, _FRAME_PX = 900, 300
"""Of the picture of a video's tracks on a page, and of a frame in it, in which a face may be as large as the frame."""


def people(material: Material) -> Section | None:
    """Return who is who, the doubtful first; None where no report of `align` was given or lies beside the faces."""
    found = material.decisions
    if not found:
        return None
    doubtful = [one for one in found if one.doubtful]
    return Section(
        "people",
        "Who is who",
        _body(material, found, doubtful, None),
        lambda faces: _body(material, found, doubtful, faces),
    )


def _body(
    material: Material, found: Sequence[Decided], doubtful: Sequence[Decided], faces: Faces | None
) -> Markup:
    drawn: set[Path | None] = {None}
    shown = []
    for one in doubtful[:SHOWN]:
        # A video's picture shows everybody in it, so it stands at the first of its people alone.
        picture = _picture(one.picture, faces) if one.picture and faces and one.picture not in drawn else None
        drawn.add(one.picture)
        shown.append(_card(material, one, picture))
    return rendered(
        _BODY,
        cards=_figures(found, doubtful),
        shown=shown,
        left=len(doubtful) - len(shown),
        all=link_to("people-list", doubtful="yes"),
        listed=_listed(material, found),
    )


_BODY = """
<p class="quiet">A video shows faces, an annotation names a person: which of the faces are theirs is decided by place,
size, time and looks, by the organisers' crops where there are some, and by lines that a person wrote. The margin is how
far the second-best answer was, from 0 to 1; a person without a track has none. Side says whom the annotation means:
"only" is the one person annotated in a video, "left" and "right" are the two of a video by their places in the picture.
Tracks are numbered within a video: the command decide lists them with the centre of each in px. In a video's picture
the tracks taken have coloured boxes with their side, all others grey ones.</p>
{{ cards }}
{% if shown %}<h3>Doubtful, the smallest margin first</h3>{% else %}<p>Nobody is doubtful.</p>{% endif %}
{% for one in shown %}{{ one }}{% endfor %}
{% if left > 0 %}<p><a href="{{ all }}">{{ left }} more are doubtful.</a></p>{% endif %}
{{ listed }}
"""


def _figures(found: Sequence[Decided], doubtful: Sequence[Decided]) -> Markup:
    without = sum(not one.tracks for one in found)
    return cards(
        card(len(found), noun(len(found), "decision"), link=link_to("people-list")),
        card(len(doubtful), "doubtful", link=link_to("people-list", doubtful="yes")),
        card(
            without,
            noun(without, "person without a track", "people without a track"),
            link=link_to("people-list", tracks=""),
        ),
        card(
            sum(one.by_hand for one in found), "settled by hand", link=link_to("people-list", by_hand="yes")
        ),
    )


def _card(material: Material, one: Decided, picture: Markup | None) -> Markup:
    video = material.videos.find(one.video, one.source)
    return rendered(
        _CARD,
        one=one,
        percent=f"{100 * min(max(one.margin, 0.0), 1.0):.0f}",
        margin=f"{one.margin:.2f}" if one.tracks else "",
        side=_SIDES.get(one.side, one.side),
        several=" " in one.tracks or "-" in one.tracks,
        timeline=timeline_link(video) if video and video.people else "",
        commands=_commands(one, material.params),
        picture=picture or "",
    )


_CARD = """
<article class="decision">
<h4>{{ one.subject }} in video {{ one.video }}{% if one.source %} ({{ one.source }}){% endif %}</h4>
<p>{{ one.doubts }}</p>
<p>{% if margin %}Margin {{ margin }} <span class="margin"><span style="width: {{ percent }}%"></span></span>,
{% endif %}{{ side }},
{% if margin %}track{{ "s" if several }} {{ one.tracks }}{% else %}no track, so no margin{% endif %}: {{ one.reason }}.
{% if one.crops %}The organisers' crops {{ one.crops }}. {% endif %}
{% if timeline %}<a href="{{ timeline }}">Timeline</a>{% endif %}</p>
{{ picture }}
{% for what, line in commands %}<p class="command">{{ what }} <code>{{ line }}</code>
<button type="button" data-copy="{{ line }}" aria-label="Copy: {{ line }}">Copy</button></p>{% else %}
<p>Its name holds characters that no page can show; type it from the folder of videos.</p>{% endfor %}
</article>
"""


def _commands(one: Decided, params: Path | None) -> list[tuple[str, str]]:
    """Return what is typed in the project's folder to settle a decision; nothing where a name cannot be shown."""
    if printable(one.video_id) != one.video_id:
        return []
    options = [] if params in (None, Path("params.yaml")) else ["--params", str(params)]
    subject = ["--subject", one.subject]
    return [
        ("See the tracks:", _line(one.video_id, options)),
        ("Name one:", _line(one.video_id, [*options, *subject, "--track", "NUMBER"])),
        ("Or nobody:", _line(one.video_id, [*options, *subject, "--exclude"])),
    ]


def _line(video: str, options: Sequence[str]) -> str:
    """Return a command line; a name that begins with a dash stands behind the options.

    >>> _line("a b", ["--exclude"]), _line("-a", ["--exclude"])
    ("fer-data decide 'a b' --exclude", 'fer-data decide --exclude -- -a')
    """
    last = ["--", video] if video.startswith("-") else []
    first = [] if last else [video]
    return shlex.join(["fer-data", "decide", *first, *options, *last])


def _picture(path: Path, faces: Faces) -> Markup:
    """Return the picture of a video's tracks, for a page that may show faces."""
    try:
        image = decode(path.read_bytes())
    except (OSError, MediaError) as error:
        raise DatasetError(f"{path} cannot be read: {error} Run `dvc repro align` to draw it.") from error
    return faces.figure(image, f"Tracks of {path.stem}", side_px=_WIDTH_PX, face_px=_FRAME_PX)


def _listed(material: Material, found: Sequence[Decided]) -> Markup:
    several = any(one.source for one in found)
    columns = [
        Column("video", "video", "link"),
        *([Column("source", "source", "choice")] if several else []),
        Column("person", "person"),
        Column("doubtful", "doubtful", "choice"),
        Column("margin", "margin", "number", 2),
        Column("side", "side", "choice"),
        Column("tracks", "tracks"),
        Column("reason", "decided by"),
        Column("doubts", "doubts"),
        Column("crops", "organisers' crops"),
        Column("by_hand", "by hand", "choice"),
    ]
    rows = []
    for one in found:
        video = material.videos.find(one.video, one.source)
        link = timeline_link(video) if video and video.people else ""
        source = [one.source] if several else []
        rows.append([
            [one.video, link], *source, one.subject, _yes(one.doubtful), one.margin if one.tracks else None,
            one.side, one.tracks, one.reason, one.doubts, one.crops, _yes(one.by_hand),
        ])  # fmt: skip
    return records("people-list", "All decisions", columns, rows)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
