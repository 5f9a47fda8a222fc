"""A folder of pictures: `<split>/<class>/*.jpg`, with any folders below a class."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.core.labels.tasks import SPLITS, SplitName
from fer_data.corpora.adapter import OnError
from fer_data.corpora.adapters.class_names import class_spellings, spelling_findings
from fer_data.corpora.editions import split_named
from fer_data.corpora.given import GivenLabels, GivenRow
from fer_data.corpora.layout import OUR_FILES
from fer_data.corpora.named_files import check_root
from fer_data.corpora.names import check_name, is_plain
from fer_data.corpora.oddity_counts import OddityCounts
from fer_data.errors import CorpusError
from fer_data.media.suffixes import PICTURE_SUFFIXES, UNREAD_REMEDY, media_kind
from fer_data.params.source import SourceParams
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.walking import Folder, is_folder, walk_folders
from fer_data.shell.shown import printable

__all__ = ["OpenedFolders", "is_picture", "open_folders"]

_CHUNK = 4096
_NOTHING = frozenset({"thumbs.db", "desktop.ini"})
_NO_LABEL = GivenLabels()


def is_picture(name: str) -> bool:
    """Say whether a file of a corpus is a picture by its name.

    >>> [is_picture(name) for name in ("1.JPG", "1.tiff", "Thumbs.db", "jpg")]
    [True, True, False, False]
    """
    suffix = os.path.splitext(name)[1]  # noqa: PTH122 - a Path for each of a million names takes seconds
    return suffix.lower() in PICTURE_SUFFIXES


@dataclass(slots=True, eq=False)
class OpenedFolders:
    """A folder of pictures, its splits and classes known.

    Attributes:
        root: the folder.
        splits: by the name of a folder in it.
        spellings: of the classes, by the names of their folders.
        opening: what is odd about these.
        findings: that, and what is odd about files.
        found: pictures by split.
    """

    root: Path
    splits: Mapping[str, SplitName]
    spellings: Mapping[str, str]
    opening: tuple[Finding, ...]
    findings: list[Finding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    videos: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> Sequence[str]:
        """Return the classes in the order of their names."""
        return tuple(sorted(set(self.spellings.values())))

    def rows(self) -> Iterator[Sequence[GivenRow]]:
        """Yield the pictures of one folder after another."""
        odd = OddityCounts()
        self.found = Counter({split: 0 for split in SPLITS if split in self.splits.values()})
        labels = {name: GivenLabels(expression=name) for name in self.classes}

        def skip(folder: str, rule: str, message: str) -> None:
            severity = Severity.ERROR if rule in ("unreadable", "too-deep") else Severity.WARNING
            odd.add(Finding(rule, severity, message, file=printable(folder)))

        for folder in walk_folders(self.root, skip, enter=_is_walked):
            _note_links(self.root, folder, odd)
            names = _pictures(folder, odd)
            place = self._place(folder.path, len(names), odd)
            if place is not None:
                split, name = place
                self.found[split] += len(names)
                start, given = f"{folder.path}/", labels.get(name, _NO_LABEL)
                for at in range(0, len(names), _CHUNK):
                    yield [GivenRow(start + file, split, given) for file in names[at : at + _CHUNK]]
        self.findings = [*self.opening, *odd.findings()]
        if not self.found.total():
            suffixes = ", ".join(sorted(PICTURE_SUFFIXES))
            raise CorpusError(
                f"No picture lies in the folders of its splits. Expected files that end in {suffixes}."
            )

    def _place(self, path: PurePosixPath, count: int, odd: OddityCounts) -> tuple[SplitName, str] | None:
        """Return split and class of so many pictures in a folder, an empty one without; None where they are of none."""
        if not count:
            return None
        first, *rest = path.parts or ("",)
        if first not in self.splits or (rest and rest[0] not in self.spellings):
            message = "A picture that lies in no folder of a split is not read, nor one whose class has no plain name."
            odd.add(Finding("stray-pictures", Severity.WARNING, message, file=printable(str(path))), count)
            return None
        split = self.splits[first]
        if not rest:
            severity = Severity.INFO if split == "test" else Severity.WARNING
            message = (
                "A picture right in the folder of a split has no label. Move it into the folder of its class."
            )
            odd.add(Finding("no-class-folder", severity, message, file=printable(first)), count)
        return split, self.spellings[rest[0]] if rest else ""


def _unlabelled(folder: str, split: SplitName) -> Finding:
    if split == "test":
        message = "A test picture in no folder of a class has no label; it is predicted and not scored."
        return Finding("no-class-folder", Severity.INFO, message, printable(folder))
    message = "A picture right in the folder of a split has no label. Move it into the folder of its class."
    return Finding("no-class-folder", Severity.WARNING, message, printable(folder))


def open_folders(root: Path, source: SourceParams, on_error: OnError) -> OpenedFolders:
    """Return the folder with its splits and classes, which the names of two layers of folders say.

    Raises:
        CorpusError: there is no folder, or none of a split in it; a class has no plain name.
    """
    check_root(root, source)
    found = ((name, split_named(name)) for name in _folders(root))
    splits = {name: split for name, split in found if split is not None}
    if not splits:
        raise _no_splits(root, source)
    classes = {name: _class_folders(root / name, name, on_error) for name in splits}
    spellings = class_spellings({one for names in classes.values() for one in names})
    opening = (*spelling_findings(spellings), *_split_findings(splits, classes, spellings))
    return OpenedFolders(root, splits, spellings, opening)


def _folders(path: Path) -> list[str]:
    """Return the names of the folders in one, hidden ones left out, in order."""
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if _is_walked(entry.name) and is_folder(entry))
    except OSError:  # the walk says so
        return []


def _is_walked(name: str) -> bool:
    return not name.startswith((".", "__MACOSX", "@eaDir"))


def _class_folders(path: Path, split: str, on_error: OnError) -> list[str]:
    found = []
    for name in _folders(path):
        try:
            check_name(name, file=split)
        except CorpusError as error:
            on_error(error)
        else:
            found.append(name)
    return found


def _no_splits(root: Path, source: SourceParams) -> CorpusError:
    names = [name for name in _folders(root) if is_plain(name)]
    shown = ", ".join(map(printable, names[:8])) + (", ..." if len(names) > 8 else "")
    inside = [str(root / name) for name in names if any(map(split_named, _folders(root / name)))]
    if inside:
        remedy = f"Set {source.key('root')} to {' or '.join(inside[:3])}, where they are."
    elif names:
        remedy = f"Pictures that were never split are training pictures: `mkdir train` there and move {shown} into it."
    else:
        remedy = f"Name the folder of the corpus, or the list of its pictures in {source.key('table')}."
    return CorpusError(
        f"{source.key('root')} ({root}) must hold a folder for each split (train, validation or val, test) with one "
        f"for each class in it; it holds {f'the folders {shown}' if names else 'no folders'}. {remedy}",
        rule="no-splits",
    )


def _split_findings(
    splits: Mapping[str, SplitName], classes: Mapping[str, Iterable[str]], spellings: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield splits that lie in several folders, and classes that some split does not have."""
    for split in SPLITS:
        folders = [name for name, found in splits.items() if found == split]
        if len(folders) > 1:
            message = f"{', '.join(map(repr, folders))} are all taken as {split}. Join them."
            yield Finding("split-spelling", Severity.WARNING, message)
    by_split = {
        split: {spellings[one] for name, found in splits.items() if found == split for one in classes[name]}
        for split in dict.fromkeys(splits.values())
    }
    labelled = {split: names for split, names in by_split.items() if names}
    for name in sorted(set(spellings.values())):
        if lacking := [split for split, names in labelled.items() if name not in names]:
            message = f"Class {name!r} has no folder in {' and '.join(lacking)}. Is its name misspelled?"
            yield Finding("class-missing", Severity.WARNING, message)


