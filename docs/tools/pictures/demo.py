"""What the demo made, as the pictures need it: frames, faces, base crops and published rows."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.errors import DatasetError

__all__ = ["Demo", "encoded"]


class Demo:
    """The data folder of a finished demo.

    Raises:
        DatasetError: there is none, or it is of a corpus that was not rendered.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        provenance = data / "published/128/provenance.json"
        if not provenance.exists():
            raise DatasetError(
                f"{provenance} is not there. The pictures are of the demo: run `make demo` first."
            )
        if json.loads(provenance.read_text(encoding="utf-8"))["origin"]["rendered"] is not True:
            raise DatasetError(
                f"{data} is not the demo's: people who were not rendered must not be in a picture of ours."
            )

    def frames(self, path: str) -> list[np.ndarray]:
        """Return every frame of a video of the sample, RGB."""
        with av.open(str(self.data / "sample" / path)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

    @cache  # noqa: B019 - one demo a process
    def faces(self) -> list[dict[str, Any]]:
        """Return the rows of the source `sample`, with their faces."""
        return pq.read_table(self.data / "faces/sample/rows.parquet").to_pylist()

    def faces_of(self, subject_id: str) -> dict[int, dict[str, Any]]:
        """Return the rows of a person that have a face, by their frame."""
        own = (row for row in self.faces() if row["subject_id"] == subject_id and row["box"] is not None)
        return {row["frame_index"]: row for row in own}

    @cache  # noqa: B019
    def published(self, px: int) -> dict[str, dict[str, Any]]:
        """Return the published rows of a side by their `row_id`, pictures as they are encoded, classes by name."""
        found = {}
        for split in ("train", "validation"):
            for table in _tables(self.data / f"published/{px}" / split):
                names = _class_names(table.schema)
                for row in table.to_pylist():
                    row["class"], row["split"] = names[row["expression"]], split
                    found[row["row_id"]] = row
        return found


def _tables(folder: Path) -> list[pa.Table]:
    return [
        pa.ipc.open_stream(pa.memory_map(str(path))).read_all() for path in sorted(folder.glob("*.arrow"))
    ]


def _class_names(schema: pa.Schema) -> list[str]:
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    return list(features["expression"]["names"])


def encoded(pixels: np.ndarray, width_px: int) -> bytes:
    """Return a picture as a JPEG of this width."""
    height, width = pixels.shape[:2]
    small = cv2.resize(pixels, (width_px, round(height * width_px / width)), interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1])
