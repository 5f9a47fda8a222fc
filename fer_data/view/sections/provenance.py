"""Where the data come from and what made them."""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from fer_data.shell.page import rendered
from fer_data.tables.origin import origin_text, stated_origin
from fer_data.tables.schemas import FACE_ROWS, ROWS, read_metadata
from fer_data.view.made_by import MadeBy, changed_values, made_by
from fer_data.view.material import Material
from fer_data.view.section import Section, numbers

__all__ = ["provenance"]

_BODY = """
{{ facts }}
{% if made %}
<h3>Parameters that differ from the demo's</h3>
<p class="quiet">By {{ told_by }}{{ "" if changed else ": none of " ~ values ~ " values differs" }}.</p>
{{ changed }}
{% if code %}<h3>Code and libraries</h3>{{ code }}{% endif %}
{% endif %}
"""


def provenance(material: Material) -> Section | None:
    """Return what is stated of the data's making; None where nothing is."""
    facts = [[name, value] for name, value in _facts(material) if value not in (None, "", {})]
    made = made_by(material)
    if not facts and made is None:
        return None
    changed = changed_values(made.params) if made else []
    body = rendered(
        _BODY,
        facts=numbers(["fact", "value"], facts),
        made=made is not None,
        told_by=made.told_by if made else "",
        values=_count(made.params) if made else 0,
        changed=numbers(["parameter", "here", "in the demo"], changed) if changed else "",
        code=_code(made) if made and made.code else "",
    )
    return Section("provenance", "Provenance", body)


def _facts(material: Material) -> Iterator[tuple[str, object]]:
    if material.shards is not None:
        yield from _of_dataset(material.shards.documents.provenance)
    elif material.row_tables:
        for table in material.row_tables:
            yield from _of_table(read_metadata(table, FACE_ROWS if material.has_states else ROWS))
    folder = material.folders.get("evaluation")
    if folder is not None:
        yield from _of_evaluation(material)


def _of_dataset(stated: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "name", stated.get("name")
    yield "version", stated.get("version")
    yield "hash of the content", stated.get("dataset_sha256")
    for split, digest in (stated.get("splits") or {}).items():
        yield f"hash of {split}", digest
    yield "hash of provenance.json", stated.get("seal_sha256")
    yield "licence of the pictures", (stated.get("licence") or {}).get("pictures")
    yield "resolution, px", stated.get("resolution")
    yield "geometry", stated.get("geometry")
    pictures = stated.get("pictures") or {}
    yield "pictures", ", ".join(f"{key} {value}" for key, value in pictures.items())
    yield from _detector(stated.get("detector") or {})
    yield "origin", origin_text(stated.get("origin"))
    yield "fer-data", stated.get("fer_data")
    for name, count in (stated.get("corpora") or {}).items():
        yield f"rows of {name}", count
    files = stated.get("files") or {}
    yield "files", f"{len(files):,}, {sum(int(one.get('size', 0)) for one in files.values()) / 1e6:,.1f} MB"


def _of_table(stated: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    import json

    yield "source", stated.get("source")
    yield "origin", origin_text(stated_origin(stated))
    yield "rows are", stated.get("medium")
    yield "classes", ", ".join(map(str, json.loads(stated.get("classes", "[]"))))
    yield from _detector(json.loads(stated.get("detector", "{}")))


def _detector(stated: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "detector", stated.get("name")
    yield "hash of its weights", stated.get("weights_sha256")


def _of_evaluation(material: Material) -> Iterator[tuple[str, object]]:
    found = material.evaluation
    stated = found.scores if found else {}
    for part, title in (("dataset", "evaluated on"), ("model", "model")):
        values = stated.get(part)
        for key, value in values.items() if isinstance(values, Mapping) else ():
            yield f"{title}: {key.replace('_', ' ')}", str(value)


def _code(made: MadeBy) -> Markup:
    rows = [
        [
            stage,
            digest[:16],
            ", ".join(f"{name} {version}" for name, version in made.libraries.get(stage, {}).items()),
        ]
        for stage, digest in made.code.items()
    ]
    return numbers(["stage", "hash of its code, first 16 digits", "libraries"], rows)


def _count(params: Mapping[str, Any]) -> int:
    return sum(_count(one) if isinstance(one, Mapping) and one else 1 for one in params.values())
