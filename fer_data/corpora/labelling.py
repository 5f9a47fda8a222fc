"""Labels of any corpus, in its own words, as the columns of a dataset: the one place where they meet.

::

    GivenRow, GivenLabels --Labelling--> expression, votes, values, units and what is known of them: columns of `ROWS`
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64, Mask
from fer_data.core.labels.classes import ClassPlaces, class_places, likely_class, mapped_classes
from fer_data.core.labels.scales import in_unit_scale
from fer_data.core.labels.tasks import (
    ACTION_UNITS,
    EXPRESSION,
    LABELS,
    NO_LABEL,
    SEVEN_CLASSES,
    UNITS,
    VALENCE_AROUSAL,
)
from fer_data.core.labels.votes import agreement, vote_counts
from fer_data.corpora.given import ClassTable, CorpusKind, GivenLabels, GivenRow, Medium
from fer_data.errors import CorpusError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.suggestions import closest, quoted
from fer_data.tables.label_fields import ACTION_UNITS_TYPE, DETAILS, INTENSITIES_TYPE

__all__ = [
    "LabelColumns",
    "Labelling",
    "dataset_classes",
    "label_findings",
    "label_metadata",
    "labelling_of",
    "labels_as_columns",
    "lacking_findings",
    "source_places",
]

_MOST_VOTES = 32_767
_MODALITIES = {"voice": "votes_voice", "face": "votes_face"}


@dataclass(frozen=True, slots=True)
class Labelling:
    """How the labels of one source become those of the dataset.

    Attributes:
        places: its classes among those of the dataset.
        value_scale: lowest and highest valence and arousal in its files.
        medium: whether rows are frames of videos, or pictures.
    """

    places: ClassPlaces
    value_scale: tuple[float, float] = (-1.0, 1.0)
    medium: Medium = "videos"


@dataclass(frozen=True, slots=True, eq=False)
class LabelColumns:
    """The columns of some rows, and what of their labels the dataset does not have.

    Attributes:
        columns: of labels and of what is known of them, by their names in `ROWS`.
        outside: rows by the name of a class that is none of the dataset's.
        out_of_scale: rows with a valence or arousal beyond the scale of the corpus; it is null.
    """

    columns: Mapping[str, pa.Array]
    outside: Counter[str]
    out_of_scale: int


def dataset_classes(given: Iterable[str], source: SourceParams) -> tuple[str, ...]:
    """Return the classes of a dataset that is read from a corpus with the classes `given`.

    One without any takes `seven`, whose names stand in no row.
    """
    if isinstance(source.dataset.classes, list):
        return tuple(source.dataset.classes)
    if source.dataset.classes == "seven":
        return tuple(map(str, SEVEN_CLASSES))
    return mapped_classes(given, source.dataset.class_map) or tuple(map(str, SEVEN_CLASSES))


def source_places(given: Sequence[str], source: SourceParams, table: ClassTable | None = None) -> ClassPlaces:
    """Return where the classes of a source stand in the dataset; `given` are those that its copy has."""
    return class_places(
        dataset_classes(given, source),
        given,
        source.dataset.class_map,
        unknown=table.unknown if table else (),
        no_face=table.no_face if table else (),
    )


def labelling_of(kind: CorpusKind, given: Sequence[str], source: SourceParams) -> Labelling:
    """Return how the labels of a source become columns; `given` are the classes that its copy has."""
    return Labelling(source_places(given, source, kind.table), kind.value_scale, kind.medium)


def label_metadata(name: str, labelling: Labelling, class_map: Mapping[str, str | None]) -> dict[str, str]:
    """Return what the metadata of a catalog says of the labels of the source `name`."""
    places = labelling.places
    return {
        "classes": json.dumps(places.classes),
        "corpus_classes": json.dumps({name: places.possible}),
        "given_classes": json.dumps({name: places.given}),
        "class_map": json.dumps(class_map),
        "value_scale": json.dumps({name: labelling.value_scale}),
    }


def label_findings(
    outside: Mapping[str, int], out_of_scale: int, classes: Sequence[str] = ()
) -> Iterator[Finding]:
    """Yield what a dataset of these classes does not have of a corpus' labels, rows of all counted."""
    for name, count in sorted(outside.items()):
        meant = likely_class(name, classes) or closest(name, list(classes))
        such = f", such as `{name}: {meant}`" if meant else ""
        yield Finding(
            "class-outside",
            Severity.INFO,
            f"{count:,} rows of class {name} have no expression: the dataset has no such class. dataset.class_map can "
            f"take it to one that it has{such}.",
        )
    if out_of_scale:
        yield Finding(
            "label-out-of-range",
            Severity.ERROR,
            f"{out_of_scale:,} rows have a valence or arousal beyond the scale of the corpus, which is left out.",
        )


