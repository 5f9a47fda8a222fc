"""Only the list changes in params.yaml: comments, order and form of all else stay."""

from pathlib import Path

import pytest

from fer_data.errors import ParamsError
from fer_data.forget.params_text import changed_text, exclude_in
from fer_data.shell.files.plain_yaml import load_plain

ROOT = Path(__file__).parents[2]
DEMO = (ROOT / "params.yaml").read_text(encoding="utf-8")
LISTS = [
    pytest.param(["101_right"], id="one"),
    pytest.param(["105", "a, b", "x: y", "#z", "null", "é"], id="quoted"),
    pytest.param([f"subject-number-{n}" for n in range(30)], id="many"),
    pytest.param("all", id="all"),
    pytest.param([], id="nobody"),
]


@pytest.mark.parametrize("excluded", LISTS)
@pytest.mark.parametrize("before", LISTS)
def test_one_key_changes_and_nothing_else(before: list[str], excluded: list[str]) -> None:
    """From any form of the list to any other; the comment beside it stays."""
    text = changed_text(DEMO, "sample", before)
    assert text is not None
    changed = changed_text(text, "sample", excluded)
    assert changed is not None

    values = load_plain(DEMO)
    values["sources"]["sample"]["excluded"] = excluded
    assert load_plain(changed) == values
    own = [line for line in changed.splitlines() if line not in DEMO.splitlines()]
    assert all("excluded" in line or line.startswith("      - ") for line in own)
    assert changed.count("# subjects who withdrew") == 1


def test_the_comment_stays_in_its_column_while_there_is_room() -> None:
    """Short lists change few bytes."""
    changed = changed_text(DEMO, "sample", ["105"])

    assert changed is not None
    (line,) = (line for line in changed.splitlines() if "excluded" in line)
    assert line.startswith("    excluded: ['105']       # subjects who withdrew")


def test_the_same_list_writes_nothing(tmp_path: Path) -> None:
    """Not even the time of the file."""
    path = tmp_path / "params.yaml"
    path.write_text(DEMO, encoding="utf-8")
    before = path.stat().st_mtime_ns

    assert not exclude_in(path, "sample", [])
    assert path.stat().st_mtime_ns == before


def test_a_key_that_has_no_line_of_its_own_is_refused(tmp_path: Path) -> None:
    """What cannot be changed alone is left as it is."""
    path = tmp_path / "params.yaml"
    path.write_text("sources:\n  a:\n    root: x\n", encoding="utf-8")

    with pytest.raises(ParamsError, match=r"sources\.a\.excluded cannot be changed alone"):
        exclude_in(path, "a", ["x"])
    assert path.read_text(encoding="utf-8") == "sources:\n  a:\n    root: x\n"
