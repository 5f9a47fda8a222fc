"""What is wrong with parameters, in one line: the key in full, the value, the rule and the remedy."""

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from reprlib import Repr
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fer_data.shell.sections.kinds import kinds
from fer_data.shell.suggestions import closest, did_you_mean, ended, quoted

__all__ = ["brief", "complaint", "known_keys", "nearest", "number_hint"]

_KEY_LENGTH = 60
_PLAIN_DIGITS = 6
_NUMBER = re.compile(r"[-+]?([0-9][0-9_]*([.,][0-9_]*)?|[.,][0-9]+)(e[-+]?[0-9]{1,3})?", re.IGNORECASE)
_YAML_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*(e[-+][0-9]+)?)?")
_REPR = Repr()
_REPR.maxstring = _REPR.maxother = 56


def brief(value: object) -> str:
    """Return a value for a message, cut short.

    >>> brief("x" * 1000)
    "'xxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxx'"
    """
    return _REPR.repr(value)


def complaint(name: str, model: type[BaseModel], error: ValidationError) -> str:
    """Return what is wrong with section `name` ("" for the whole file), and how many more values are.

    A key that is not ours comes first, because another may be missing through it.
    """
    faults = error.errors(include_url=False)
    first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    (key, kind), others = _key(model, first), len(faults) - 1
    if first["type"] == "extra_forbidden" and (meant := nearest(model, key, kind)):
        others -= any(fault["type"] == "missing" and _key(model, fault)[0] == meant for fault in faults)
    more = f" {others} more value(s) are wrong." if others else ""
    return f"{_said(name, model, first)}{more}"


def _said(name: str, model: type[BaseModel], fault: Any) -> str:  # noqa: ANN401 - pydantic's dictionary
    """Return one fault in words."""
    (key, kind), value, rule = _key(model, fault), fault["input"], fault["msg"].removeprefix("Value error, ")
    full = _dotted(name, key)
    match fault["type"]:
        case "extra_forbidden":
            meant = nearest(model, key, kind)
            above = _parent(_general(model, key)[0])
            beside = [_last(other) for other in known_keys(model, kind) if _parent(other) == above]
            remedy = f"Did you mean {quoted(_dotted(name, meant))}?" if meant else did_you_mean("", beside)
            return f"{full} is an unknown key. {remedy}"
        case "missing":
            return f"{full} is missing. Copy it from the params.yaml of this version."
        case "union_tag_not_found":
            return (
                f"{_dotted(full, _kind_key(fault))} is missing. Copy it from the params.yaml of this version."
            )
        case "union_tag_invalid":
            return _unknown_kind(full, fault)
        case "model_type" | "model_attributes_type":
            return f"{full} ({brief(value)}) must be a mapping of keys. Indent its keys under it."
        case "value_error" if _general(model, _dotted(key, rule.split()[0]))[0] in known_keys(model):
            return ended(_dotted(full, rule))
        case "value_error":
            return ended(f"{full}: {rule}")
        case "literal_error" if isinstance(value, str):
            known = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
            return f"{full} ({brief(value)}) is unknown. {did_you_mean(value, known)}"
        case _:
            return f"{full} ({brief(value)}) is wrong: {rule}.{_hint(fault['type'], value)}"


def _unknown_kind(full: str, fault: Any) -> str:  # noqa: ANN401 - pydantic's dictionary
    """Return that a section is of no kind that there is, and which there are."""
    key, known = _kind_key(fault), fault["ctx"]["expected_tags"].replace("'", "")
    value = fault["input"][key]
    return f"{_dotted(full, key)} ({brief(value)}) is no kind of corpus. {did_you_mean(value, known.split(', '))}"


def _kind_key(fault: Any) -> str:  # noqa: ANN401 - pydantic's dictionary
    return str(fault["ctx"]["discriminator"]).strip("'")


def nearest(model: type[BaseModel], key: str, kind: str = "") -> str | None:
    """Return the known key that an unknown one most likely stands for: a like name beside it, or its own elsewhere.

    `kind` is that of the section of several kinds on the way to it, if there is one.
    """
    keys, (key, name) = list(known_keys(model, kind)), _general(model, key)
    found = _like(keys, key)
    return None if found is None or (not name and "*" in found) else found.replace("*", name)


