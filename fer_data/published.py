"""Open a published dataset and read its crops in batches."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.faces import Image
from fer_data.core.reduction import reduce_by_area
from fer_data.errors import DatasetError, MediaError
from fer_data.images import decode
from fer_data.input_contract import InputContract

__all__ = ["Crops", "Published", "column", "open_published"]

_CACHE_BYTES = 2 << 30


@dataclass(frozen=True, eq=False)
class Published:
    """A published dataset on disk.

    Attributes:
        folder: where it lies.
        splits: split name to rows, in the Arrow format, pictures undecoded.
        classes: names of the expression classes, in label order.
        balance: its `balance.json`.
        provenance: its `provenance.json`.
    """

    folder: Path
    splits: dict[str, datasets.Dataset]
    classes: tuple[str, ...]
    balance: dict[str, Any]
    provenance: dict[str, Any]

    def split(self, name: str) -> datasets.Dataset:
        """Return a split.

        Raises:
            DatasetError: the dataset has no such split.
        """
        if name not in self.splits:
            raise DatasetError(f"{self.folder} has no split {name!r}. Expected one of {sorted(self.splits)}.")
        return self.splits[name]

    def contract(self, input_px: int) -> InputContract:
        """Return the input contract of a network that sees these crops at `input_px`.

        Raises:
            DatasetError: `provenance.json` does not say how the crops were aligned.
        """
        try:
            align = self.provenance["params"]["align"]
            return InputContract(input_px, align["geometry"], align["margin"])
        except KeyError as error:
            raise DatasetError(
                f"{self.folder / 'provenance.json'} lacks {error}: it must state params.align.geometry and margin. "
                "Run `dvc repro` to publish the dataset again."
            ) from error


def open_published(folder: Path) -> Published:
    """Return a published dataset without reading its pictures.

    Raises:
        DatasetError: the folder is missing, damaged, or no published dataset.
    """
    try:
        loaded = datasets.load_from_disk(str(folder))
        balance = json.loads((folder / "balance.json").read_text(encoding="utf-8"))
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, pa.ArrowInvalid) as error:
        raise DatasetError(
            f"{folder} is no published dataset: {error}. Run `dvc repro publish` to build it."
        ) from error
    if not isinstance(loaded, datasets.DatasetDict) or not loaded:
        raise DatasetError(
            f"{folder} must hold a DatasetDict with splits. Run `dvc repro publish` to build it."
        )
    classes = _classes(loaded, folder)
    splits = {name: split.with_format("arrow") for name, split in loaded.items()}
    return Published(folder, splits, classes, balance, provenance)


def _classes(loaded: datasets.DatasetDict, folder: Path) -> tuple[str, ...]:
    feature = next(iter(loaded.values())).features.get("expression")
    if not isinstance(feature, datasets.ClassLabel):
        raise DatasetError(
            f"{folder} needs a ClassLabel column 'expression'. Run `dvc repro publish` to build it."
        )
    return tuple(feature.names)


def column(split: datasets.Dataset, name: str) -> NDArray[Any]:
    """Return a whole column of a split as a numpy array."""
    return np.asarray(split.select_columns(name)[:][name].to_numpy(zero_copy_only=False))


class Crops:
    """The crops of chosen rows of a split, decoded and resized as an input contract says.

    They are decoded once and kept where they fit in 2 GiB, else at every read. Reading is the same either way.

    Args:
        split: of a published dataset, in the Arrow format.
        rows: places in it.
        contract: says the side that crops are resized to.
        native_px: leaves the pictures as they are, which must have this side; None resizes them.
        seen_px: reduces every picture to this side before it is resized, as if no more had been seen; None: as it is.
    """

    def __init__(
        self,
        split: datasets.Dataset,
        rows: NDArray[np.int64],
        contract: InputContract,
        *,
        native_px: int | None = None,
        seen_px: int | None = None,
    ) -> None:
        self._pictures = split.select_columns("image")
        self._rows = rows
        self._contract = contract
        self._native_px, self._seen_px = native_px, seen_px
        self._cache: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def fits_in_memory(self) -> bool:
        """Return whether all crops together stay under the limit of 2 GiB."""
        return len(self) * self._side**2 * 3 <= _CACHE_BYTES

    @property
    def _side(self) -> int:
        return self._native_px or self._contract.resize_px

    def read(self, places: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return RGB crops, (n, resize_px, resize_px, 3) or of the native side, by their places among the chosen rows.

        Raises:
            DatasetError: a picture cannot be decoded or is not square.
        """
        if self._cache is None and self.fits_in_memory:
            self._cache = self._decode(np.arange(len(self)))
        index = np.asarray(places, np.int64)
        return self._decode(index) if self._cache is None else self._cache[index]

    def _decode(self, places: NDArray[np.int64]) -> NDArray[np.uint8]:
        side = self._side
        crops = np.empty((len(places), side, side, 3), np.uint8)
        for start in range(0, len(places), 1024):
            rows = self._rows[places[start : start + 1024]]
            encoded = self._pictures[rows.tolist()]["image"].combine_chunks().field("bytes")
            for offset, (row, picture) in enumerate(zip(rows, encoded, strict=True)):
                crops[start + offset] = self._resized(picture.as_py(), int(row))
        return crops

    def _resized(self, encoded: bytes | None, row: int) -> Image:
        try:
            picture = decode(encoded or b"")
        except MediaError as error:
            raise DatasetError(f"The picture of row {row} cannot be read: {error}") from error
        if picture.shape[0] != picture.shape[1]:
            raise DatasetError(
                f"The picture of row {row} is {picture.shape[1]}x{picture.shape[0]} px, not square."
            )
        if self._seen_px is not None:
            picture = reduce_by_area(picture, self._seen_px)
        if self._native_px is None:
            return self._contract.resize(picture)
        if picture.shape[0] != self._native_px:
            raise DatasetError(
                f"The picture of row {row} has {picture.shape[0]} px, but the dataset is one of {self._native_px} px."
            )
        return picture
