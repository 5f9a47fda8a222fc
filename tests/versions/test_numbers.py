"""Version numbers as params.yaml takes them are those that VERSIONS.json holds."""

from fer_data.params.publish import PublishParams
from fer_data.versions.numbers import VERSION_PATTERN


def test_params_and_versions_take_the_same_numbers() -> None:
    """`publish` depends on its own section alone, so the pattern stands in two places."""
    (pattern,) = (one.pattern for one in PublishParams.model_fields["version"].metadata)
    assert pattern == VERSION_PATTERN
