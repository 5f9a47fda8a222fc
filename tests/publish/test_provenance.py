"""The record of where a dataset comes from."""

import pytest

from fer_data.published.licences import licence_of


@pytest.mark.parametrize(
    ("pictures", "detector", "kind", "reasons"),
    [
        ("cc0-1.0", "centerface", "open", 0),
        ("CC-BY-4.0", "centerface", "open", 0),
        ("Aff-Wild2 EULA", "centerface", "research", 1),
        ("cc0-1.0", "insightface", "research", 1),
        ("other", "insightface", "research", 2),
    ],
)
def test_the_licence_class(pictures: str, detector: str, kind: str, reasons: int) -> None:
    """A dataset is open only if its pictures and its detector are."""
    licence = licence_of(pictures, detector)
    assert (licence.kind, len(licence.reasons)) == (kind, reasons)
