"""What pictures of every form say of themselves, and that they are decoded as viewers show them."""

import struct
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from threading import Barrier, BrokenBarrierError
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from fer_data.core.arrays import Image
from fer_data.pictures.facts import PictureFacts, picture_facts
from fer_data.pictures.images import decode

SMOOTH = cv2.resize(np.random.default_rng(7).integers(0, 255, (4, 6, 3), np.uint8), (36, 24))
DEEP = np.linspace(0, 65535, 24 * 36).reshape(24, 36).astype(np.uint16)


def saved(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as Pillow writes it."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    """Return a picture whose Exif says how it is to be turned."""
    exif = Pillow.Exif()
    exif[274] = orientation
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return saved(Pillow.fromarray(SMOOTH), kind, exif=exif, **lossless)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_upright(kind: str, orientation: int) -> None:
    """Exif turns a picture, and its size is the one shown; Pillow says how it looks."""
    data = turned(kind, orientation)
    shown = np.asarray(ImageOps.exif_transpose(Pillow.open(BytesIO(data))).convert("RGB"))

    facts = picture_facts(data)
    assert facts == PictureFacts(kind.lower(), shown.shape[1], shown.shape[0], orientation)
    assert np.array_equal(decode(data), shown)


def test_an_orientation_that_is_none_turns_nothing() -> None:
    """Cameras write 0, and damage writes anything."""
    for value in (0, 9, 60_000):
        data = turned("JPEG", 3).replace(
            struct.pack("<HHIH", 274, 3, 1, 3), struct.pack("<HHIH", 274, 3, 1, value)
        )
        data = data.replace(struct.pack(">HHIH", 274, 3, 1, 3), struct.pack(">HHIH", 274, 3, 1, value))
        facts = picture_facts(data)
        assert facts is not None
        assert (facts.width, facts.height, facts.orientation) == (36, 24, 1)


def _forms() -> dict[str, tuple[bytes, Image]]:
    grey = SMOOTH[..., 0]
    alpha = np.dstack([SMOOTH, np.full(grey.shape, 255, np.uint8)])
    alpha[:12, :, 3] = 0
    half = alpha.copy()
    half[..., 3] = 128
    over = np.where(alpha[..., 3:] > 0, SMOOTH, 0).astype(np.uint8)
    halved = ((SMOOTH.astype(int) * 128 + 127) // 255).astype(np.uint8)
    palette = Pillow.fromarray(SMOOTH).quantize(16)
    deep = np.repeat((DEEP >> 8).astype(np.uint8)[..., None], 3, 2)
    plain = np.repeat(grey[..., None], 3, 2)
    return {
        "grey png": (saved(Pillow.fromarray(grey), "PNG"), plain),
        "grey tiff": (saved(Pillow.fromarray(grey), "TIFF"), plain),
        "16-bit png": (bytes(cv2.imencode(".png", DEEP)[1]), deep),
        "16-bit tiff": (bytes(cv2.imencode(".tiff", DEEP)[1]), deep),
        "one bit": (
            saved(Pillow.fromarray(grey > 99), "PNG"),
            np.repeat((grey > 99)[..., None] * np.uint8(255), 3, 2),
        ),
        "palette": (saved(palette, "PNG"), np.asarray(palette.convert("RGB"))),
        "alpha png": (saved(Pillow.fromarray(alpha), "PNG"), over),
        "half transparent": (saved(Pillow.fromarray(half), "PNG"), halved),
        "alpha webp": (saved(Pillow.fromarray(alpha), "WEBP", lossless=True, exact=True), over),
        "grey with alpha": (
            saved(Pillow.fromarray(alpha[..., [0, 3]]), "PNG"),
            np.repeat(over[..., :1], 3, 2),
        ),
        "palette with transparency": (
            saved(palette, "PNG", transparency=palette.getpixel((0, 0))),
            np.where(
                (np.asarray(palette) == palette.getpixel((0, 0)))[..., None],
                0,
                np.asarray(palette.convert("RGB")),
            ),
        ),
        "gif": (saved(palette, "GIF"), np.asarray(palette.convert("RGB"))),
        "animated gif": (
            saved(palette, "GIF", save_all=True, append_images=[palette.rotate(180)], duration=40),
            np.asarray(palette.convert("RGB")),
        ),
    }


FORMS = _forms()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_becomes_rgb(form: str) -> None:
    """Whatever depth, colours or transparency; of an animation the first picture."""
    data, expected = FORMS[form]
    facts = picture_facts(data)
    assert facts is not None
    assert (facts.width, facts.height) == (36, 24)
    assert np.array_equal(decode(data), expected)


def test_threads_put_warnings_off_one_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow warns of large pictures, which we count ourselves; of two that put that off at once one stays so."""
    both, met, before = Barrier(2), list[int](), list(warnings.filters)

    def open_(*given: Any, **options: Any) -> Any:
        with suppress(BrokenBarrierError):
            met.append(both.wait(timeout=0.5))
        return pillow_open(*given, **options)

    pillow_open = Pillow.open
    monkeypatch.setattr(Pillow, "open", open_)
    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(decode, [FORMS["alpha png"][0]] * 2))
    assert met == []
    assert list(warnings.filters) == before
    assert all(np.array_equal(picture, FORMS["alpha png"][1]) for picture in shown)


def test_what_is_no_picture_has_no_facts() -> None:
    """Nothing is guessed from a name."""
    assert picture_facts(b"no picture") is None
    assert picture_facts(b"") is None
