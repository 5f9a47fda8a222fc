"""Open a published dataset and read its crops in batches."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.core.network import GIVEN
from fer_data.core.vision.reduction import reduce_by_area
from fer_data.errors import DatasetError, MediaError
from fer_data.model.input_contract import InputContract
from fer_data.pictures.images import decode
from fer_data.published.shards import REMEDY, are_copies, check_rows, open_shards
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.tables.batch_digests import image_digest, image_digests
from fer_data.tables.schemas import stream_batches

__all__ = ["Crops", "Published", "column", "copy_mask", "open_published"]

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
            remedy = did_you_mean(name, sorted(self.splits))
            raise DatasetError(f"{self.folder} has no split {quoted(name)}. {remedy}")
        return self.splits[name]

    @property
    def resolution(self) -> int:
        """Return the side of its pictures, in px.

        Raises:
            DatasetError: `provenance.json` does not state it.
        """
        if self.provenance.get("resolution") is None:
            raise DatasetError(f"{self.folder / 'provenance.json'} lacks the resolution. {REMEDY}")
        return int(self.provenance["resolution"])

    @property
    def prefixes(self) -> dict[str, str]:
        """Return what stands before the ids of each source, by its name; nothing of datasets of earlier versions."""
        sources = (self.provenance.get("params") or {}).get("sources") or {}
        return {name: str(source.get("prefix", "")) for name, source in sources.items()}

    def contract(self, input_px: int) -> InputContract:
        """Return the input contract of a network that sees these crops at `input_px`.

        Raises:
            DatasetError: `provenance.json` does not say how the crops were aligned.
        """
        try:
            align = self.provenance["params"]["align"]
            geometry = self.provenance.get("geometry", align["geometry"])
            return InputContract(input_px, geometry, None if geometry == GIVEN else align["margin"])
        except (KeyError, TypeError) as error:
            raise DatasetError(
                f"{self.folder / 'provenance.json'} lacks {error}: it must state params.align.geometry and margin. "
                "Run `dvc repro` to publish the dataset again."
            ) from error


def open_published(folder: Path) -> Published:
    """Return a published dataset, everything of it checked but its pictures, which are not read.

    Raises:
        DatasetError: the folder is missing, damaged, or no published dataset.
    """
    shards = open_shards(folder)
    check_rows(shards)
    try:
        loaded = datasets.load_from_disk(str(folder))
        splits = {name: loaded[name].with_format("arrow") for name in shards.splits}
    except (OSError, KeyError, TypeError, ValueError, AttributeError, pa.ArrowException) as error:
        reason = " ".join(repr(error).split())[:200]
        raise DatasetError(f"{folder} is no published dataset, or damaged: {reason}. {REMEDY}") from error
    return Published(folder, splits, shards.classes, shards.documents.balance, shards.documents.provenance)


def column(split: datasets.Dataset, name: str) -> NDArray[Any]:
    """Return a whole column of a split as a numpy array."""
    return np.asarray(split.select_columns(name)[:][name].to_numpy(zero_copy_only=False))


def copy_mask(split: datasets.Dataset) -> NDArray[np.bool_]:
    """Return which rows of a split are augmented copies."""
    parents = split.with_format("arrow").select_columns("parent_id")[:]["parent_id"]
    return np.asarray(are_copies(parents).to_numpy(), np.bool_)


class Crops:
    """The crops of chosen rows of a split, decoded and resized as an input contract says.

    They are decoded once and kept where they fit in 2 GiB, else at every read. Reading is the same either way, and who
    reads each crop once alone keeps none.

    Args:
        split: of a published dataset, in the Arrow format.
        rows: places in it.
        contract: says the side that crops are resized to.
        native_px: leaves the pictures as they are, which must have this side; None resizes them.
        seen_px: reduces every picture to this side before it is resized, as if no more had been seen; None: as it is.
        kept: whether they may stay in memory.
    """

    def __init__(
        self,
        split: datasets.Dataset,
        rows: NDArray[np.int64],
        contract: InputContract,
        *,
        native_px: int | None = None,
        seen_px: int | None = None,
        kept: bool = True,
    ) -> None:
        self._split, self._pictures = split, split.select_columns("image")
        self._written = _Written(split)
        self._rows = rows
        self._contract = contract
        self._native_px, self._seen_px, self._kept = native_px, seen_px, kept
        self._cache: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def stay_in_memory(self) -> bool:
        """Return whether the crops are kept once they are read: they may be, and together are under 2 GiB."""
        return self._kept and len(self) * self._side**2 * 3 <= _CACHE_BYTES

    @property
    def _side(self) -> int:
        return self._native_px or self._contract.resize_px

    def read(self, indices: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return RGB crops, (n, resize_px, resize_px, 3) or of the native side, by their places among the chosen rows.

        Raises:
            DatasetError: a picture cannot be decoded or is not square.
        """
        if self._cache is None and self.stay_in_memory:
            self._cache = self._decode(np.arange(len(self)))
        index = np.asarray(indices, np.int64)
        return self._decode(index) if self._cache is None else self._cache[index]

    def _decode(self, indices: NDArray[np.int64]) -> NDArray[np.uint8]:
        side = self._side
        crops = np.empty((len(indices), side, side, 3), np.uint8)
        for start in range(0, len(indices), 1024):
            rows = self._rows[indices[start : start + 1024]]
            encoded = self._pictures[rows.tolist()]["image"].combine_chunks().field("bytes")
            for offset, (row, image) in enumerate(zip(rows, encoded, strict=True)):
                crops[start + offset] = self._resized(image.as_py(), int(row))
        return crops

    def _resized(self, encoded: bytes | None, row: int) -> Image:
        try:
            self._written.check(encoded, row)
            image = decode(encoded or b"")
        except MediaError as error:
            raise DatasetError(f"{self._named(row)} cannot be read: {error} {REMEDY}") from error
        if image.shape[0] != image.shape[1]:
            raise DatasetError(
                f"{self._named(row)} is {image.shape[1]}x{image.shape[0]} px, not square. {REMEDY}"
            )
        if self._seen_px is not None:
            image = reduce_by_area(image, self._seen_px)
        if self._native_px is None:
            return self._contract.resize(image)
        if image.shape[0] != self._native_px:
            raise DatasetError(
                f"{self._named(row)} has {image.shape[0]} px, but the dataset is one of {self._native_px} px."
            )
        return image

    def _named(self, row: int) -> str:
        row_id = self._split.select_columns("row_id")[[row]]["row_id"][0].as_py()
        return f"{self._written.shard(row)}: the picture of row {row} ({row_id})"


