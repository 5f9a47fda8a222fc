"""The gallery of a folder: one HTML page of cards to filter and sort, which needs no network."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from fer_data.core.labels.tasks import LABELS
from fer_data.model.files import Model
from fer_data.predict.colours import class_colours
from fer_data.predict.gallery import MAX_STILLS, Gallery
from fer_data.predict.parts import unit_number
from fer_data.shell.page import json_block, page
from fer_data.shell.shown import printable

__all__ = ["FACES_PAGE", "PAGE", "gallery_page"]

PAGE, FACES_PAGE = "gallery.html", "gallery-contains-faces.html"

_HEAD = """
<a class="skip" href="#main">Skip to the content</a>
<header><h1>{{ heading }}</h1>
<button type="button" id="theme">Light or dark</button></header>
{% if warning %}<p class="licence every" role="note" tabindex="0"><strong>{{ warning }}</strong> {{ licence }}</p>
{% elif licence %}<p class="licence" role="note">{{ licence }}</p>{% endif %}
"""

_BODY = """
<p>{{ about }}{% if note %} <strong>{{ note }}.</strong>{% endif %}</p>
{% for text in sampled %}<p class="quiet">{{ text }}</p>{% endfor %}
<noscript><p>This page shows its cards with JavaScript. predictions.csv beside it has all numbers.</p></noscript>
<form id="controls" class="controls" aria-label="Filter and sort"></form>
<p id="count" role="status"></p>
<ul id="cards" class="cards" aria-label="Videos and pictures"></ul>
<div class="pager controls"><button type="button" id="back">Back</button><span id="place"></span>
<button type="button" id="next">Next</button></div>
<section aria-labelledby="totals-title"><h2 id="totals-title">People by class</h2><div id="totals"></div></section>
{{ block }}
"""


def gallery_page(
    gallery: Gallery, model: Model, *, title: str, reasons: Sequence[str], faces: bool, smoothing_frames: int
) -> str:
    """Return the page; `reasons` keep what it is made of from being open, `faces` shows the pictures that were kept."""
    heading = f"What the model says of {printable(title)}"
    shown = gallery.shown()
    stills = gallery.stills if faces else {}
    entries = [{**gallery.entries[position], "still": stills.get(position)} for position in shown]
    values = [one for task in model.tasks if LABELS[task].kind == "values" for one in model.outputs_of(task)]
    data = {
        "classes": [printable(name) for name in model.classes],
        "colours": [
            f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in class_colours(len(model.classes))
        ],
        "values": values,
        "units": [unit_number(name) for name in model.units],
        "entries": entries,
    }
    return page(
        f"{heading}: fer-data",
        _BODY,
        head=_HEAD,
        style=_asset("gallery.css"),
        scripts=[_asset("gallery.js")],
        heading=heading,
        about=_about(gallery, model, smoothing_frames),
        note=model.note and model.note[0].upper() + model.note[1:],
        sampled=_sampled(gallery.count, entries, faces=faces),
        licence=" ".join(reasons),
        warning="Contains faces." if faces and reasons else "",
        block=json_block("gallery", data),
    )


def _about(gallery: Gallery, model: Model, smoothing_frames: int) -> str:
    averaged = f", averaged over {2 * smoothing_frames + 1} frames" if smoothing_frames else ""
    return (
        f"{gallery.count:,} {'video or picture' if gallery.count == 1 else 'videos and pictures'}, answered by a model "
        f"trained on {printable(model.trained_on)}. A person's answer is the mean over the frames that show them"
        f"{averaged}; frame by frame it is in predictions.csv."
    )


def _sampled(count: int, entries: Sequence[Mapping[str, Any]], *, faces: bool) -> list[str]:
    """Return what is not on the page, a sentence each."""
    said, stills = [], sum(one["still"] is not None for one in entries)
    if len(entries) < count:
        said.append(
            f"Shown are {len(entries):,} of {count:,}, evenly spaced in the order of their names; predictions.csv has "
            "all."
        )
    if not faces:
        said.append("Without pictures: a sketch shows where faces are. --faces adds a page that has them.")
    elif stills < sum(one["size"] is not None for one in entries):
        said.append(f"{stills:,} have a picture, evenly spaced as well: a page holds {MAX_STILLS:,} at most.")
    return said


def _asset(name: str) -> str:
    return (files("fer_data.predict") / "assets" / name).read_text(encoding="utf-8")