def _like(keys: Sequence[str], key: str) -> str | None:
    beside = {_last(other).lower(): other for other in keys if _parent(other) == _parent(key)}
    like = closest(_last(key), list(beside))
    if like:
        return beside[like]
    elsewhere = [other for other in keys if _last(other) == _last(key)]
    return elsewhere[0] if len(elsewhere) == 1 else None


def known_keys(model: type[BaseModel], kind: str = "") -> Iterator[str]:
    """Yield the dotted name of every key of a section, those of the sections in it included.

    A map of sections has `*` where a name stands: `sources.*.root`. Of a section of several kinds come the keys of
    `kind`, and those of all kinds without one.
    """
    for name, field in model.model_fields.items():
        yield name
        inner = "*." if get_origin(field.annotation) is dict else ""
        found = (key for part in _sections(field.annotation, kind) for key in known_keys(part))
        yield from (f"{name}.{inner}{key}" for key in dict.fromkeys(found))


def _sections(annotation: object, kind: str) -> Iterator[type[BaseModel]]:
    """Yield the sections that a key holds: itself, one of `... | None`, or those of a map."""
    for part in (annotation, *get_args(annotation)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            yield part
        elif of_kind := kinds(part):
            yield from ([of_kind[kind]] if kind in of_kind else of_kind.values())


def _general(model: type[BaseModel], key: str) -> tuple[str, str]:
    """Return a key as `known_keys` has it, and the name that `*` stands for in it ("" for none)."""
    first, _, rest = key.partition(".")
    name, dot, below = rest.partition(".")
    if dot and any(known.startswith(f"{first}.*.") for known in known_keys(model)):
        return f"{first}.*.{below}", name
    return key, ""


def number_hint(value: object) -> str:
    """Return how YAML wants a number that it reads as text, and "" for what is none.

    >>> number_hint("15e-4")
    ' YAML takes it for text: write 1.5e-3.'
    >>> number_hint("0.5")
    ' Write it without quotes.'
    """
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return ""
    number = Decimal(value.replace(",", ".").replace("_", ""))
    if _YAML_NUMBER.fullmatch(value):
        return " Write it without quotes."
    return f" YAML takes it for text: write {_as_yaml(number)}." if math.isfinite(float(number)) else ""


def _as_yaml(number: Decimal) -> str:
    """Return a number in the form that every reader of YAML takes for one: with a point, and a sign behind the e."""
    digits = number.normalize()
    if 0 <= digits.adjusted() < _PLAIN_DIGITS or not digits:
        return f"{digits:f}"
    mantissa, _, exponent = f"{digits:e}".partition("e")
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{int(exponent):+d}"


def _hint(kind: str, value: object) -> str:
    """Return the remedy where a value has the right digits in the wrong type."""
    if kind == "string_type" and isinstance(value, int | float):
        return " Put it in quotes."
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f" Write it as {value:.0f}."
    return number_hint(value) if kind in {"float_type", "int_type"} else ""


def _key(model: type[BaseModel], fault: Any) -> tuple[str, str]:  # noqa: ANN401 - pydantic's dictionary
    """Return the dotted key of a fault, and the kind of the section of several kinds on the way to it ("" for none).

    Pydantic puts the kind between the keys: ("sources", "faces", "rafdb", "root").
    """
    parts, kind = [], ""
    here: object = model
    for part in fault["loc"]:
        if of_kind := kinds(here):
            kind, here = str(part), of_kind.get(str(part))
        elif part != "[key]":
            parts.append(str(part)[:_KEY_LENGTH])
            here = _below(here, str(part))
    return _dotted(*parts), kind


def _below(annotation: object, name: str) -> object:
    """Return what a key of a section, or a name in a map, holds; None of what is neither."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    field = getattr(annotation, "model_fields", {}).get(name)
    return None if field is None else field.annotation


def _dotted(*parts: str) -> str:
    return ".".join(filter(None, parts))


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _parent(key: str) -> str:
    return key.rpartition(".")[0]
