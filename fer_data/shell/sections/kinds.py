"""Sections of several kinds, told apart by one of their keys: a union that pydantic discriminates."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["kind_key", "kinds", "section_for"]


def kind_key(annotation: object) -> str | None:
    """Return the key that tells the kinds of a section apart; None of what has one kind alone."""
    if get_origin(annotation) is not Annotated:
        return None
    found = (part.discriminator for part in get_args(annotation)[1:] if isinstance(part, FieldInfo))
    return next((name for name in found if isinstance(name, str)), None)


def kinds(annotation: object) -> dict[str, type[BaseModel]]:
    """Return the section of each kind by its name, in the order written; nothing of what has one kind alone."""
    key = kind_key(annotation)
    if key is None:
        return {}
    members = get_args(get_args(annotation)[0])
    return {name: member for member in members for name in get_args(member.model_fields[key].annotation)}


def section_for(annotation: object, value: Any) -> Any:  # noqa: ANN401 - types and values of YAML
    """Return the section that a value is of: where there are kinds, the one that the value names, else None."""
    if not (found := kinds(annotation)):
        return annotation
    named = value.get(kind_key(annotation)) if isinstance(value, Mapping) else None
    return found.get(named) if isinstance(named, str) else None
