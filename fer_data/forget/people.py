"""Who is to be forgotten, and by which names files know them: of subjects, of series, of videos of theirs alone."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.forget.spellings import composed
from fer_data.params.source import SourceParams
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.private import write_private
from fer_data.shell.files.sealed import read_json
from fer_data.shell.suggestions import closest, quoted
from fer_data.tables.schemas import ROWS, iterate_table
from fer_data.tables.source_folders import ROWS_FILE
from fer_data.tables.withdrawn import is_withdrawn

__all__ = ["People", "add_names", "people_of", "read_journal", "write_journal"]

_SHORT_BYTES = 3


@dataclass(slots=True)
class People:
    """Those of one source who withdrew.

    Attributes:
        source: its name in `sources`.
        subjects: their ids.
        everybody: the whole source.
        names: all that means them alone: ids of subjects, of series, of rows without the frame, of videos.
        shared: videos, and shards of pictures, that show others too.
        pictures: SHA-256 of encoded pictures of theirs, and of the pixels of such.
    """

    source: str
    subjects: set[str]
    everybody: bool = False
    names: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names |= self.subjects

    @property
    def loud(self) -> set[str]:
        """Return the names that mean them wherever they stand in a text; others are numbers, or names of videos too.

        Two letters are too few unless they are such as Chinese, in which two are a whole name.
        """
        own = (name for name in self.names - self.shared if not name.isdigit())
        return {name for name in own if len(name) > 2 or len(name.encode()) > _SHORT_BYTES}

    def merge(self, other: "People") -> None:
        """Take in what an interrupted run knew."""
        self.subjects |= other.subjects
        self.everybody |= other.everybody
        self.names |= other.names
        self.shared |= other.shared
        self.pictures |= other.pictures


def people_of(source: SourceParams, subjects: Sequence[str], catalogs: Path) -> People:
    """Return the people of a source by their names in the corpus; none: all of it.

    Names that `excluded` has already are taken as they are: the catalog does not know them any more.

    Raises:
        ParamsError: a name is none of the source; the nearest one is named.
        DatasetError: the catalog is missing or damaged.
    """
    path = catalogs / source.name / ROWS_FILE
    known: set[str] = set()
    for table in iterate_table(path, ROWS, ["subject_id"]):
        known.update(pc.unique(table.filter(pc.invert(is_withdrawn(table)))["subject_id"]).to_pylist())
    if not subjects:
        return People(source.name, known, everybody=True)
    wanted = {source.prefix + composed(name) for name in subjects}
    for subject in sorted(wanted - known):
        if not source.excluded or not source.withdrew(subject):
            raise _unknown(source, subject, known)
    return People(source.name, wanted)


def _unknown(source: SourceParams, subject: str, known: Iterable[str]) -> ParamsError:
    name = subject.removeprefix(source.prefix)
    meant = closest(name, sorted(one.removeprefix(source.prefix) for one in known))
    remedy = (
        f"Did you mean {quoted(meant)}?"
        if meant
        else "Names are those of the corpus, without the source's prefix."
    )
    return ParamsError(
        f"SUBJECT ({quoted(name)}) must be one of the {len(set(known))} subjects of sources.{source.name}. "
        f"{remedy}"
    )


def add_names(people: People, tables: Iterable[pa.Table]) -> None:
    """Add what tables of rows know of the people: their series and their own videos; twice over, since both are read.

    A series of pictures, and a video of two, is of others as well.
    """
    mine: set[str] = set()
    others: set[str] = set()
    for table in tables:
        own = pc.is_in(table["subject_id"], pa.array(sorted(people.subjects), pa.string()))
        for name in ("series_id", "video_id"):
            mine.update(pc.unique(table[name].filter(own)).to_pylist())
            others.update(pc.unique(table[name].filter(pc.invert(own))).to_pylist())
        rows = pc.replace_substring_regex(table["row_id"].filter(own), r"/\d+$", "")
        mine.update(pc.unique(rows).to_pylist())
    people.names |= mine - others
    people.shared |= mine & others


def write_journal(path: Path, people: People) -> None:
    """Write what must be known to go on, for this user's eyes alone; it ends with the run that ends well."""
    document = {
        "made_by": "fer-data",
        "kind": "forgetting",
        "source": people.source,
        "everybody": people.everybody,
        **{name: sorted(getattr(people, name)) for name in ("subjects", "names", "shared", "pictures")},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as temporary:
        write_private(temporary, json.dumps(document) + "\n")


def read_journal(path: Path, source: str) -> People | None:
    """Return what an interrupted run knew of people of a source; None where none was.

    Raises:
        CorpusError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        found = read_json(path)
        if found["source"] != source:
            raise CorpusError(
                f"{path}: a run that forgets people of sources.{found['source']} did not end. Run that one again first."
            )
        sets = {name: set(found[name]) for name in ("subjects", "names", "shared", "pictures")}
        return People(source, everybody=bool(found["everybody"]), **sets)
    except (DatasetError, KeyError, TypeError) as error:
        raise CorpusError(
            f"{path} is damaged: {error}. Remove it, and run the same command again."
        ) from error
