"""The record of how the pixels of one resolution came about, which travels in each file's metadata."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import cv2
import pyarrow as pa

from fer_data.core.arrays import Image
from fer_data.errors import DatasetError
from fer_data.pictures.images import decode, encode_jpeg, encode_png, pixels_sha256
from fer_data.tables.schemas import readable

__all__ = ["EncodingRecord", "read_chain"]


@dataclass(frozen=True, slots=True)
class EncodingRecord:
    """How one resolution's pictures came about.

    Attributes:
        method: `area`; `unchanged` where the base crop's own bytes are passed on; `given` where every crop was given
            and has a side of its own: those of `to_px` keep their bytes, larger ones are averaged over areas, and
            smaller ones are enlarged.
        from_px: side of the base crop; None of `given`.
        to_px: side of the resolution.
        encoder: what encodes a picture that is new at this resolution.
        quality: of the JPEG encoder, 0-100; None for PNG.
        opencv: version of the library that reduced and encoded.
    """

    method: Literal["area", "given", "unchanged"]
    from_px: int | None
    to_px: int
    encoder: Literal["jpeg", "png"]
    quality: int | None
    opencv: str = cv2.__version__

    @property
    def encode(self) -> Callable[[Image], bytes]:
        """Return the function that encodes a picture of this resolution."""
        quality = self.quality
        return encode_png if quality is None else lambda image: encode_jpeg(image, quality)

    def encode_hashed(self, image: Image) -> tuple[bytes, bytes]:
        """Return an encoded picture of this resolution, and the SHA-256 of the pixels that it decodes to."""
        encoded = self.encode(image)
        return encoded, pixels_sha256(image if self.encoder == "png" else decode(encoded))

    def to_json(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "EncodingRecord":
        """Return the record that `to_json` wrote.

        Raises:
            DatasetError: the text is not such a record.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, json.JSONDecodeError) as error:
            raise DatasetError(f"chain ({text[:80]!r}) is not a record of this version: {error}.") from error


def read_chain(variant: Path) -> EncodingRecord | None:
    """Return the record of a resolution's folder; None for a folder without any subject.

    Raises:
        DatasetError: a file carries no record.
    """
    path = min(variant.glob("*.arrow"), default=None)
    if path is None:
        return None
    with readable(path), pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        stored = (reader.schema.metadata or {}).get(b"chain")
    if stored is None:
        raise DatasetError(f"{path} does not say how it was made. Run `dvc repro multires` to rebuild it.")
    return EncodingRecord.from_json(stored.decode("utf-8", "replace"))
