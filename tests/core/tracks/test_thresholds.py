"""The limits of tracks and people are fixed, and each says what it was measured on."""

import re
from dataclasses import FrozenInstanceError, fields

import pytest

from fer_data.core.tracks.thresholds import (
    LINKING,
    PAIRING,
    TRACKING,
    LinkingThresholds,
    PairingThresholds,
    TrackingThresholds,
)

RECORDS = [LINKING, PAIRING, TRACKING]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_limit_says_what_it_was_measured_on(
    record: LinkingThresholds | PairingThresholds | TrackingThresholds,
) -> None:
    """Each attribute has a line of its own in the docstring, and no line is left of one that is gone."""
    documented = re.findall(
        r"^ {4,8}(\w+): ", (type(record).__doc__ or "").partition("Attributes:")[2], re.MULTILINE
    )
    assert documented == [field.name for field in fields(record)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_no_limit_can_be_changed(
    record: LinkingThresholds | PairingThresholds | TrackingThresholds,
) -> None:
    """A run cannot move the limits of the next one."""
    name = fields(record)[0].name
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(record, name, 0.0)
