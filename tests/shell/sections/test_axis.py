"""Single values that stages take from params.yaml."""

from pathlib import Path

import pytest
import yaml

from fer_data.errors import ParamsError
from fer_data.shell.sections.axis import excluded_subjects

ROOT = Path(__file__).parents[3]


def with_sources(folder: Path, **sources: object) -> Path:
    """Write the params file of the demo with other sources."""
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump({**values, "sources": sources}), encoding="utf-8")
    return path


def test_excluded_subjects_are_named_as_they_are_published(tmp_path: Path) -> None:
    """With the prefix of their source, in one form of Unicode; `all` stands for everybody of a source."""
    own = {"prefix": "", "excluded": []}
    lab = {"prefix": "lab-", "excluded": ["7_left", "Zoe\u0308"]}
    path = with_sources(tmp_path, own=own, lab=lab, old={"prefix": "old-", "excluded": "all"})
    assert excluded_subjects(path) == {"": [], "lab-": ["lab-7_left", "lab-Zo\u00eb"], "old-": "all"}
    assert excluded_subjects(ROOT / "params.yaml") == {"": []}


@pytest.mark.parametrize(
    "source", ["text", {"prefix": "a-"}, {"prefix": 7, "excluded": []}, {"prefix": "", "excluded": "x"}]
)
def test_a_source_of_another_shape_is_named(tmp_path: Path, source: object) -> None:
    """The check of the whole file says more; a stage alone says which source."""
    with pytest.raises(ParamsError, match=r"sources\.lab must have a prefix and excluded"):
        excluded_subjects(with_sources(tmp_path, lab=source))
