"""The files of a corpus that are known by their names, wherever below the root a copy has them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_data.corpora.names import is_plain
from fer_data.errors import CorpusError
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.places import found_at
from fer_data.shell.files.walking import walk_files
from fer_data.shell.shown import printable

__all__ = ["NamedFile", "NamedFiles", "check_root", "find_named", "misnamed", "unknown_release"]

NamedFile = tuple[str, re.Match[str]]
"""The path of a file relative to the root, and what its name says."""


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """What lies below a root.

    Attributes:
        known: the files of each kind, in order of their paths.
        others: number of files that are of no kind.
        example: one of those; empty without any.
        findings: folders that cannot be read, and files of a kind whose names are no plain text.
    """

    known: Mapping[str, list[NamedFile]]
    others: int
    example: str
    findings: tuple[Finding, ...]


def check_root(root: Path, source: SourceParams) -> None:
    """Refuse a root that is no folder.

    Raises:
        CorpusError: it is something else, or nothing.
    """
    if not root.is_dir():
        raise CorpusError(
            f"{source.key('root')} ({root}) must be an existing folder, but {found_at(root)}. Name the folder of the "
            "corpus."
        )


def find_named(root: Path, kinds: Mapping[str, re.Pattern[str]]) -> NamedFiles:
    """Return the files below a root by kind: the first whose pattern is the whole name.

    Hidden ones are left out, and those whose path is no plain text, which is said of files of a kind.
    """
    known: dict[str, list[NamedFile]] = {kind: [] for kind in kinds}
    findings: list[Finding] = []
    others, example = 0, ""
    odd: list[str] = []

    def skip(folder: str, rule: str, message: str) -> None:
        severity = Severity.WARNING if rule == "link-loop" else Severity.ERROR
        findings.append(Finding(rule, severity, message, file=printable(folder)))

    for path in walk_files(root, skip, enter=_is_shown):
        if not _is_shown(path.name):
            continue
        kind, match = next(
            ((kind, found) for kind, pattern in kinds.items() if (found := pattern.fullmatch(path.name))),
            ("", None),
        )
        if not is_plain(str(path)):
            odd += [str(path)] if match else []
        elif match is None:
            others, example = others + 1, example or str(path)
        else:
            known[kind].append((str(path), match))
    for files in known.values():
        files.sort(key=lambda file: file[0])
    return NamedFiles(known, others, example, (*findings, *misnamed(odd)))


def misnamed(paths: Sequence[str]) -> list[Finding]:
    """Return the finding on files that would be read, had their paths no control or invisible characters; or none."""
    if not paths:
        return []
    message = (
        f"{len(paths):,} file(s) are not read, because a name is no UTF-8 text, or holds control or invisible "
        "characters, here first. Rename the file or its folder."
    )
    return [Finding("unsafe-name", Severity.ERROR, message, file=printable(min(paths)))]


def unknown_release(title: str, root: Path, files: NamedFiles, expected: str) -> CorpusError:
    """Return the error that a folder fits no known release of a corpus."""
    counts = [f"{len(found):,} {kind}" for kind, found in files.known.items() if found]
    what = "other file" if counts else "file"
    other = f"{files.others:,} {what}(s) such as {files.example!a}" if files.others else f"no {what}"
    return CorpusError(
        f"{root} is no release of {title} that is known: it has {', '.join([*counts, other])}. Expected {expected}.",
        rule="unknown-release",
    )


def _is_shown(name: str) -> bool:
    """Say whether a file or folder is not a system's or an archiver's own."""
    return not name.startswith((".", "__MACOSX"))
