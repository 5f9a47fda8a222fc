"""What a published dataset says of itself in its Croissant file, beside its files and records."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from fer_data.publish.card_facts import citation, is_rendered, known_corpora, known_limits, papers, stated
from fer_data.publish.card_tables import CardSplit
from fer_data.published.card_text import AI_ACT, NOT_FOR
from fer_data.published.croissant import DescribedFile, class_records, croissant, file_object, record_set
from fer_data.published.licences import OPEN_LICENCES

__all__ = ["published_croissant"]

_SPDX = {
    "cc0-1.0": "CC0-1.0",
    "pddl": "PDDL-1.0",
    "apache-2.0": "Apache-2.0",
    "cc-by-2.0": "CC-BY-2.0",
    "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0",
    "mit": "MIT",
    "odc-by": "ODC-By-1.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "odbl": "ODbL-1.0",
}
"""Source: spdx.org/licenses; the Hub's names of the licences that open a dataset."""

_ROWS = (
    "Every row of the task with its labels, augmented copies left out, and the state it ended in. The pictures of "
    "those kept are in the Arrow files, which `datasets.load_from_disk` reads."
)
_SENSITIVE = (
    "Faces, and the places of their parts: personal data of the people shown.",
    "Labels of how a face looks, which may be taken for what a person felt; ids of people as the corpora name them.",
)


def published_croissant(
    splits: Sequence[CardSplit],
    classes: Sequence[str],
    provenance: Mapping[str, Any],
    *,
    files: Sequence[DescribedFile],
    rows: pa.Schema,
) -> dict[str, Any]:
    """Return the Croissant document of a published dataset with these files; `rows` is the schema of `rows.parquet`."""
    source = {"fileObject": {"@id": "rows.parquet"}}
    return croissant(
        {**_about(provenance), **_responsible(splits, classes, provenance)},
        [file_object(file) for file in files],
        [*class_records(classes), record_set("rows", _ROWS, source, rows)],
    )


def semantic_version(version: str) -> str:
    """Return a version as semantic versioning spells it, which knows drafts by a hyphen.

    >>> semantic_version("0.2.0"), semantic_version("0.2.0.dev1")
    ('0.2.0', '0.2.0-dev.1')
    """
    return version.replace(".dev", "-dev.")


def _about(provenance: Mapping[str, Any]) -> dict[str, Any]:
    controller = stated(provenance)["controller"]
    rendered = "rendered faces, nobody is in the pictures; " if is_rendered(provenance) else ""
    return {
        "name": f"{provenance['name']}-{provenance['resolution']}px",
        "description": (
            f"Face crops of {provenance['resolution']} px with labels of facial expression ({rendered}licence class "
            f"{provenance['licence']['kind']}). SHA-256 of rows and pixels: {provenance['dataset_sha256']}."
        ),
        "version": semantic_version(provenance["version"]),
        "license": _licence(provenance["licence"]),
        "citeAs": "\n".join([citation(provenance), *papers(provenance)]),
        "keywords": ["facial expression recognition", "faces", *(["synthetic"] if rendered else [])],
        "inLanguage": "en",
        **({"creator": {"@type": "sc:Organization", "name": controller}} if controller else {}),
    }


def _licence(licence: Mapping[str, Any]) -> str | dict[str, Any]:
    """Return the address of an open licence, else what restricts the whole, in words."""
    name = licence["pictures"].lower()
    if licence["kind"] == "open" and name in OPEN_LICENCES:
        return f"https://spdx.org/licenses/{_SPDX[name]}.html"
    return {
        "@type": "sc:CreativeWork",
        "name": licence["pictures"],
        "description": " ".join([f"Class {licence['kind']}: restricted.", *licence["reasons"]]),
    }


def _responsible(
    splits: Sequence[CardSplit], classes: Sequence[str], provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is known in the words of the RAI vocabulary; what nobody stated is left out."""
    corpora, rendered = known_corpora(provenance), is_rendered(provenance)
    said, detector = stated(provenance), provenance["detector"]["name"]
    return {
        "rai:dataCollection": " ".join(
            f"{one.name}: {one.record.collected} {one.record.consent}" for one in corpora
        ),
        "rai:dataCollectionType": ["Software Collection" if rendered else "Secondary Data Analysis"],
        "rai:dataCollectionMissingData": (
            "Rows without a face, a picture or a label stand in rows.parquet with the state they ended in; a missing "
            "label is -1 or NaN."
        ),
        "rai:dataPreprocessingProtocol": _preprocessing(provenance),
        "rai:dataAnnotationProtocol": _annotation(splits),
        **({"rai:machineAnnotationTools": [f"{detector} (box, landmarks)"]} if detector else {}),
        "rai:dataBiases": [f"{one.name}: {one.record.who}" for one in corpora],
        "rai:dataLimitations": known_limits(splits, classes, provenance),
        "rai:dataUseCases": [f"Research on facial expression recognition. {NOT_FOR}"],
        "rai:dataSocialImpact": AI_ACT,
        "rai:personalSensitiveInformation": ["None: nobody is in the pictures."]
        if rendered
        else list(_SENSITIVE),
        **({"rai:dataReleaseMaintenancePlan": said["retention"]} if said["retention"] else {}),
    }


def _preprocessing(provenance: Mapping[str, Any]) -> list[str]:
    return [
        f"Crops of geometry {provenance['geometry']}, as `align` of provenance.json says.",
        f"Brought to {provenance['resolution']} px.",
    ]


def _annotation(splits: Sequence[CardSplit]) -> list[str]:
    kinds = dict.fromkeys(
        (kind.corpus, kind.source, kind.scope) for split in splits for kind in split.kinds if kind.source
    )
    return [f"{corpus}: labels {source}, of a {scope}" for corpus, source, scope in sorted(kinds)] or [
        "No labels."
    ]
