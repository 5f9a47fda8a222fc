"""The section of a card, of a dataset or a model, on its licence: the class, the reasons for it, and every part."""

from collections.abc import Mapping
from typing import Any

from fer_data.shell.shown import markdown

__all__ = ["licence_text"]

_CLASSES = {
    "open": "Class `open`: nothing that is known keeps it from being passed on, as the licences below ask.",
    "research": "Class `research`: restricted. It is for those who hold every licence below, as each of them allows. "
    "Do not pass it on, nor features, models or predictions that are made of it.",
}
_ROLES = {
    "corpus": "source",
    "detector": "detector",
    "identity": "network that told people apart",
    "start": "weights that training started from,",
}


def licence_text(licence: Mapping[str, Any]) -> str:
    """Return the class of a licence, the reasons for it, and a line on each part, as Markdown."""
    lines = [_line(part) for part in licence["parts"]]
    reasons = [markdown(reason) for reason in licence["reasons"]]
    return "\n\n".join(filter(None, [_CLASSES[licence["kind"]], *reasons, "\n".join(lines)]))


def _line(part: Mapping[str, Any]) -> str:
    read = f"read on {part['read']}: " if part["read"] else ""
    where = markdown(f" ({read}{part['where']})") if part["where"] else ""
    name = part["name"] if part["role"] != "start" else part["name"][:16]
    role, covers = _ROLES.get(part["role"], part["role"]), ", ".join(part["covers"])
    title, licence, holder = (markdown(part[key]) for key in ("title", "licence", "holder"))
    return f"- {role} `{name}`: {title}, under {licence}{where}. Holder: {holder}. It covers {covers}."
