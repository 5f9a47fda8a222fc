"""Take people back out of a project: exclude them, rebuild what others share with them, remove what is left, search.

::

    params.yaml --dvc repro--> everything without them --> their objects, entries, runs and files go --> 0 hits

Every step can be done again, so an interrupted run goes on where the same command is given once more.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.dvc.git import changed_files
from fer_data.dvc.records import find_project, find_root
from fer_data.errors import MachineError, ParamsError, ReadingError
from fer_data.execution.compute import ComputeParams
from fer_data.execution.leases import exclusive
from fer_data.execution.store import Entry, Store, store_folder
from fer_data.forget.hand_files import HandFile, hand_files, other_names
from fer_data.forget.history import Remote, Revision, Traces, histories_of, remotes_of, revisions_of
from fer_data.forget.params_text import exclude_in
from fer_data.forget.people import People, add_names, people_of, read_journal, write_journal
from fer_data.forget.places import Found, Places, Tainted
from fer_data.forget.search import Finder, Hit
from fer_data.forget.spellings import composed
from fer_data.params.source import SourceParams, load_source, load_sources
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.outputs import kind_of
from fer_data.shell.progress import say
from fer_data.shell.sections.load import load_section, read_document
from fer_data.tables.source_folders import ROWS_FILE
from fer_data.versions.file import VERSIONS_FILE, read_versions, update_versions
from fer_data.versions.records import Push, Versions, Withdrawal

__all__ = ["OBJECTS_FILE", "Forgetting", "Plan", "plan_forgetting", "uncommitted_params"]

_ROW_COLUMNS = frozenset({"row_id", "series_id", "subject_id", "video_id"})
_JOURNAL = Path(".fer-data/forget.json")
_CATALOGS = Path("data/catalog")

OBJECTS_FILE = Path(".fer-data/forgotten-objects.txt")
"""Objects that were removed from the cache, by their paths in it and in remotes."""


@dataclass(slots=True)
class Plan:
    """What holds people, place by place.

    Attributes:
        objects: of DVC's cache, by their hash.
        runs: of DVC's run cache.
        entries: of the resume store.
        outs: of stages, in the checkout: whole folders or files, with what was found in them.
        outputs: of commands, in the checkout, which bear our mark or are tables of ours.
        others: files in the checkout that are none of ours, or another project's within it; they stay.
        tracked: files that git tracks; they stay, but for lines of the two kept by hand.
        tainted: versions of datasets that hold them.
        models: that were trained on such.
        searched: files.
    """

    objects: dict[str, Found] = field(default_factory=dict)
    runs: list[Found] = field(default_factory=list)
    entries: list[tuple[Entry, Hit]] = field(default_factory=list)
    outs: dict[Path, list[Found]] = field(default_factory=dict)
    outputs: dict[Path, list[Found]] = field(default_factory=dict)
    others: list[Found] = field(default_factory=list)
    tracked: list[Found] = field(default_factory=list)
    tainted: list[Tainted] = field(default_factory=list)
    models: list[Path] = field(default_factory=list)
    searched: int = 0

    @property
    def hits(self) -> int:
        """Return how many files and entries hold people, those aside that git tracks."""
        files = sum(map(len, (*self.outs.values(), *self.outputs.values())))
        return len(self.objects) + len(self.runs) + len(self.entries) + files + len(self.others)


@dataclass(slots=True)
class Forgetting:
    """One withdrawal, from its plan to its proof.

    Attributes:
        root: of the project.
        source: as params.yaml had it.
        people: who withdraws.
        excluded: what the source will exclude.
        plan: what holds them now.
        hand_files: lines that name them.
        other_names: subjects who are one person with one of them, as `dataset.same_person` had it, and stay.
        revisions: of git that can no longer be checked out; None without git.
        remotes: of DVC.
        traces: of their names in git's history; None without git.
        rebuilt: whether the data are those without them.
        linked: removed objects whose bytes have another name, which nobody here knows, on the same file system.
    """

    root: Path
    source: SourceParams
    people: People
    excluded: list[str] | Literal["all"]
    plan: Plan = field(default_factory=Plan)
    hand_files: list[HandFile] = field(default_factory=list)
    other_names: tuple[str, ...] = ()
    revisions: list[Revision] | None = None
    remotes: list[Remote] = field(default_factory=list)
    traces: Traces | None = None
    rebuilt: bool = False
    linked: list[Found] = field(default_factory=list)
    _places: Places | None = None

    @property
    def pushes(self) -> list[tuple[str, Push]]:
        """Return where versions that held them, or others of the source, were pushed to: version and push."""
        hashes = {one.dataset_sha256 for one in self.plan.tainted}
        return [
            (f"{entry.name} {entry.version}", push)
            for entry in read_versions(self.root / VERSIONS_FILE).entries
            if any(one.source == self.people.source for one in entry.withdrawn)
            or any(one.dataset_sha256 in hashes for one in entry.resolutions.values())
            for push in entry.pushed
        ]

    @property
    def places(self) -> Places:
        """Return the places that were searched last."""
        if self._places is None:
            self._places = _places(self.root, rebuilt=self.rebuilt)
        return self._places

    def rebuild(self) -> None:
        """Exclude the people, and rebuild what others share with them; nothing is removed yet.

        Raises:
            MachineError: `dvc repro` failed; the same command goes on from there.
        """
        write_journal(self.root / _JOURNAL, self.people)
        for one in self.hand_files:
            one.write()
        exclude_in(self.root / "params.yaml", self.source.name, self.excluded)
        if not _anybody_left(self.root):
            say("Nobody is left in any source: nothing is rebuilt.")
            return
        command = [sys.executable, "-P", "-m", "dvc", "repro", "publish"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        done = subprocess.run(  # noqa: S603 - our own words
            command, cwd=self.root, check=False, stdout=sys.stderr, env={**os.environ, "PATH": path}
        )
        if done.returncode:
            raise MachineError(
                f"`dvc repro publish` ended with code {done.returncode}; they are excluded, and nothing was removed. "
                "Mend what it says, and run the same command again: it goes on from here."
            )

    def remove(self) -> None:
        """Remove what holds the people, but raw corpora, a cache outside the project, git, and what is none of ours."""
        self._places, self.rebuilt = None, True
        self.search()
        self._keep_list()
        self._note_versions()
        for path in (*self.plan.outs, *self.plan.outputs):
            _remove(path)
        store = self.places.store
        if self.plan.entries:
            with exclusive(store, "forget"):
                Store(store).discard(entry.key for entry, _ in self.plan.entries)
                Store(store).sweep()
        for found in self.plan.runs if self.places.own_cache else ():
            _remove(found.path)
        for found in self.plan.objects.values() if self.places.own_cache else ():
            if found.path.stat().st_nlink > 1:
                self.linked.append(found)
            _remove(found.path)

    def prove(self) -> Plan:
        """Search everything once more, and return what still holds the people; the journal ends where nothing does."""
        self._places = None
        left = _searched(self.places, self.people)
        if not left.hits:
            (self.root / _JOURNAL).unlink(missing_ok=True)
        return left

    def search(self) -> None:
        """Look for the people everywhere, and see what they leave behind where nothing is removed."""
        add_names(self.people, _tables(self.places))
        self.plan = _searched(self.places, self.people)
        if self.plan.objects:
            self.revisions = revisions_of(self.root, self.plan.objects)
        self.remotes = remotes_of(self.root)
        known = read_versions(self.root / VERSIONS_FILE)
        stated = [
            r.dataset_sha256 for one in known.entries if one.withdrawn for r in one.resolutions.values()
        ]
        hashes = {*(one.dataset_sha256 for one in self.plan.tainted), *stated}
        self.plan.models = self.places.models(Finder(self.people), hashes)

    def see_history(self) -> None:
        """Look for the people's names in git's history, first for those of subjects."""
        subjects, names = self.people.subjects, self.people.names
        wanted = [*sorted(subjects), *sorted(names - subjects)]
        self.traces = histories_of([self.root, *self.places.repositories()], wanted)

    def _keep_list(self) -> None:
        """Keep the places of the objects, which name nobody, for whoever removes them from remotes."""
        path = self.root / OBJECTS_FILE
        known = path.read_text(encoding="utf-8").split() if path.exists() else []
        listed = {*known, *(f"files/md5/{md5[:2]}/{md5[2:]}" for md5 in self.plan.objects)}
        if self.remotes and listed:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(path) as temporary:
                temporary.write_text("\n".join(sorted(listed)) + "\n", encoding="utf-8")

    def _note_versions(self) -> None:
        """Write into VERSIONS.json which released versions hold people who were taken back, and how many."""
        rows = {one.dataset_sha256: one.rows for one in self.plan.tainted}
        reason: Literal["withdrawal", "licence"] = "licence" if self.people.everybody else "withdrawal"

        def noted(versions: Versions) -> Versions:
            for entry in versions.entries:
                held = [
                    rows[r.dataset_sha256] for r in entry.resolutions.values() if r.dataset_sha256 in rows
                ]
                if not held:
                    continue
                one = Withdrawal(
                    source=self.people.source, people=len(self.people.subjects), rows=max(held), reason=reason
                )
                if one not in entry.withdrawn:
                    versions = versions.with_entry(
                        entry.model_copy(update={"withdrawn": [*entry.withdrawn, one]})
                    )
            return versions

        if (self.root / VERSIONS_FILE).exists():
            update_versions(self.root / VERSIONS_FILE, noted)


def plan_forgetting(root: Path, source: str | None, subjects: Sequence[str]) -> Forgetting:
    """Return what forgetting people of a source, or with no subject all of it, would do; nothing is changed.

    Raises:
        ParamsError: there is no such source or subject, or the folder is no DVC project.
        CorpusError: an interrupted run is about another source.
        DatasetError: the catalog is missing or damaged: `dvc repro` has not run.
    """
    if find_root(root) != root.resolve() or not (root / "params.yaml").is_file():
        raise ParamsError(
            f"{root} must be the root of a DVC project with a params.yaml. Change to that folder."
        )
    root = root.resolve()
    params = load_source(source, root / "params.yaml")
    journal = read_journal(root / _JOURNAL, params.name)
    people = people_of(params, subjects, root / _CATALOGS)
    if journal is not None:
        people.merge(journal)
    found = Forgetting(root, params, people, _excluded(params, subjects))
    found.search()
    found.other_names = other_names(_same_person(root), lambda subject: subject in people.subjects)
    found.hand_files = hand_files(
        root / params.decisions,
        _same_person(root),
        gone=lambda subject: subject in people.subjects,
        alone=lambda video: video in people.names - people.shared,
    )
    return found


def _excluded(source: SourceParams, subjects: Sequence[str]) -> list[str] | Literal["all"]:
    if not subjects or source.excluded == "all":
        return "all"
    known = set(map(composed, source.excluded))
    return [*source.excluded, *(name for name in dict.fromkeys(map(composed, subjects)) if name not in known)]


def _same_person(root: Path) -> Path | None:
    value = read_document(root / "params.yaml")["dataset"].get("same_person")
    return root / value if isinstance(value, str) else None


def uncommitted_params(root: Path) -> bool:
    """Say whether params.yaml has changes that are not committed: the rebuild follows them too."""
    return "params.yaml" in (changed_files(root) or [])


def _anybody_left(root: Path) -> bool:
    return any(section.excluded != "all" for section in load_sources(root / "params.yaml").values())


def _places(root: Path, *, rebuilt: bool) -> Places:
    compute = load_section("compute", ComputeParams, root / "params.yaml")
    sources = load_sources(root / "params.yaml")
    corpora = tuple((root / Path(one.root).expanduser()).resolve() for one in sources.values())
    return Places(root, find_project(root), (root / store_folder(compute)).resolve(), corpora, rebuilt)


def _tables(places: Places) -> Iterator[pa.Table]:
    """Yield the rows of every catalog and table of faces in the checkout and the cache."""
    paths = [*places.root.glob(f"{_CATALOGS}/*/{ROWS_FILE}"), *(one.path for one in places.objects())]
    for path in paths:
        try:
            with path.open("rb") as file:
                if file.read(4) != b"PAR1":
                    continue
            with pq.ParquetFile(path) as file:
                if set(file.schema_arrow.names) >= _ROW_COLUMNS:
                    for batch in file.iter_batches(columns=sorted(_ROW_COLUMNS)):
                        yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException, ReadingError):
            continue


def _searched(places: Places, people: People) -> Plan:
    """Return what holds people: the first look at the checkout learns their pictures, by which the others know them."""
    places.learn(Finder(people))
    finder = Finder(people, by_picture=True)
    plan = Plan(objects=places.doomed(finder), entries=places.entries(finder))
    plan.runs = places.runs(plan.objects)
    outs = [] if places.project is None else [places.root / out.path for out in places.project.outs]
    for found in places.checkout(finder):
        _sort(plan, found, places, outs)
    plan.tainted = places.tainted(plan.objects)
    plan.searched = places.searched
    return plan


def _sort(plan: Plan, found: Found, places: Places, outs: Sequence[Path]) -> None:
    """Put a file of the checkout where it belongs: an out, tracked by git, an output of a command, or none of ours.

    What lies in another project within the checkout is that one's, whatever it is.

    What a writer left who was stopped, as a push does its staging folder, goes as a whole: nothing of it is needed.
    """
    root = places.root
    out = next((one for one in outs if one in (found.path, *found.path.parents)), None)
    if out is not None:
        plan.outs.setdefault(out, []).append(found)
        return
    if places.tracked.has(found.path):
        plan.tracked.append(found)
        return
    if places.other_project(found.path) is not None:
        plan.others.append(found)
        return
    inside = [one for one in found.path.parents if one != root and one.is_relative_to(root)]
    marked = places.unfinished(found.path) or next((one for one in inside if kind_of(one)), None)
    if marked is not None and places.tracked.has_below(marked):
        marked = found.path  # whoever keeps an output in git keeps the rest of it
    if marked is not None or found.rows:
        plan.outputs.setdefault(marked or found.path, []).append(found)
    else:
        plan.others.append(found)


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder; one that is gone already is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