def lacking_findings(places: ClassPlaces) -> Iterator[Finding]:
    """Yield which classes of the dataset a corpus has no word for; nothing of one that names no expression."""
    lacking = [name for name in places.classes if name not in places.possible]
    if lacking and places.possible:
        outside = [name for name, place in places.places.items() if place == NO_LABEL]
        near = [
            f"{quoted(meant)} for {quoted(name)}" for name in lacking if (meant := closest(name, outside))
        ]
        yield Finding(
            "class-lacking",
            Severity.INFO,
            f"The dataset has {', '.join(lacking)}, which this corpus cannot give. "
            f"{f'Did you mean {near[0]}? ' if near else ''}"
            "If no other source does, correct the name or take it out of dataset.classes.",
        )


def labels_as_columns(rows: Sequence[GivenRow], clips: Sequence[str], labelling: Labelling) -> LabelColumns:
    """Return the labels of rows as columns; `clips` is the id of the series or clip of each.

    Nothing is made up: what the corpus does not say is null, a unit that is not coded as well.

    Raises:
        CorpusError: votes are no numbers of people or made by a program, or a unit is none that any corpus codes.
    """
    labels = [row.labels for row in rows]
    given = pa.array([one.expression for one in labels], pa.string())
    expression = _class_indices(given, labelling.places)
    values, out_of_scale = _values(labels, labelling.value_scale)
    columns = {
        **{name: pa.nulls(len(rows), kind) for name, kind in DETAILS.items()},
        LABELS[EXPRESSION].columns[0]: _classes(expression),
        "expression_given": given,
        **_votes(labels, expression, labelling.places),
        "expression_intended": _classes(
            _class_indices(pa.array([one.intended for one in labels], pa.string()), labelling.places)
        ),
        **values,
        LABELS[UNITS].columns[0]: _units([one.units for one in labels], ACTION_UNITS_TYPE),
        "action_unit_intensity": _units([one.intensities for one in labels], INTENSITIES_TYPE),
        **_sources(rows, clips),
        "subject_source": pa.array([_subject_source(row, labelling.medium) for row in rows], pa.string()),
    }
    return LabelColumns(columns, _outside(given, expression, labelling.places), out_of_scale)


def _class_indices(names: pa.Array, places: ClassPlaces) -> NDArray[np.int8]:
    """Return the index of the class of each name, -1 where there is none."""
    encoded = names.dictionary_encode()
    table = np.array([*map(places.place, encoded.dictionary.to_pylist()), NO_LABEL], np.int8)
    indices = encoded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(table[indices], np.int8)


def _classes(indices: NDArray[np.int8]) -> pa.Array:
    return pa.array(indices, pa.int8(), mask=indices < 0)


def _outside(given: pa.Array, indices: NDArray[np.int8], places: ClassPlaces) -> Counter[str]:
    counted = pc.value_counts(given.filter(pa.array(indices < 0)).drop_null()).to_pylist()
    without = places.unknown | places.no_face
    return Counter({one["values"]: one["counts"] for one in counted if one["values"] not in without})


def _votes(
    labels: Sequence[GivenLabels],
    expression: NDArray[np.int8],
    places: ClassPlaces,
) -> dict[str, pa.Array]:
    """Return the votes as columns; nothing of a corpus without any."""
    found: dict[str, pa.Array] = {}
    votes = [one.votes for one in labels]
    width = len(places.classes)
    if (voted := np.array([one is not None for one in votes], np.bool_)).any():
        if any(one.source == "machine" and one.votes is not None for one in labels):
            raise CorpusError("A program's labels must not be votes. This is a fault of the adapter.")
        counts = _counted(votes, places)
        raters = counts.sum(axis=1)
        found["expression_votes"] = _lists(counts[:, :width], voted)
        for name, column in zip(
            ("votes_unknown", "votes_no_face", "votes_outside"), counts.T[width:], strict=True
        ):
            found[name] = pa.array(column, pa.int16(), mask=~voted)
        found["raters"] = pa.array(raters, pa.int16(), mask=~voted)
        behind = agreement(counts[:, :width], expression, raters)
        found["expression_agreement"] = pa.array(behind, pa.float32(), mask=np.isnan(behind))
    for modality, name in _MODALITIES.items():
        votes = [one.votes_by_modality.get(modality) for one in labels]
        if (voted := np.array([one is not None for one in votes], np.bool_)).any():
            found[name] = _lists(_counted(votes, places)[:, :width], voted)
    return found


