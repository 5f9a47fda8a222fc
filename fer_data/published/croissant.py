"""A dataset as Croissant describes it: its files with their hashes, and which records a program finds in which.

::

    data/published/PX/croissant.json      rows.parquet  -> record set `rows`; the Arrow shards as files alone
    what `fer-data convert` writes        data/*.parquet -> a record set a split, pictures included

Croissant knows no Arrow files, so mlcroissant reads pictures from Parquet alone. Of a split in one file it holds the
file against its hash; several it reads without: `fer-data verify` and the Hub hold them.

Source: The Croissant Format, version 1.1, and its RAI vocabulary 1.0 (docs.mlcommons.org/croissant).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

__all__ = [
    "CROISSANT_FILE",
    "DescribedFile",
    "class_records",
    "croissant",
    "file_object",
    "parquet_croissant",
    "record_set",
]

CROISSANT_FILE = "croissant.json"

_ARROW, _PARQUET = "application/vnd.apache.arrow.stream", "application/x-parquet"
_MEDIA = {".arrow": _ARROW, ".parquet": _PARQUET, ".json": "application/json", ".png": "image/png"}

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""As the format asks for it, word for word; another one is a warning of mlcroissant's."""

_DAY = "2026-11-27"
"""`datePublished`, which the format asks for: of this form of the file. Today's would change bytes; the day of a
version is that of its git tag."""

_TYPES = {
    pa.int8(): "cr:Int8",
    pa.int16(): "cr:Int16",
    pa.int32(): "cr:Int32",
    pa.int64(): "cr:Int64",
    pa.float32(): "cr:Float32",
    pa.float64(): "cr:Float64",
    pa.string(): "sc:Text",
    pa.bool_(): "sc:Boolean",
}
_INEXACT = {"perceptual_hash"}
"""64 bits or null: pandas, and so mlcroissant, makes floats of them."""

_CLASSES = "expression_classes"
_MEANING = {
    "image": "The face, as encoded bytes.",
    "expression": f"Index of the class in record set {_CLASSES}; -1 or null where there is none.",
    "valence": "In [-1, 1]; null where there is none.",
    "arousal": "In [-1, 1]; null where there is none.",
    "action_units": "1 present, 0 absent, -1 or null where a unit is not coded.",
    "row_id": "Names the row.",
    "subject_id": "Names the person, as far as the corpus tells people apart.",
    "person_id": "The same; one name for a person who was confirmed under several.",
    "video_id": "Names the video or picture that the row is of.",
    "state": "What became of the row: `kept` has a face.",
    "corpus": "Name of the source.",
    "box": "Of the face in its source, in px: x_min, y_min, x_max, y_max.",
    "landmarks": "Eyes, nose and corners of the mouth in the source, in px.",
    "parent_id": "Row of which this is an augmented copy; empty for an original.",
    "augmentation": "What was done to the parent, as JSON.",
}


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A file of a dataset: its name inside the folder, its size in bytes and its hash."""

    name: str
    size: int
    sha256: str


def croissant(
    about: Mapping[str, Any], distribution: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the document; `about` says what the dataset is, in the words of schema.org and of the RAI vocabulary."""
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        **about,
        "datePublished": _DAY,
        "distribution": list(distribution),
        "recordSet": list(records),
    }


def file_object(file: DescribedFile) -> dict[str, Any]:
    """Return a file with its hash; its name is a path below the folder that the document lies in."""
    suffix = file.name[file.name.rfind(".") :]
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.size} B",
        "encodingFormat": _MEDIA.get(suffix, "application/octet-stream"),
        "sha256": file.sha256,
    }


def record_set(name: str, description: str, source: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """Return the records of a file or a set of files, a field a column, known by `row_id`."""
    fields = [
        _field(f"{name}/{column.name}", column, {**source, "extract": {"column": column.name}})
        for column in schema
        if column.name not in _INEXACT
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": description,
        "key": {"@id": f"{name}/row_id"},
        "field": fields,
    }


def _field(identity: str, column: pa.Field, source: Mapping[str, Any]) -> dict[str, Any]:
    kind = column.type
    field: dict[str, Any] = {"@type": "cr:Field", "@id": identity, "name": column.name}
    if column.name in _MEANING:
        field["description"] = _MEANING[column.name]
    if pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        return {
            **field,
            "dataType": "sc:ImageObject",
            "source": {**source, "transform": {"jsonPath": "bytes"}},
        }
    if pa.types.is_struct(kind):
        inner = (
            _field(f"{identity}/{part.name}", part, {**source, "transform": {"jsonPath": part.name}})
            for part in kind
        )
        return {**field, "subField": list(inner)}
    shape = []
    while pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        shape.append(kind.list_size if pa.types.is_fixed_size_list(kind) else -1)
        kind = kind.value_type
    if shape:
        field |= {"isArray": True, "arrayShape": ",".join(map(str, shape))}
    return {**field, "dataType": _TYPES[kind], "source": dict(source)}


def class_records(classes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the record set of the classes with their indices; nothing of a dataset without any."""
    if not classes:
        return
    index, label = f"{_CLASSES}/index", f"{_CLASSES}/label"
    yield {
        "@type": "cr:RecordSet",
        "@id": _CLASSES,
        "name": _CLASSES,
        "description": "The classes of `expression`, in label order.",
        "dataType": "sc:Enumeration",
        "key": {"@id": index},
        "field": [
            {"@type": "cr:Field", "@id": index, "name": "index", "dataType": "sc:Integer"},
            {"@type": "cr:Field", "@id": label, "name": "label", "dataType": "sc:Text"},
        ],
        "data": [{index: place, label: name} for place, name in enumerate(classes)],
    }


def parquet_croissant(
    document: Mapping[str, Any],
    files: Mapping[str, Sequence[DescribedFile]],
    schema: pa.Schema,
    *,
    with_rows: bool = False,
) -> dict[str, Any]:
    """Return the document of the same dataset as Parquet: a record set a split, from its files, pictures included.

    Args:
        document: that of the published dataset.
        files: of each split, in the order of its rows.
        schema: of them all.
        with_rows: whether `rows.parquet` goes along.
    """
    distribution = [one for one in document["distribution"] if with_rows and one["@id"] == "rows.parquet"]
    distribution += [file_object(file) for held in files.values() for file in held]
    staying = {_CLASSES, "rows"} if with_rows else {_CLASSES}
    records = [one for one in document["recordSet"] if one["@id"] in staying]
    for split, held in files.items():
        source: dict[str, Any] = {"fileObject": {"@id": held[0].name}}
        if len(held) > 1:
            source = {"fileSet": {"@id": f"{split}-files"}}
            distribution.append(_file_set(f"{split}-files", held))
        records.append(record_set(split, f"The rows of {split}, copies after their parents.", source, schema))
    return {**document, "distribution": distribution, "recordSet": records}


def _file_set(identity: str, files: Sequence[DescribedFile]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": identity,
        "name": identity,
        "encodingFormat": _PARQUET,
        "includes": [file.name for file in files],
    }
