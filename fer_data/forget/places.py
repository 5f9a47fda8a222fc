"""Where a project holds people: DVC's cache and run cache, the resume store, the checkout; not the raw corpora."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fer_data.dvc.records import Project
from fer_data.dvc.tracked import TrackedFiles, is_project, is_repository
from fer_data.errors import DatasetError
from fer_data.execution.store import Entry, Store
from fer_data.forget.search import Finder, Hit, is_named, is_torn
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.outputs import kind_of
from fer_data.shell.files.sealed import read_json
from fer_data.shell.files.temporaries import is_temporary

__all__ = ["CacheObject", "Found", "Places", "Tainted"]

_SKIPPED = frozenset(
    {".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
)
_MODEL = "model.json"
_LISTED = frozenset({"params.yaml", "dvc.lock"})
"""Files that name whoever is excluded, so that they stay so."""


@dataclass(frozen=True, slots=True)
class Found:
    """One file that holds people: where it lies, how, its size, and how many other names its bytes have."""

    path: Path
    how: str
    size: int
    links: int = 1
    rows: int = 0

    @classmethod
    def at(cls, path: Path, hit: Hit) -> "Found":
        """Return what was found at a path."""
        status = path.stat()
        return cls(path, hit.how, status.st_size, status.st_nlink, hit.rows)


@dataclass(frozen=True, slots=True)
class CacheObject:
    """One object of DVC's cache, by the names under which lists of files have it."""

    path: Path
    md5: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tainted:
    """A version of a dataset that holds people: its hash, its name and version, and how many rows are theirs."""

    dataset_sha256: str
    name: str
    version: str
    resolution: int
    rows: int


