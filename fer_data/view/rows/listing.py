"""All rows that could be shown, in a few numbers each, from whatever was given; and the records of those that are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import SPLITS
from fer_data.view.predictions import Answers

__all__ = ["CODED", "COLUMNS", "ORDERS", "Listing", "Part", "Picture", "Record", "listed"]

CODED = ("split", "expression", "predicted", "state", "kind", "corpus")
"""What parts rows into sheets: each a name of a short list, or none."""

ORDERS = ("detector_score", "sharpness", "label_probability", "loss", "frame_index")
"""What a sheet is sorted by."""

COLUMNS = (
    "row_id",
    "split",
    "expression",
    "state",
    "kind",
    "corpus",
    "detector_score",
    "sharpness",
    "frame_index",
)
"""Of the tables that a part gives: names as text, null where there is none, and numbers."""

_TEXTS = ("split", "expression", "state", "kind", "corpus")
_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One row that is shown: `values` by column as its table has them, None or absent where there is none."""

    part: "Part"
    place: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Picture:
    """The encoded picture of a row, or why there is none."""

    encoded: bytes = b""
    fault: str = ""


class Part(Protocol):
    """Rows of one folder."""

    about: dict[str, Any]
    has_copies: bool

    @property
    def has_pictures(self) -> bool:
        """Whether any of its rows may have one."""
        ...

    def chunks(self) -> Iterator[pa.Table]:
        """Yield `COLUMNS` of all its rows, some thousand at a time."""
        ...

    def records(self, places: Int64) -> dict[int, dict[str, Any]]:
        """Return all that is known of the rows at these places, which rise, by place."""
        ...

    def pictures(self, places: Int64) -> Iterator[tuple[int, Picture]]:
        """Yield the pictures of the rows at these places, which rise, each with its place."""
        ...

    def find(self, row_ids: pa.Array) -> dict[str, int]:
        """Return the places of some rows by their ids; those that are not here are left out."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """All rows.

    Attributes:
        parts: where they come from.
        part: (n,) the place of each row's part among them.
        place: (n,) its place there.
        answer: (n,) its place among the answers of a model; -1 where there is none.
        codes: by name of `CODED` (n,) places in `names`, -1 for none.
        names: by name of `CODED`.
        orders: by name of `ORDERS` (n,) values, NaN where there is none; those without any value are left out.
        linked: places, in this listing, of rows that other sections link to.
    """

    parts: Sequence[Part]
    part: NDArray[np.int8]
    place: Int64
    answer: Int64
    codes: dict[str, NDArray[np.int16]]
    names: dict[str, list[str]]
    orders: dict[str, NDArray[np.float32]]
    linked: Int64

    def __len__(self) -> int:
        return len(self.part)

    def sheets(self) -> Int64:
        """Return the sheet of each row, a number that all rows with the same names have."""
        found = np.zeros(len(self), np.int64)
        for name in CODED:
            found = found * (len(self.names[name]) + 1) + self.codes[name] + 1
        return found


def listed(
    parts: Sequence[Part], answers: Answers | None, *, classes: Sequence[str] = (), linked: Sequence[str] = ()
) -> Listing:
    """Return all rows of all parts, each with what a model answered for it; names in the order of `classes`."""
    gathered = _Gathered(answers, pa.array(linked, pa.string()))
    gathered.names["expression"] += classes
    gathered.names["split"] += SPLITS
    for number, part in enumerate(parts):
        for chunk in part.chunks():
            gathered.add(number, chunk)
    return gathered.listing(parts)


class _Gathered:
    """Rows while they are looked through."""

    def __init__(self, answers: Answers | None, linked: pa.Array) -> None:
        self._answers, self._linked = answers, linked
        self.names: dict[str, list[str]] = {name: [] for name in CODED}
        self._columns: dict[str, list[NDArray[Any]]] = {}
        self._counts: list[tuple[int, int]] = []
        if answers is not None and answers.confidence is not None:
            self.names["predicted"] = list(answers.names)

    def add(self, number: int, chunk: pa.Table) -> None:
        """Take the next rows of a part."""
        self._counts.append((number, len(chunk)))
        for name in _TEXTS:
            self._keep(name, self._coded(name, chunk[name]))
        for name in ("detector_score", "sharpness", "frame_index"):
            values = pc.cast(chunk[name], pa.float32(), safe=False)
            self._keep(name, pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False))
        self._keep("linked", pc.is_in(chunk["row_id"], self._linked).to_numpy(zero_copy_only=False))
        self._answer(chunk["row_id"])

    def _keep(self, name: str, values: NDArray[Any]) -> None:
        self._columns.setdefault(name, []).append(values)

    def _coded(self, name: str, column: pa.ChunkedArray) -> NDArray[np.int16]:
        known = self.names[name]
        encoded = pc.dictionary_encode(column).combine_chunks()
        encoded = encoded if isinstance(encoded, pa.DictionaryArray) else encoded.chunk(0)
        own = encoded.dictionary.to_pylist()
        known.extend(value for value in own if value is not None and value not in known)
        places = np.array(
            [_NONE if value is None else known.index(value) for value in own] + [_NONE], np.int16
        )
        index = pc.fill_null(encoded.indices, len(own)).to_numpy(zero_copy_only=False)
        return np.asarray(places[index], np.int16)

    def _answer(self, row_ids: pa.ChunkedArray) -> None:
        answers, count = self._answers, len(row_ids)
        places = np.full(count, _NONE, np.int64) if answers is None else answers.places(row_ids)
        self._keep("answer", places)
        answered = places >= 0
        values: dict[str, NDArray[Any]] = {}
        if answers is not None:
            values["loss"] = answers.loss
            if answers.label_probability is not None:
                values["label_probability"] = answers.label_probability
        for name in ("loss", "label_probability"):
            found = np.full(count, np.nan, np.float32)
            if name in values:
                found[answered] = values[name][places[answered]]
            self._keep(name, found)
        predicted = np.full(count, _NONE, np.int16)
        if answers is not None and answers.confidence is not None:
            predicted[answered] = answers.predicted[places[answered]]
        self._keep("predicted", predicted)

    def listing(self, parts: Sequence[Part]) -> Listing:
        """Return what was gathered."""
        whole = {name: np.concatenate(columns) for name, columns in self._columns.items()}
        orders = {name: whole[name] for name in ORDERS if name in whole}
        part = np.concatenate(
            [np.full(count, number, np.int8) for number, count in self._counts] or [_NO_PART]
        )
        starts = [np.arange(int((part == number).sum())) for number in range(len(parts))]
        return Listing(
            parts,
            part,
            np.concatenate([*starts, np.zeros(0, np.int64)]).astype(np.int64),
            whole.get("answer", np.zeros(0, np.int64)),
            {name: whole.get(name, np.zeros(0, np.int16)) for name in CODED},
            self.names,
            {name: values for name, values in orders.items() if not np.isnan(values).all()},
            np.flatnonzero(whole.get("linked", np.zeros(0, np.bool_))),
        )


_NO_PART = np.zeros(0, np.int8)
