"""What is odd about many rows, as one finding for each rule: how many there are, and where the first is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from fer_data.shell.files.findings import Finding

__all__ = ["OddityCounts"]


@dataclass(slots=True)
class OddityCounts:
    """Counts findings by rule and severity, so that a million odd rows are not a million findings."""

    _first: dict[tuple[str, str], Finding] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, finding: Finding, count: int = 1) -> None:
        """Count a finding of so many rows; the first of its rule says what stands for all."""
        key = finding.rule, finding.severity
        self._first.setdefault(key, finding)
        self._counts[key] = self._counts.get(key, 0) + count

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each rule, in the order in which they were met."""
        for key, first in self._first.items():
            count = self._counts[key]
            more = f" So it is {count:,} times, here first." if count > 1 else ""
            yield replace(first, message=first.message + more)