def _counted(votes: Sequence[Mapping[str, int] | None], places: ClassPlaces) -> Int64:
    """Return votes by class, then unknown, no face and outside, (n, classes + 3)."""
    width = len(places.classes)
    columns = {name: place for name, place in places.places.items() if place >= 0}
    columns |= dict.fromkeys(places.unknown, width) | dict.fromkeys(places.no_face, width + 1)
    counts = vote_counts(votes, columns, width + 3)
    if len(counts) and not 0 <= counts.min() <= counts.sum(axis=1).max() <= _MOST_VOTES:
        raise CorpusError(
            f"The votes of a row must be 0 to {_MOST_VOTES:,} raters. Restore the corpus' file."
        )
    return counts


def _lists(counts: Int64, voted: Mask) -> pa.Array:
    """Return the rows of a matrix as lists, null where nobody voted."""
    offsets = pa.array(np.arange(len(counts) + 1) * counts.shape[1], pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.array(counts.ravel(), pa.int16()), mask=pa.array(~voted))


def _values(labels: Sequence[GivenLabels], scale: tuple[float, float]) -> tuple[dict[str, pa.Array], int]:
    """Return valence and arousal in [-1, 1], and how many rows have one beyond the scale."""
    found: dict[str, pa.Array] = {}
    beyond = np.zeros(len(labels), np.bool_)
    for name in LABELS[VALENCE_AROUSAL].columns:
        written = np.array([getattr(one, name) for one in labels], np.float64)
        values = in_unit_scale(written, scale)
        beyond |= np.isnan(values) & ~np.isnan(written)
        found[name] = pa.array(values, pa.float32(), mask=np.isnan(values))
    return found, int(beyond.sum())


def _units(given: Sequence[Mapping[str, float]], kind: pa.StructType) -> pa.Array:
    """Return what is said of each unit, null where it is not coded."""
    named = set().union(*given) if any(given) else set()
    if unknown := sorted(named - set(ACTION_UNITS)):
        raise CorpusError(f"{unknown[0]} is none of the units {', '.join(ACTION_UNITS)}. Leave it out.")
    fields = [
        _unit(given, field) if field.name in named else pa.nulls(len(given), field.type) for field in kind
    ]
    return pa.StructArray.from_arrays(fields, fields=list(kind))


def _unit(given: Sequence[Mapping[str, float]], unit: pa.Field) -> pa.Array:
    """Return what is said of one unit: occurrence as whole numbers, intensities as others.

    Raises:
        CorpusError: an occurrence is neither 0 nor 1, or an intensity below 0 or no number.
    """
    most = 1.0 if pa.types.is_integer(unit.type) else np.finfo(np.float32).max
    said = np.array([one.get(unit.name, np.nan) for one in given], np.float64)
    wrong = np.flatnonzero(~np.isnan(said) & ~((said >= 0) & (said <= most)))
    if len(wrong):
        rule = "0 or 1" if most == 1 else "0 or more"
        raise CorpusError(f"{unit.name} ({said[wrong[0]]:g}) must be {rule}. Restore the corpus' file.")
    return pa.array(said, pa.float64(), mask=np.isnan(said)).cast(unit.type)


def _sources(rows: Sequence[GivenRow], clips: Sequence[str]) -> dict[str, pa.Array]:
    """Return who made each label, by which rule and of what; nothing where a row has none."""
    said = [_says(row.labels) for row in rows]
    return {
        "label_rule": pa.array([row.labels.rule or None for row in rows], pa.string()),
        "label_source": pa.array(
            [row.labels.source if one else None for row, one in zip(rows, said, strict=True)], pa.string()
        ),
        "label_scope": pa.array(
            [row.scope if one else None for row, one in zip(rows, said, strict=True)], pa.string()
        ),
        "segment_id": pa.array(
            [
                None if row.scope == "frame" or not one else f"{clip}#{row.segment}" if row.segment else clip
                for row, clip, one in zip(rows, clips, said, strict=True)
            ],
            pa.string(),
        ),
    }


def _says(labels: GivenLabels) -> bool:
    """Say whether a row has any label."""
    return (
        labels.expression is not None
        or labels.valence is not None
        or labels.arousal is not None
        or labels.votes is not None
        or bool(labels.units or labels.intensities)
        or labels.intended is not None
    )


def _subject_source(row: GivenRow, medium: Medium) -> str:
    if row.person is not None:
        return "given"
    return "video" if medium == "videos" or row.clip is not None else "none"
