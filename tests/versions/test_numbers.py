"""Version numbers as params.yaml takes them are those that VERSIONS.json holds."""

import re

from fer_data.params import publish
from fer_data.versions.numbers import VERSION_PATTERN


def test_params_and_versions_take_the_same_numbers() -> None:
    """`publish` depends on its own section alone, so the pattern stands in two places."""
    assert re.compile(VERSION_PATTERN).pattern == f"^{publish._VERSION.pattern}$"
