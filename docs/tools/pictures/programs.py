"""Pictures of what commands write: the page of `fer-data view`, and a frame of what `fer-data predict` draws."""

import io
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
from PIL import Image

from docs.tools.pictures.demo import Demo
from fer_data.errors import FerDataError

__all__ = ["prediction", "view"]

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SEEN = ("data/published/128", "data/faces/sample", "reports/evaluation")
_VIDEO, _FRAME = "data/sample/batch1/video3.mp4", 16


def view(demo: Demo) -> bytes:
    """Return the head of the page of the demo as a PNG; a page without faces.

    Raises:
        FerDataError: no browser is installed.
    """
    with TemporaryDirectory() as folder:
        page = Path(folder, "view.html")
        _run(demo, "view", *_SEEN, "--output", str(page))
        return _small(_screenshot(page))


def prediction(demo: Demo) -> bytes:
    """Return a frame of an annotated video of two rendered people as a JPEG."""
    with TemporaryDirectory() as folder:
        answers = Path(folder, "answers")
        _run(demo, "predict", _VIDEO, "--model", "models/senet50", "--output", str(answers))
        drawn = next((answers / "annotated").glob("*.mp4"))
        with av.open(str(drawn)) as container:
            frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        return bytes(cv2.imencode(".jpg", frames[_FRAME], [cv2.IMWRITE_JPEG_QUALITY, 90])[1])


def _run(demo: Demo, *words: str) -> None:
    """Run a command of ours in the folder of the demo, so that no path of this machine is in the picture."""
    command = [sys.executable, "-P", "-m", "fer_data", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=demo.data.parent)  # noqa: S603 - our own


def _screenshot(page: Path) -> bytes:
    from playwright.sync_api import sync_playwright

    browser_path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser_path is None:
        raise FerDataError(f"No browser is installed. Install one of {', '.join(_BROWSERS)}.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": 1280, "height": 1250}, color_scheme="light")
        shown.goto(page.as_uri())
        shown.locator("svg, canvas").first.wait_for()
        shown.wait_for_timeout(2000)  # charts are drawn as they come into sight
        picture = shown.screenshot()
        browser.close()
    return picture


def _small(encoded: bytes) -> bytes:
    """Return a PNG in 128 colours: a page has few."""
    out = io.BytesIO()
    Image.open(io.BytesIO(encoded)).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
        out, "png", optimize=True
    )
    return out.getvalue()
