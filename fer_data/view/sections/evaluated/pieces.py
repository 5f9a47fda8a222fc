"""Pieces that the sections of an evaluation share: facts, warnings, scores with their intervals, links to rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from fer_data.core.metrics.bootstrap import interval_note
from fer_data.core.metrics.units import Drawn
from fer_data.shell.page import rendered
from fer_data.shell.shown import printable
from fer_data.view.evaluation import at, number
from fer_data.view.material import Material
from fer_data.view.videos import timeline_link

__all__ = [
    "MEAN",
    "MOST_LINKED",
    "Score",
    "drawn_note",
    "drawn_words",
    "facts",
    "headline_scores",
    "joined",
    "note",
    "row_cell",
    "score_of",
    "side_by_side",
    "timeline_cell",
    "units_by_class",
    "warning",
]

MOST_LINKED = 200
"""Rows of one list that lead to what is known of them."""

MEAN = "over_corpora"
"""The key of the mean over corpora, beside `corpora` with the scores of each."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its 95 % interval; None is not known."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def words(self) -> str:
        """Return the interval in words; empty without one."""
        return "" if self.low is None or self.high is None else f"95 %: {self.low:.3f} to {self.high:.3f}"


def score_of(scores: object, name: str, *, interval: Sequence[str] = ()) -> Score:
    """Return a score of a document of scores, with its interval, which stands under another name where one is given."""
    where = ("intervals", *(interval or (name,)))
    return Score(number(scores, name), number(scores, *where, "low"), number(scores, *where, "high"))


def headline_scores(scores: object) -> Mapping[str, Any]:
    """Return where the headline of a resolution stands: the mean over corpora, or else all rows.

    Where the only corpus lacks classes of the dataset it is its own score, over its own classes.
    """
    mean = at(scores, MEAN)
    if isinstance(mean, Mapping):
        return mean
    corpora = at(scores, "corpora")
    own = list(corpora.values()) if isinstance(corpora, Mapping) else []
    if len(own) == 1 and at(own[0], "lacks") and isinstance(own[0], Mapping):
        return own[0]
    return scores if isinstance(scores, Mapping) else {}


def drawn_words(scores: object) -> str:
    """Return what the intervals of some scores draw, such as `11 videos`; empty where nothing says it."""
    found = _drawn(scores)
    return "" if found is None else found[1].counted(found[0])


def drawn_note(scores: object, by_class: Mapping[str, int] | None = None) -> str:
    """Return why some intervals are missing, or say less than they seem to; empty where all is well."""
    found = _drawn(scores)
    return "" if found is None else interval_note(found[0], by_class or {}, found[1])


def _drawn(scores: object) -> tuple[int, Drawn] | None:
    kinds = at(scores, "intervals", "drawn")
    if not isinstance(kinds, list) or not kinds or not all(isinstance(one, str) for one in kinds):
        return None
    drawn = Drawn(tuple(printable(one) for one in kinds))
    count = number(scores, "intervals", drawn.kind)
    return None if count is None else (int(count), drawn)


def units_by_class(scores: object) -> dict[str, int]:
    """Return how many of the units that intervals draw hold each class."""
    kinds = at(scores, "intervals", "drawn")
    kind = kinds[0] if isinstance(kinds, list) and len(kinds) == 1 else "units"
    classes = at(scores, "per_class")
    names = classes if isinstance(classes, Mapping) else {}
    found = {name: number(one, str(kind)) for name, one in names.items()}
    return {name: int(count) for name, count in found.items() if count is not None}


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Return what is known of something, a line a fact; those that say nothing are left out."""
    shown = [(name, printable(text)) for name, text in pairs if text]
    return rendered(
        '<dl class="told">{% for name, text in shown %}<dt>{{ name }}</dt><dd>{{ text }}</dd>\n{% endfor %}</dl>',
        shown=shown,
    )


def note(text: str) -> Markup:
    """Return a quiet line; nothing of an empty text."""
    return rendered('{% if text %}<p class="quiet">{{ text }}</p>{% endif %}', text=printable(text))


def warning(text: str) -> Markup:
    """Return what a reader must know before anything else; nothing of an empty text."""
    return rendered(
        '{% if text %}<p class="warning" role="note"><strong>Warning:</strong> {{ text }}</p>{% endif %}',
        text=printable(text),
    )


def joined(*parts: Markup) -> Markup:
    """Return pieces one after another."""
    return Markup("").join(parts)


def side_by_side(*charts: Markup) -> Markup:
    """Return charts in columns, as many as the screen has room for; those that are empty are left out."""
    shown = [one for one in charts if one]
    return rendered('<div class="charts">{% for one in shown %}{{ one }}{% endfor %}</div>', shown=shown)


def row_cell(material: Material, row_id: str, place: int) -> list[str]:
    """Return a row of a list as a `link` column shows it; it leads to all that is known of it up to `MOST_LINKED`."""
    return [printable(row_id), material.row_link(row_id) if place < MOST_LINKED else ""]


def timeline_cell(
    material: Material, video: str, frame: int | None = None, *, source: str = ""
) -> list[str] | None:
    """Return a link to a video's timeline, at a frame of it, as a `link` column shows it; None of what is no video."""
    found = material.videos.find(video, source)
    return None if found is None else ["timeline", timeline_link(found, frame)]
