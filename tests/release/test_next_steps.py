"""The commands that share a version say nothing of what git does not answer."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from fer_data.errors import MachineError
from fer_data.release.next_steps import next_steps


def test_git_that_fails_is_not_taken_for_no_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody would be told to add one."""
    (tmp_path / "a").write_text("1", encoding="utf-8")
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    _, notes = next_steps(tmp_path, "faces", "0.1.0", licence="open")
    assert any("git has no remote" in note for note in notes)
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        if "remote" in command:
            return subprocess.CompletedProcess(command, 128, b"", b"fatal: bad config line 1")
        return real(command, **options)

    monkeypatch.setattr("fer_data.dvc.git.subprocess.run", run)
    with pytest.raises(MachineError, match=r"git \(`remote`\) gives no answer there: fatal: bad config"):
        next_steps(tmp_path, "faces", "0.1.0", licence="open")