@dataclass(slots=True)
class Places:
    """The places of one project.

    Attributes:
        root: of the project.
        project: what DVC recorded; None where nothing was run with DVC.
        store: folder of the resume store.
        corpora: folders of the raw corpora, which are the user's own.
        rebuilt: whether the lock file of the checkout is that of data without the people.
    """

    root: Path
    project: Project | None
    store: Path
    corpora: tuple[Path, ...]
    rebuilt: bool = False
    searched: int = 0
    _lists: dict[str, dict[str, str]] = field(default_factory=dict)
    _tracked: TrackedFiles | None = None

    @property
    def cache(self) -> Path | None:
        """Return the folder of DVC's cache."""
        return None if self.project is None else self.project.cache.resolve()

    @property
    def own_cache(self) -> bool:
        """Say whether the cache lies in the project, so that no other one uses it."""
        return self.cache is not None and self.cache.is_relative_to(self.root)

    @property
    def tracked(self) -> TrackedFiles:
        """Return which files of the checkout git tracks."""
        if self._tracked is None:
            self._tracked = TrackedFiles(self.root)
        return self._tracked

    def repositories(self) -> list[Path]:
        """Return the repositories within the checkout, such as submodules, whose history is their own."""
        return [here for here, _ in self._folders() if here != self.root and is_repository(here)]

    def other_project(self, path: Path) -> Path | None:
        """Return the folder within the checkout that is a project or repository of its own and holds a path; or None.

        An output of a command that somebody made a repository stays an output of this project.
        """
        inside = [one for one in path.parents if one != self.root and one.is_relative_to(self.root)]
        return next(
            (
                one
                for one in reversed(inside)
                if is_project(one) or (is_repository(one) and kind_of(one) is None)
            ),
            None,
        )

    def linked(self) -> list[Path]:
        """Return the links in the checkout to folders elsewhere, which may be others' as well and are not searched."""
        elsewhere = (self.cache, self.store.resolve(), *self.corpora)
        return [
            link
            for here, _ in self._folders()
            for link in sorted(one for one in here.iterdir() if one.is_symlink() and one.is_dir())
            if link.name not in _SKIPPED
            and link.resolve() not in elsewhere
            and not link.resolve().is_relative_to(self.root)
        ]

    def lists(self) -> Mapping[str, Mapping[str, str]]:
        """Return each list of files in the cache by its hash: path in the folder, and hash of the file."""
        if self.cache is None or self._lists:
            return self._lists
        for path in sorted((self.cache / "files" / "md5").glob("??/*.dir")):
            md5 = path.parent.name + path.name
            try:
                found = read_json(path)
                self._lists[md5] = {str(one["relpath"]): str(one["md5"]) for one in found}
            except (DatasetError, KeyError, TypeError):
                continue
        return self._lists

    def of_corpora(self) -> set[str]:
        """Return the hashes of what the cache holds of raw corpora, such as the rendered sample."""
        found: set[str] = set()
        for out in () if self.project is None else self.project.outs:
            if any((self.root / out.path).resolve() == corpus for corpus in self.corpora):
                found |= {out.md5, *self.lists().get(out.md5, {}).values()}
        return found

    def of_models(self) -> set[str]:
        """Return the hashes of what the cache holds of models, which are named and never removed."""
        found: set[str] = set()
        for md5, files in self.lists().items():
            if _MODEL in files:
                found |= {md5, *files.values()}
        return found

    def current(self) -> set[str]:
        """Return the hashes that the lock file of the checkout names, once its data are without the people."""
        outs = () if self.project is None or not self.rebuilt else self.project.outs
        return {md5 for out in outs for md5 in (out.md5, *self.lists().get(out.md5, {}).values())}

    def objects(self) -> Iterator[CacheObject]:
        """Yield what the cache holds but raw corpora and models; lists of files come last."""
        if self.cache is None:
            return
        names: dict[str, list[str]] = {}
        for listed in self.lists().values():
            for name, md5 in listed.items():
                names.setdefault(md5, []).append(name)
        left_out = self.of_corpora() | self.of_models()
        found = [path for path in (self.cache / "files" / "md5").glob("??/*") if path.is_file()]
        for path in sorted(found, key=lambda one: (one.suffix == ".dir", one)):
            md5 = path.parent.name + path.name
            if md5 not in left_out:
                yield CacheObject(path, md5, tuple(sorted(set(names.get(md5, ())))))

    def doomed(self, finder: Finder) -> dict[str, Found]:
        """Return the objects of the cache that hold people, by their hash, and the lists that have such files.

        The pictures of who was taken for whom in a video, or in a shard of pictures, that shows others too are among
        them, unless those are of the rebuilt data.
        """
        current: set[str] = self.current()
        found: dict[str, Found] = {}
        for one in self.objects():
            self.searched += 1
            how = self._how(finder, one, found, current)
            if how:
                found[one.md5] = Found.at(one.path, how)
        return found

    def _how(
        self, finder: Finder, one: CacheObject, doomed: Mapping[str, Found], current: set[str]
    ) -> Hit | None:
        if one.path.suffix == ".dir":
            files = self.lists().get(one.md5, {})
            count = sum(md5 in doomed for md5 in files.values())
            named = any(is_named(finder, name) for name in files)
            return (
                Hit(f"lists {count} files that hold them") if count else Hit("names them") if named else None
            )
        if any(is_named(finder, name) for name in one.names):
            return finder.look(one.path) or Hit("a file of theirs")
        if one.md5 not in current and any(_shows_shared(finder, name) for name in one.names):
            return Hit("a picture that shows them beside others")
        return finder.look(one.path)

    def runs(self, doomed: Iterable[str]) -> list[Found]:
        """Return the entries of the run cache that would bring doomed objects back."""
        gone = set(doomed)
        found = []
        for path in () if self.cache is None else sorted((self.cache / "runs").rglob("*")):
            if not path.is_file():
                continue
            self.searched += 1
            text = path.read_text(encoding="utf-8", errors="replace")
            if any(md5 in text for md5 in gone):
                found.append(Found.at(path, Hit("a run whose files go")))
        return found

    def entries(self, finder: Finder) -> list[tuple[Entry, Hit]]:
        """Return the entries of the resume store that hold people."""
        found = []
        shared = finder.people.shared
        for entry in Store(self.store).entries():
            folder = self.store / "entries" / entry.key[:2] / entry.key
            subjects = set(entry.about.get("subjects", "").split("/"))
            how = Hit("made of them") if subjects & finder.people.names else None
            for path in sorted(folder.rglob("*")):
                self.searched += path.is_file()
                how = how or (finder.look(path) if path.is_file() else None)
            if (
                how is None
                and entry.about.get("kind") == "observed"
                and entry.about.get("video_id") in shared
            ):
                how = Hit("shows them beside others")
            if how:
                found.append((entry, how))
        return found

    def learn(self, finder: Finder) -> None:
        """Have it note the pictures of the people in the tables of the checkout, by which other files know them."""
        for path, _ in self._searchable():
            finder.learn(path)

    def checkout(self, finder: Finder) -> list[Found]:
        """Return the files of the checkout that hold people.

        Raw corpora, models, and what names the excluded are left out.
        """
        found = []
        for path, name in self._searchable():
            self.searched += 1
            how = finder.look(path) or (Hit("is called after them") if is_named(finder, name) else None)
            if how is None and self.unfinished(path) and is_torn(path):
                how = Hit("was never finished and cannot be searched")
            if how:
                found.append(Found.at(path, how))
        return found

    def unfinished(self, path: Path) -> Path | None:
        """Return the file or folder, of those that hold a path, that a writer who was stopped left; None of another."""
        parts = path.relative_to(self.root).parts
        depth = next((number for number, part in enumerate(parts, 1) if is_temporary(part)), None)
        return None if depth is None else self.root.joinpath(*parts[:depth])

    def _searchable(self) -> Iterator[tuple[Path, str]]:
        """Yield the files of the checkout that may hold people, each with its path from the root."""
        for path in self._files():
            name = path.relative_to(self.root).as_posix()
            if (
                name not in _LISTED
                and name != ".fer-data/forget.json"
                and not (path.parent / _MODEL).is_file()
            ):
                yield path, name

    def _files(self) -> Iterator[Path]:
        for here, files in self._folders():
            yield from (path for name in sorted(files) if (path := here / name).is_file())

    def _folders(self) -> Iterator[tuple[Path, list[str]]]:
        """Yield the folders of the checkout, each with the names of its files; links to folders are not followed."""
        left_out = (self.cache, self.store.resolve(), *self.corpora)
        for folder, names, files in os.walk(self.root):
            here = Path(folder)
            names[:] = sorted(
                name
                for name in names
                if name not in _SKIPPED
                and (here / name).resolve() not in left_out
                and not (here / name).is_symlink()
            )
            yield here, files

    def tainted(self, doomed: Mapping[str, Found]) -> list[Tainted]:
        """Return the versions of datasets that hold people, as their provenance in the cache states them."""
        found: dict[str, Tainted] = {}
        for files in self.lists().values():
            held = [name for name, md5 in files.items() if md5 in doomed and name.endswith(".arrow")]
            count = sum(doomed[files[name]].rows for name in held)
            if not count or "provenance.json" not in files or self.project is None:
                continue
            stated = _document(self.project.cache_object(files["provenance.json"]))
            side = stated.get("resolution")
            sha256, name, version = (str(stated.get(key)) for key in ("dataset_sha256", "name", "version"))
            one = Tainted(sha256, name, version, side if isinstance(side, int) else 0, count)
            found[one.dataset_sha256] = one
        return sorted(found.values(), key=lambda one: (one.name, one.version, one.resolution))

    def models(self, finder: Finder, tainted: Iterable[str]) -> list[Path]:
        """Return the descriptions of models that were trained on such a version or name the people.

        They lie in the checkout and, of older models, in the cache.
        """
        wanted = set(tainted)
        paths = [path for path in self._files() if path.name == _MODEL]
        if self.project is not None:
            listed = {files[_MODEL] for files in self.lists().values() if _MODEL in files}
            paths += [self.project.cache_object(md5) for md5 in sorted(listed)]
        found: dict[str, Path] = {}
        for path in paths:
            data = _document(path).get("data")
            trained = isinstance(data, dict) and data.get("dataset_sha256") in wanted
            if trained or (path.is_file() and finder.look(path)):
                found.setdefault(file_sha256(path), path)
        return list(found.values())


def _shows_shared(finder: Finder, name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in {".jpg", ".png"} and path.stem in finder.people.shared


def _document(path: Path) -> dict[str, object]:
    try:
        found = read_json(path)
    except DatasetError:
        return {}
    return found if isinstance(found, dict) else {}