def _pictures(folder: Folder, odd: OddityCounts) -> list[str]:
    """Return the pictures of a folder, and note what is none."""
    found = []
    for name in folder.files:
        if name.startswith(".") or name in OUR_FILES or name.lower() in _NOTHING:
            continue
        if not is_picture(name):
            odd.add(_stray(folder.path / name))
        elif is_plain(name):
            found.append(name)
        else:
            message = (
                "The name is no UTF-8 text, or holds control characters, and is not read. Rename the file."
            )
            odd.add(Finding("unsafe-name", Severity.ERROR, message, printable(str(folder.path / name))))
    return found


def _stray(path: PurePosixPath) -> Finding:
    file = printable(str(path))
    if media_kind(path.suffix) == "unread":
        message = f"A file that ends in {printable(path.suffix)} is not read. {UNREAD_REMEDY}"
        return Finding("unread-media", Severity.WARNING, message, file)
    return Finding("stray-file", Severity.INFO, "The file is no picture and is not read.", file)


def _note_links(root: Path, folder: Folder, odd: OddityCounts) -> None:
    for name in folder.links:
        target = os.path.realpath(root / folder.path / name)
        if not target.startswith(os.path.realpath(root) + os.sep):
            message = "The link leads out of the folder of the corpus, and what lies there is read with it."
            odd.add(
                Finding("link-out-of-root", Severity.WARNING, message, printable(str(folder.path / name)))
            )
