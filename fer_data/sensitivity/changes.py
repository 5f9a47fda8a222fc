"""Pictures changed by one operation at one strength, drawn from their names, and encoded as copies are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_data.core.arrays import Image
from fer_data.core.sampling.operations import OPERATIONS
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import DatasetError
from fer_data.pictures.images import decode
from fer_data.published.dataset import Published
from fer_data.tables.encoding import EncodingRecord

__all__ = ["COPIES", "ENCODING", "Changes", "Setting", "settings_of"]

ENCODING = "encoding"
"""The zero: what encoding the same picture once more does, as every copy is encoded."""

COPIES = (1, 2)
"""Of every picture, each with a seed of its own."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One operation at one strength.

    Attributes:
        operation: of `OPERATIONS`, or `ENCODING`.
        strength: share of what `balance` draws at most; 0 of `ENCODING`.
    """

    operation: str
    strength: float


def settings_of(operations: Iterable[str]) -> list[Setting]:
    """Return the zero, then each operation at rising strength."""
    found = [Setting(name, strength) for name in operations for strength in OPERATIONS[name].strengths]
    return [Setting(ENCODING, 0.0), *found]


class Changes:
    """Makes the copies of a dataset's pictures.

    Args:
        published: whose pictures are changed, and encoded as it encodes what is new.
        seed: of all draws, beside each picture's name, the operation and the copy.

    Raises:
        DatasetError: the dataset does not say how its pictures were encoded.
    """

    def __init__(self, published: Published, seed: int) -> None:
        stated = published.provenance.get("pictures")
        if stated is None:
            raise DatasetError(
                f"provenance.json of {published.folder} does not say how its pictures were encoded. "
                "Run `dvc repro publish`."
            )
        self._chain, self._seed = EncodingRecord(**stated), seed

    def made(self, images: Sequence[Image], names: Sequence[str], setting: Setting, copy: int) -> list[Image]:
        """Return one copy of each picture, decoded again; it does not depend on the other pictures."""
        return [
            decode(self._chain.encode(self._altered(image, name, setting, copy)))
            for image, name in zip(images, names, strict=True)
        ]

    def _altered(self, image: Image, name: str, setting: Setting, copy: int) -> Image:
        if setting.operation == ENCODING:
            return image
        from fer_data.media.augmentation import alter

        seed = seed_from("sensitivity", name, setting.operation, copy, self._seed)
        return alter(image, setting.operation, strength=setting.strength, seed=seed)[0]
