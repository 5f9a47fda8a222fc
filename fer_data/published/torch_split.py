"""A split of a published dataset for PyTorch: read where it lies, decoded without detours, made for DataLoaders.

::

    DataLoader  --__getitems__([5, 3, ...])-->  RowBatch  --default collation-->  a dict of tensors
                                                   |                                |
                   a custom collation sees dicts, one a row        from a worker process: numbers and texts in one
                                                                   message, pictures in shared memory
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from operator import index as whole_number
from pathlib import Path
from typing import Any, SupportsIndex, overload

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import default_collate, get_worker_info
from torch.utils.data._utils.collate import default_collate_fn_map

from fer_data.core.arrays import Int64
from fer_data.errors import DatasetError, MediaError
from fer_data.pictures.images import decode_plain
from fer_data.published.feature_forms import Features
from fer_data.published.mapped_rows import Columns, MappedRows, Name
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["PublishedSplit", "RowBatch", "SplitFacts"]

Transform = Callable[[Tensor], Any]
_IMAGE = ("image",)


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """What is known of an opened split beside its rows.

    Attributes:
        folder: of the dataset.
        split: its name.
        leaves: the columns that are read, and the fields of those that are structs, in their order.
        features: all columns, in the words of `datasets`.
        classes: names of the expression classes, in label order.
    """

    folder: Path
    split: str
    leaves: tuple[Name, ...]
    features: Features
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """The values of some rows, as few objects as there can be."""

    leaves: tuple[Name, ...]
    columns: Columns
    numbers: list[NDArray[Any]]
    texts: list[list[str]]
    pictures: Any

    def row(self, place: int) -> dict[str, Any]:
        """Return one row as `with_format("torch")` has it: a tensor a number, a picture, a list; a text as it is."""
        numbers = (torch.from_numpy(values[:, place]) for values in self.numbers)
        return self._named(numbers, [texts[place] for texts in self.texts], lambda pictures: pictures[place])

    def batch(self) -> dict[str, Any]:
        """Return all rows as the default collation has them."""
        return self._named(map(torch.from_numpy, self.numbers), self.texts, lambda pictures: pictures)

    def _named(
        self, numbers: Iterable[Tensor], texts: Sequence[Any], shown: Callable[[Any], Any]
    ) -> dict[str, Any]:
        found: dict[Name, Any] = dict(zip(self.columns.texts, texts, strict=True))
        for group, values in zip(self.columns.numbers, numbers, strict=True):
            found.update(zip(group.names, values.unbind(0), strict=True))
        if self.pictures is not None:
            found[_IMAGE] = shown(self.pictures)
        return _nested({name: found[name] for name in self.leaves})


def _nested(leaves: Mapping[Name, Any]) -> dict[str, Any]:
    """Return columns by their names, and those that are structs as dicts of their fields."""
    found: dict[str, Any] = {}
    for name, values in leaves.items():
        inner = found
        for part in name[:-1]:
            inner = inner.setdefault(part, {})
        inner[name[-1]] = values
    return found


def _flat(values: Mapping[str, Any], above: Name = ()) -> Iterator[tuple[Name, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value


class _Row(dict[str, Any]):
    """A row of a `RowBatch`, known to the default collation by its type."""


class RowBatch(Sequence[Mapping[str, Any]]):
    """Some rows, each a dict when it is looked at; the default collation takes them together as they are."""

    def __init__(self, values: _Values, length: int) -> None:
        self._values, self._length = values, length

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: SupportsIndex) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> dict[str, Any] | list[dict[str, Any]]:
        """Return a row, or several."""
        if isinstance(place, slice):
            return [self[one] for one in range(self._length)[place]]
        return _Row(self._values.row(range(self._length)[place]))

    def collated(self) -> dict[str, Any]:
        """Return the rows as one dict of tensors, and lists of texts."""
        pictures = self._values.pictures
        return _Batch(
            replace(self._values, pictures=default_collate(pictures))
            if isinstance(pictures, list)
            else self._values
        )


def _collate_rows(rows: Sequence[Mapping[str, Any]], *, collate_fn_map: object) -> Any:  # noqa: ANN401, ARG001 - torch's
    return rows.collated() if isinstance(rows, RowBatch) else default_collate([dict(row) for row in rows])


default_collate_fn_map[_Row] = _collate_rows  # torch's own way to say how a type is collated


class _Batch(dict[str, Any]):
    """A collated batch that leaves a worker process in one message, and arrives as a dict.

    Each tensor that crosses by itself costs a file descriptor and a tenth of a millisecond; here pictures alone do.
    """

    def __init__(self, values: _Values) -> None:
        super().__init__(values.batch())
        self._values, self._whole = values, dict(_flat(self))

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        now = dict(_flat(self))
        if now.keys() == self._whole.keys() and all(
            now[name] is value for name, value in self._whole.items()
        ):
            return _Values.batch, (self._values,)
        return dict, (dict(self),)  # whoever collated it added or took something


class PublishedSplit:
    """The rows of a split as dicts of tensors, for a DataLoader of any number of workers, forked or spawned.

    A row has what `load_from_disk(...)[split].with_format("torch")` gives: `image` uint8 (3, height, width), whole
    numbers int64, other numbers float32, texts as they are. Pictures are held against the hash that they were written
    with whenever they are read.

    Attributes:
        folder: of the dataset.
        split: its name.
        columns: that are read, in their order.
        features: of the whole dataset, in the words of `datasets`.
        classes: names of the expression classes, in label order.
    """

    def __init__(self, rows: MappedRows, facts: SplitFacts, transform: Transform | None) -> None:
        self._rows, self._leaves, self._transform = rows, facts.leaves, transform
        self.folder, self.split = facts.folder, facts.split
        self.features, self.classes = facts.features, facts.classes
        self.columns = tuple(dict.fromkeys(name[0] for name in facts.leaves))

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        columns = f"{len(self.columns)} columns"
        return f"PublishedSplit({str(self.folder)!r}, {self.split!r}: {len(self):,} rows, {columns})"

    def __getitem__(self, rows: Any) -> dict[str, Any]:  # noqa: ANN401 - a place, a slice, a list or an array
        """Return a row, or of a list or slice of places a batch as the default collation makes it.

        Raises:
            IndexError: there is no such row.
            DatasetError: its picture is damaged.
        """
        if isinstance(rows, slice):
            return self.__getitems__(range(*rows.indices(len(self)))).collated()
        if isinstance(rows, str):
            raise TypeError(f"{rows!r} is no row. A whole column is what column({rows!r}) returns.")
        if np.ndim(rows):
            return self.__getitems__(rows).collated()
        return self._values(self._places([whole_number(rows)])).row(0)

    def __getitems__(self, rows: Iterable[SupportsIndex]) -> RowBatch:
        """Return several rows at once, as a DataLoader asks for them.

        Raises:
            IndexError: there is no such row.
            DatasetError: a picture is damaged.
        """
        places = self._places([whole_number(row) for row in rows])
        return RowBatch(self._values(places), len(places))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))

    def column(self, name: str) -> Any:  # noqa: ANN401 - a tensor, a list of texts, or a dict of tensors
        """Return all values of a column, such as the labels that a sampler draws by; pictures are not decoded so.

        Raises:
            DatasetError: it is not among `columns`, or is that of the pictures.
        """
        if name not in self.columns or name == "image":
            remedy = did_you_mean(name, (one for one in self.columns if one != "image"))
            raise DatasetError(
                f"column {quoted(name)} must be one of those that are read, but the pictures. {remedy}"
            )
        leaves = tuple(leaf for leaf in self._leaves if leaf[0] == name)
        chosen = self._rows.only(leaves)
        found = chosen.read(np.arange(len(self)))
        return _Values(leaves, chosen.columns, found.numbers, found.texts, None).batch()[name]

    def _places(self, rows: list[int]) -> Int64:
        count = len(self)
        wrong = next((row for row in rows if not -count <= row < count), None)
        if wrong is not None:
            raise IndexError(
                f"row {wrong} is out of range: {self.split} of {self.folder} has {count:,} rows."
            )
        return np.array([row % count for row in rows], np.int64)

    def _values(self, rows: Int64) -> _Values:
        found = self._rows.read(rows)
        pictures: Any = self._planes(rows, found.pictures) if self._rows.columns.picture else None
        if pictures is not None and self._transform is not None:
            pictures = [self._transform(one) for one in pictures]
        return _Values(self._leaves, self._rows.columns, found.numbers, found.texts, pictures)

    def _planes(self, rows: Int64, encoded: Sequence[NDArray[np.uint8]]) -> Tensor:
        """Return the pictures of some rows, uint8 (n, 3, height, width), all of one size."""
        found = torch.empty(0, dtype=torch.uint8)
        arrays: NDArray[Any] = found.numpy()
        for place, one in enumerate(encoded):
            try:
                picture = decode_plain(one)
            except MediaError as error:
                raise self._rows.damaged(int(rows[place]), str(error)) from error
            height, width = picture.shape[:2]
            if not place:
                found = _empty((len(rows), 3, height, width), shared=self._transform is None)
                arrays = found.numpy()
            if arrays.shape[2:] != (height, width):
                side = f"{width} x {height} px, where another of its batch has {arrays.shape[3]} x {arrays.shape[2]}"
                raise self._rows.damaged(int(rows[place]), f"it is {side}.")
            cv2.split(picture, arrays[place])
        return found


def _empty(shape: tuple[int, ...], *, shared: bool) -> Tensor:
    """Return room for pictures; in a worker process where the main process reads it without a copy."""
    if not shared or get_worker_info() is None:
        return torch.empty(shape, dtype=torch.uint8)
    room: Any = torch.empty(0, dtype=torch.uint8)
    storage: Any = torch.UntypedStorage
    found: Tensor = room.set_(storage._new_shared(prod(shape)), 0, shape)  # noqa: SLF001 - as torch itself collates
    return found
