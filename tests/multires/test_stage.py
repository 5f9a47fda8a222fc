"""Stage `multires`."""

import hashlib
import shutil
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import Any

import numpy as np
import pytest

from fer_data.core.vision.reduction import reduce_by_area
from fer_data.errors import DatasetError
from fer_data.multires import multires, stage
from fer_data.params.multires import MultiresParams
from fer_data.pictures.images import decode
from fer_data.tables.encoding import EncodingRecord, read_chain
from fer_data.tables.schemas import CROPS, VARIANT, read_arrow

BASE_PX = 128
PARAMS = MultiresParams(method="area", png_up_to_px=64, jpeg_quality=95)


def pictures(folder: Path, subject: str, base: bool = False) -> dict[str, bytes]:
    """Return a subject's encoded pictures by row id."""
    return {
        row["row_id"]: row["image"]
        for batch in read_arrow(folder / f"{subject}.arrow", CROPS if base else VARIANT)
        for row in batch.select(["row_id", "image"]).to_pylist()
    }


@pytest.mark.parametrize("size", [64, 56, 32, 16])
def test_small_resolutions_are_exact_reductions_in_png(faces: Path, tmp_path: Path, size: int) -> None:
    """Up to 64 px a picture is the area average of the base crop, to the last bit."""
    multires(faces, tmp_path / "out", size, PARAMS)
    base = pictures(faces, "a", base=True)
    made = pictures(tmp_path / "out", "a")
    assert list(made) == list(base)
    for row_id, encoded in made.items():
        assert encoded.startswith(b"\x89PNG")
        assert np.array_equal(decode(encoded), reduce_by_area(decode(base[row_id]), size))


def test_larger_resolutions_are_jpeg(faces: Path, tmp_path: Path) -> None:
    """Above png_up_to_px pictures are JPEG, close to the reduction."""
    multires(faces, tmp_path / "out", 96, PARAMS)
    for row_id, encoded in pictures(tmp_path / "out", "a").items():
        assert encoded.startswith(b"\xff\xd8")
        expected = reduce_by_area(decode(pictures(faces, "a", base=True)[row_id]), 96)
        assert np.abs(decode(encoded).astype(int) - expected).mean() < 3


def test_the_base_size_passes_the_bytes_on(faces: Path, tmp_path: Path) -> None:
    """At the base crop's side nothing is encoded a second time."""
    multires(faces, tmp_path / "out", BASE_PX, PARAMS)
    assert pictures(tmp_path / "out", "a") == pictures(faces, "a", base=True)


def test_the_summary_counts_what_was_written(faces: Path, tmp_path: Path) -> None:
    """Only published crops are reduced; a series without any has no file."""
    summary = multires(faces, tmp_path / "out", 32, PARAMS)
    files = sorted(path.stem for path in (tmp_path / "out").glob("*.arrow"))
    assert files == ["a", "b", "c_left", "c_right", "d", "v", "x"]
    assert "d/00006" not in pictures(tmp_path / "out", "d")
    assert (summary["series"], summary["images"]) == (7, 63)
    assert summary["bytes"] == sum(path.stat().st_size for path in (tmp_path / "out").glob("*.arrow"))


def test_the_chain_says_how_pixels_came_about(faces: Path, tmp_path: Path) -> None:
    """Method, sides, encoder, quality and library stand in each file's metadata."""
    multires(faces, tmp_path / "out", 32, PARAMS)
    chain = read_chain(tmp_path / "out")
    assert chain == EncodingRecord(method="area", from_px=BASE_PX, to_px=32, encoder="png", quality=None)


@pytest.mark.parametrize("size", [BASE_PX, 96, 32])
def test_pictures_come_with_the_hash_of_the_pixels_they_decode_to(
    faces: Path, tmp_path: Path, size: int
) -> None:
    """Whatever reader decodes a picture finds these pixels; JPEG is decoded for it, PNG keeps what was encoded."""
    multires(faces, tmp_path / "out", size, PARAMS)
    for batch in read_arrow(tmp_path / "out" / "a.arrow", VARIANT):
        for row in batch.to_pylist():
            assert row["pixels_sha256"] == hashlib.sha256(decode(row["image"]).tobytes()).digest()


@pytest.mark.parametrize(
    ("least", "forked"), [(10, None), (5000, 10), (5000, 500)], ids=["processes", "copies", "threads"]
)
@pytest.mark.parametrize("size", [BASE_PX, 96, 32])
def test_any_number_of_workers_gives_the_same_bytes(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, least: int, forked: int | None
) -> None:
    """Processes, copies of this one and threads take subjects in any order; the result is that of one process."""
    one = multires(faces, tmp_path / "one", size, PARAMS)
    threads, reduce = set[Thread](), stage._reduce_series

    def noted(*given: Any) -> Any:
        threads.add(current_thread())
        return reduce(*given)

    monkeypatch.setattr(stage, "_reduce_series", noted)
    monkeypatch.setattr("fer_data.multires.stage._ROWS_PER_WORKER", least)
    monkeypatch.setattr("fer_data.multires.stage._ROWS_PER_FORK", forked)
    assert multires(faces, tmp_path / "two", size, PARAMS, workers=2) == one
    assert (len(threads) > 0) is (forked == 500)
    assert main_thread() not in threads
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("fault", "message"),
    [("missing", "cannot be read"), ("size", "crops are never enlarged"), ("damaged", "a/00001")],
)
def test_a_fault_leaves_nothing_behind(faces: Path, tmp_path: Path, fault: str, message: str) -> None:
    """A crop that is missing, too small or damaged stops the stage with its reason and no half-written folder."""
    copied = tmp_path / "faces"
    shutil.copytree(faces, copied)
    if fault == "missing":
        (copied / "b.arrow").unlink()
    if fault == "damaged":
        data = (copied / "a.arrow").read_bytes()
        offset = data.index(b"\xff\xd8\xff")
        (copied / "a.arrow").write_bytes(data[:offset] + bytes(16) + data[offset + 16 :])
    with pytest.raises(DatasetError, match=message):
        multires(copied, tmp_path / "out", BASE_PX + 1 if fault == "size" else 32, PARAMS)
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]
