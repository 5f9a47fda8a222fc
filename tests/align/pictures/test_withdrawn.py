"""Pictures of people who withdrew: none is read, and the others of the shard keep their crops."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from given_corpora import pictures_source
from in_this_process import align
from PIL import Image as PillowImage
from video_corpora import align_params, compute_params, people

from fer_data.ingest import ingest
from fer_data.params.source import SourceParams
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table


def aligned(folder: Path, source: SourceParams) -> tuple[pa.Table, dict[str, bytes]]:
    """Return the rows and the crops of a source of pictures."""
    root = Path(source.root)
    ingest(root, folder / "catalog", source)
    compute = compute_params().model_copy(update={"store": str(folder / "store")})
    out = folder / "faces", folder / "reports"
    align(folder / "catalog", root, *out, source=source, align=align_params(), compute=compute)
    (crops,) = (folder / "faces").glob("*.arrow")
    found: dict[str, bytes] = {}
    for batch in read_arrow(crops, CROPS):
        found.update(zip(batch["row_id"].to_pylist(), batch["image"].to_pylist(), strict=True))
    return read_table(folder / "faces/rows.parquet", FACE_ROWS), found


@pytest.mark.parametrize("given", [False, True], ids=["found", "given"])
def test_a_picture_leaves_its_shard(tmp_path: Path, given: bool) -> None:
    """The row stays in its place as `withdrawn`, and no other row changes."""
    for name, face in zip("abc", people(), strict=True):
        picture = np.full((240, 240, 3), 90, np.uint8)
        picture[60:180, 60:180] = face
        path = tmp_path / f"root/train/happy/{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        PillowImage.fromarray(picture).save(path)
    (tmp_path / "decisions.csv").write_bytes((Path(__file__).parents[3] / "decisions.csv").read_bytes())
    source = pictures_source(tmp_path / "root", aligned=given).changed(
        decisions=str(tmp_path / "decisions.csv")
    )
    _, before = aligned(tmp_path / "before", source)
    (tmp_path / "root/train/happy/b.png").write_bytes(b"no picture any more")
    rows, after = aligned(tmp_path / "after", source.changed(excluded=["train%2Fhappy%2Fb.png"]))

    assert rows["state"].to_pylist() == ["kept", "withdrawn", "kept"]
    assert rows["row_id"].to_pylist()[1] == "p-~withdrawn-1.1/00001"
    assert after == {row: crop for row, crop in before.items() if "b.png" not in row}
    assert len(after) == 2
