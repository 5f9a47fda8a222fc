"""What is odd about the data that were given."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fer_data.errors import CorpusError, DatasetError
from fer_data.shell.files.findings import Finding, Severity, read_findings
from fer_data.tables.source_folders import source_folders

if TYPE_CHECKING:
    from fer_data.view.material import Material

__all__ = ["PROBLEMS_FILE", "problems"]

PROBLEMS_FILE = "problems.jsonl"
_ORDER = list(Severity)


def problems(material: "Material") -> list[Finding]:
    """Return the findings of the catalog and the faces, of a raw corpus those of `check`: errors first, by rule.

    Raises:
        DatasetError: a file of findings cannot be read.
    """
    if "corpus" in material.folders:
        found = _checked(material.folders["corpus"], material.params)
    else:
        folders = [material.folders[kind] for kind in ("catalog", "faces") if kind in material.folders]
        found = [one for folder in folders for part in source_folders(folder) for one in _read(part)]
    return sorted(dict.fromkeys(found), key=_place)


def _checked(root: Path, params: Path | None) -> list[Finding]:
    from fer_data.check import check_corpus
    from fer_data.corpora.selection import UNANNOTATED
    from fer_data.view.material import corpus_source

    try:
        return list(check_corpus(root, corpus_source(root, params)).findings)
    except CorpusError as error:
        if error.rule != UNANNOTATED:
            raise
        return [Finding(error.rule, Severity.ERROR, error.text)]


def _read(folder: Path) -> Iterator[Finding]:
    path = folder / PROBLEMS_FILE
    if not path.is_file():
        return
    try:
        for one in read_findings(path):
            yield replace(one, message=str(one.message), line=None if one.line is None else int(one.line))
    except (OSError, UnicodeDecodeError, TypeError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} cannot be read: {error!r}. Run `dvc repro` to write it again.") from error


def _place(finding: Finding) -> tuple[int, str, str, int, str]:
    where = finding.video_id or finding.subject_id or ""
    return _ORDER.index(finding.severity), finding.rule, finding.file or "", finding.line or 0, where
