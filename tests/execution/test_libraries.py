"""Versions are recorded whichever distribution gave a library."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from fer_data.execution import libraries
from fer_data.execution.libraries import installed_versions


def test_a_library_is_recorded_under_the_name_that_is_asked_for() -> None:
    """Where the usual distribution is installed, its name and version are given."""
    assert installed_versions(["numpy"]) == {"numpy": version("numpy")}


def test_another_distribution_of_the_same_library_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the headless OpenCV alone records that one."""

    def only_headless(name: str) -> str:
        if name == "opencv-python":
            raise PackageNotFoundError(name)
        return "5.0"

    monkeypatch.setattr(libraries, "version", only_headless)
    assert installed_versions(["opencv-python"]) == {"opencv-python-headless": "5.0"}


def test_a_library_under_none_of_its_names_is_an_error() -> None:
    """What is not installed at all is not left out silently."""
    with pytest.raises(PackageNotFoundError, match="no-such-library"):
        installed_versions(["no-such-library"])
