"""DVC's configuration is read as DVC reads it."""

from pathlib import Path

import pytest
from dvc_runs import run_in

from fer_data.dvc.settings import dvc_setting


@pytest.mark.parametrize(
    ("config", "local", "folder"),
    [
        ("", None, None),
        ("[cache]\n    dir = ../../shared\n", None, "../shared"),
        ("[cache]\n    dir = ../one\n", "[cache]\n    dir = /two\n", "/two"),
        ("[cache\n    dir = ../one\n", None, None),
        ("\xff", None, None),
        ("cache = one\n", None, None),
        ("[cache]\n    dir = a, b\n", None, None),
    ],
    ids=["nothing", "relative", "local", "broken", "no text", "no section", "list"],
)
def test_a_setting_is_the_one_of_the_file_that_counts(
    tmp_path: Path, config: str, local: str | None, folder: str | None
) -> None:
    """A path is meant from the file that says it; where a file is damaged nothing is said."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text(config, encoding="latin-1")
    if local is not None:
        (tmp_path / ".dvc/config.local").write_text(local)
    expected = None if folder is None else str((tmp_path / folder).resolve())
    assert dvc_setting(tmp_path, "cache", "dir") == expected
    assert dvc_setting(tmp_path, "core", "remote") is None


def test_the_cache_is_where_dvc_says(tmp_path: Path) -> None:
    """Its command prints the same."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core]\n    no_scm = true\n[cache]\n    dir = ../elsewhere\n")
    printed = run_in(tmp_path, "dvc", "cache", "dir").stdout.splitlines()[-1]
    assert dvc_setting(tmp_path, "cache", "dir") == printed
