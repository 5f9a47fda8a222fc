"""Findings: what is odd about a corpus or a run, without stopping it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from fer_data.shell.files.atomic import atomic_file

__all__ = ["Finding", "Severity", "read_findings", "write_findings"]


class Severity(StrEnum):
    """How bad a finding is: an error makes `fer-data check` end with exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know.

    Attributes:
        rule: short name of the rule, in kebab case, such as `label-out-of-range`.
        severity: error, warning or info.
        message: value, rule and remedy in one sentence.
        file: path relative to the corpus root, where one is meant.
        line: 1-based line of that file.
        subject_id: the annotated person, where one is meant.
        video_id: the video, where one is meant.
    """

    rule: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    subject_id: str | None = None
    video_id: str | None = None

    def prefixed(self, prefix: str) -> "Finding":
        """Return it with a prefix before its ids, as far as it has some."""
        subject, video = (name and prefix + name for name in (self.subject_id, self.video_id))
        return replace(self, subject_id=subject, video_id=video)

    def of_source(self, name: str) -> "Finding":
        """Return it with the name of its source in the paths of pictures to look at, as they are for every source.

        >>> Finding("doubt", Severity.INFO, "Look at reports/assignment/NAME/a.jpg.").of_source("lab").message
        'Look at reports/assignment/lab/a.jpg.'
        """
        return replace(
            self, message=self.message.replace("reports/assignment/NAME/", f"reports/assignment/{name}/")
        )


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Write one JSON object a line, atomically; no findings make an empty file."""
    with (
        atomic_file(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace") as file,
    ):
        for finding in findings:
            file.write(json.dumps(asdict(finding), ensure_ascii=False) + "\n")


def read_findings(path: Path) -> list[Finding]:
    """Return the findings of a file that `write_findings` wrote."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [Finding(**{**row, "severity": Severity(row["severity"])}) for row in rows]
