"""What is known of each corpus beside its licence."""

import pytest

from fer_data.corpora.adapters import ADAPTERS
from fer_data.published.corpus_records import CORPUS_RECORDS
from fer_data.published.licence_records import CORPORA, OWN_KINDS


def test_every_corpus_with_a_licence_has_a_record() -> None:
    """And papers: whoever uses it cites them."""
    assert set(CORPUS_RECORDS) == set(CORPORA)
    assert all(record.papers for record in CORPUS_RECORDS.values())


@pytest.mark.parametrize("kind", sorted(CORPUS_RECORDS))
def test_a_record_says_whether_the_adapter_was_tried(kind: str) -> None:
    """As the adapter itself says: a card must not promise more than `fer-data check`."""
    assert CORPUS_RECORDS[kind].verified == ADAPTERS[kind].kind.verified


def test_own_folders_have_none() -> None:
    """Nobody but their user knows where they come from."""
    assert not OWN_KINDS & set(CORPUS_RECORDS)