class _Written:
    """The hashes that the pictures of a split were written with, and the shard of each row."""

    def __init__(self, split: datasets.Dataset) -> None:
        whole = split._indices is None  # noqa: SLF001 - a selection has other rows than its files
        self._shards: list[tuple[str, NDArray[np.bytes_]]] = [
            (file["filename"], _hashes(Path(file["filename"]))) for file in split.cache_files if whole
        ]
        self._ends = list(accumulate(len(hashes) for _, hashes in self._shards))

    def shard(self, row: int) -> str:
        """Return the path of the shard that holds a row of the split."""
        index = bisect_right(self._ends, row)
        return self._shards[index][0] if index < len(self._shards) else "the dataset"

    def check(self, encoded: bytes | None, row: int) -> None:
        """Hold a picture against the hash that it was written with, if it was written with one.

        Raises:
            MediaError: it is another picture.
        """
        index = bisect_right(self._ends, row)
        if index < len(self._shards):
            hashes = self._shards[index][1]
            stated = hashes[row - (self._ends[index] - len(hashes))]
            if stated and stated != image_digest(encoded).encode():
                raise MediaError("it was altered or damaged after it was written.")


def _hashes(shard: Path) -> NDArray[np.bytes_]:
    """Return the hash of each picture of a shard, empty where it was written without; 16 bytes a row."""
    found = [np.zeros(0, "S16")]
    for batch, metadata in stream_batches(shard, None):
        found.append(np.array(image_digests(metadata, len(batch)) or [""] * len(batch), "S16"))
    return np.concatenate(found)
