"""A million odd rows are one finding with their number."""

from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.shell.files.findings import Finding, Severity


def test_findings_of_a_rule_become_one() -> None:
    """The first one says where, the number how many; other severities of the rule stand apart."""
    counts = OddityCounts()
    for line in (5, 7, 9):
        counts.add(Finding("label", Severity.ERROR, "No class has this code.", "a.csv", line))
    counts.add(Finding("label", Severity.INFO, "It is blank.", "a.csv", 8))
    assert list(counts.findings()) == [
        Finding("label", Severity.ERROR, "No class has this code. So it is 3 times, here first.", "a.csv", 5),
        Finding("label", Severity.INFO, "It is blank.", "a.csv", 8),
    ]


def test_without_oddities_there_are_no_findings() -> None:
    """Nothing is said of rows that are as they should be."""
    assert list(OddityCounts().findings()) == []
