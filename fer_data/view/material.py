"""What a page is made from: at most one folder of each kind, and what several sections read of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from fer_data.core.labels.tasks import EXPRESSION, label_columns
from fer_data.errors import CorpusError, DatasetError, ParamsError
from fer_data.params.source import load_dataset
from fer_data.published.documents import made_for
from fer_data.published.licences import stated_licence_of
from fer_data.published.shards import Shards, open_shards
from fer_data.shell.files.places import Kind, found_at, kind_at
from fer_data.shell.shown import printable
from fer_data.tables.face_rows import class_names
from fer_data.tables.origin import Origin, joined_origin, source_name
from fer_data.tables.schemas import FACE_ROWS, ROWS, read_metadata, read_table
from fer_data.tables.source_folders import ROWS_FILE, source_folders
from fer_data.view.assignments import Decided, decided, report_folders, reports_beside
from fer_data.view.section import link_to
from fer_data.view.suspects import SUSPECTS_FILE

if TYPE_CHECKING:
    from fer_data.params.source import SourceParams
    from fer_data.shell.files.findings import Finding
    from fer_data.stats import Stats
    from fer_data.view.evaluated import Evaluated
    from fer_data.view.evaluation import Evaluation
    from fer_data.view.row_counts import RowCounts
    from fer_data.view.suspects import Suspect
    from fer_data.view.videos import VideoRows

__all__ = ["GivenKind", "Material", "opened"]

GivenKind = Literal["corpus", "catalog", "faces", "published", "evaluation", "assignment", "noise"]

_KINDS: dict[Kind, GivenKind] = {
    "a catalog": "catalog",
    "aligned faces": "faces",
    "a published dataset": "published",
    "an evaluation": "evaluation",
}
_BESIDE: dict[GivenKind, str] = {
    "assignment": "a report of who is who",
    "noise": "suspects of `fer-data noise`",
}
_EXPECTED = "a corpus, a catalog, aligned faces, a published dataset or an evaluation"
_TYPED = {"root": "PATH", "task": "dataset.task"}
_UNKNOWN = "These are data of people, and no licence that is known here opens them: pass nothing on."
_ROWS_OF: tuple[GivenKind, ...] = ("faces", "published", "catalog")
"""Whose table of rows tells most of each row, first: states of all rows, those of the task's, none."""


@dataclass(frozen=True)
class Material:
    """What was given.

    Attributes:
        folders: by kind, in the order given.
        params: the params file in force; None without one.
        catalog: folder of the catalog of a raw corpus, made for this page.
        refused: what `ingest` says of a raw corpus that it refuses, of which there are findings and no rows.
        linked: ids of rows that a section links to, which section `rows` then shows.
    """

    folders: dict[GivenKind, Path]
    params: Path | None = None
    catalog: Path | None = field(default=None, repr=False)
    refused: str = ""
    linked: dict[str, None] = field(default_factory=dict, repr=False, compare=False)

    def row_link(self, row_id: str) -> str:
        """Return the address of a row in section `rows`, which then shows it; for a few rows of each section."""
        self.linked[row_id] = None
        return link_to("rows", row=row_id)

    @cached_property
    def row_tables(self) -> list[Path]:
        """Tables that know every row, one a source, of the folder that tells most; none of an evaluation alone."""
        if self.catalog is not None:
            return [self.catalog / ROWS_FILE]
        kind = next((kind for kind in _ROWS_OF if kind in self.folders), None)
        if kind is None:
            return []
        folder = self.folders[kind]
        tables = [one / ROWS_FILE for one in ([folder] if kind == "published" else source_folders(folder))]
        return tables if all(table.is_file() for table in tables) else []

    @property
    def has_states(self) -> bool:
        """Whether the rows have a final state, and what is known of their faces."""
        return bool({"faces", "published"} & set(self.folders)) and bool(self.row_tables)

    def rows(self, columns: Sequence[str]) -> pa.Table:
        """Return columns of all rows of all sources, with the source's name in a further column `source`.

        Of a published dataset these are the rows of its task, whatever they ended as, without augmented copies; their
        source is null in one of an earlier version, which counts the rows of no source.
        """
        schema = FACE_ROWS if self.has_states else ROWS
        parts = []
        for table in self.row_tables:
            part = read_table(table, schema, list(columns)).replace_schema_metadata(None)
            parts.append(part.append_column("source", self._sources(table, len(part))))
        return pa.concat_tables(parts)

    def _sources(self, table: Path, count: int) -> pa.Array:
        """Return the source of each row of a table; a published one has those of each together, in this order."""
        if self.shards is None or table.parent != self.shards.folder:
            schema = FACE_ROWS if self.has_states else ROWS
            return pa.repeat(source_name(read_metadata(table, schema)), count)
        told = self.shards.documents.provenance.get("corpora")
        stated = {str(name): rows for name, rows in told.items()} if isinstance(told, dict) else {}
        if not all(isinstance(rows, int) and rows >= 0 for rows in stated.values()):
            stated = {}
        if sum(stated.values()) != count:
            return pa.nulls(count, pa.string())
        return pa.concat_arrays([pa.array([], pa.string()), *(pa.repeat(*one) for one in stated.items())])

    @cached_property
    def counts(self) -> "RowCounts":
        """Numbers of rows by source, video, splits and state."""
        from fer_data.view.row_counts import row_counts

        return row_counts(self)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the expression classes in label order; none of an evaluation alone."""
        if self.shards is not None:
            return self.shards.classes
        schema = FACE_ROWS if self.has_states else ROWS
        return tuple(class_names(self.row_tables[0].parent, schema)) if self.row_tables else ()

    @cached_property
    def videos(self) -> "VideoRows":
        """The rows of videos, those of one person in one video together and by frame."""
        from fer_data.view.videos import video_rows

        return video_rows(self)

    @cached_property
    def evaluated(self) -> "Evaluated | None":
        """What a given evaluation says of the rows of `videos`; None without one, and of other rows."""
        from fer_data.view.evaluated import evaluated

        return evaluated(self.evaluation, self.videos) if self.evaluation else None

    @cached_property
    def suspects(self) -> "list[Suspect]":
        """Labels to look at, by what else was given, those with the highest scores first."""
        from fer_data.view.suspects import suspects

        return suspects(self.videos, self.evaluated, self.folders.get("noise"))

    @cached_property
    def decisions(self) -> "list[Decided]":
        """Who is who, the doubtful first: of the report that was named, else of the one beside the faces."""
        if "assignment" in self.folders:
            return decided(report_folders(self.folders["assignment"]))
        return decided(reports_beside(self.folders["faces"])) if "faces" in self.folders else []

    @cached_property
    def findings(self) -> "list[Finding]":
        """What is odd about the data: of the catalog and the faces, of a raw corpus what `check` finds."""
        from fer_data.view.problems import problems

        return problems(self)

    @cached_property
    def shards(self) -> Shards | None:
        """The published dataset that was given; it holds the pictures of its resolution."""
        folder = self.folders.get("published")
        return open_shards(folder) if folder else None

    @cached_property
    def task(self) -> str | None:
        """The task that a published dataset was made for."""
        return made_for(self.shards.documents.provenance) if self.shards else None

    @cached_property
    def evaluation(self) -> "Evaluation | None":
        """What an evaluation that was given says."""
        from fer_data.view.evaluation import Evaluation

        folder = self.folders.get("evaluation")
        return Evaluation(folder) if folder else None

    @cached_property
    def labels(self) -> "Stats | None":
        """What `fer-data stats --task multi_task` counts in the same folder: labels of every task that it has."""
        from fer_data.stats import stats

        folder = self.folders.get(
            "published", self.folders.get("faces", self.folders.get("catalog", self.catalog))
        )
        if folder is None:
            return None
        # Somebody may have removed the columns of other tasks.
        lacking = self.shards and any(
            set(label_columns()) - one.columns for one in self.shards.splits.values()
        )
        return stats(folder, self.params, None if lacking else "multi_task")

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """The tasks that the data are for, by provenance or params file; without either those that have labels."""
        stated = self.task or (load_dataset(self.params).task if self.params else None)
        if stated and stated != "multi_task":
            return (stated,)
        found = self.labels.splits.items() if self.labels else ()
        return tuple(task for task, splits in found if any(one.frames for one in splits)) or (EXPRESSION,)

    @cached_property
    def origin(self) -> Origin | None:
        """Where the rows come from: which kinds of corpora, and whether no person is in them."""
        if not self.row_tables:
            return None
        schema = FACE_ROWS if self.has_states else ROWS
        return joined_origin(read_metadata(one, schema) for one in self.row_tables)

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """What keeps any of it from being passed on, a sentence each; empty for open data alone."""
        stated = [*self.evaluation.reasons] if self.evaluation else []
        if set(self.folders) - {"evaluation"}:
            stated += self._data_reasons()
        return tuple(dict.fromkeys(stated))

    def _data_reasons(self) -> Sequence[str]:
        schemas = {"faces": FACE_ROWS, "catalog": ROWS}
        own = [(folder, schemas[kind]) for kind, folder in self.folders.items() if kind in schemas]
        own += [(self.catalog, ROWS)] if self.catalog else []
        tables = [(one / ROWS_FILE, schema) for folder, schema in own for one in source_folders(folder)]
        stated = [read_metadata(table, schema) for table, schema in tables]
        rendered = joined_origin(stated).rendered and (bool(stated) or self.shards is not None)
        found = stated_licence_of(self.shards.documents.provenance)["reasons"] if self.shards else []
        return (*found, *([] if rendered else [_UNKNOWN]))


@contextmanager
def opened(paths: Sequence[Path], params: Path | None = None) -> Iterator[Material]:
    """Give what lies at one path, or at several of different kinds; a raw corpus is read into a scratch catalog.

    Raises:
        ParamsError: two paths are of one kind, or a raw corpus is named beside others.
        DatasetError: a path is nothing that a page can be made from.
    """
    folders: dict[GivenKind, Path] = {}
    for path in paths:
        kind = _kind(path)
        if kind in folders:
            raise ParamsError(
                f"PATH ({path}) must be of another kind than {folders[kind]}: both are {_title(kind)}. Name one of "
                "them."
            )
        folders[kind] = path
    if list(folders) == ["noise"]:
        raise ParamsError(
            f"PATH ({folders['noise']}) holds {_BESIDE['noise']}, which say nothing without the rows that they are of. "
            "Name the dataset beside it, such as data/published/128."
        )
    if "corpus" not in folders:
        yield Material(folders, params)
        return
    if len(folders) > 1:
        raise ParamsError(
            f"PATH ({folders['corpus']}) is a raw corpus, which is shown by itself. Name it alone, or its catalog "
            "beside the others."
        )
    with TemporaryDirectory() as scratch:
        yield _of_corpus(folders["corpus"], Path(scratch) / "catalog", params)


def _title(kind: GivenKind) -> str:
    known = {one: title for title, one in _KINDS.items()} | _BESIDE
    return known.get(kind, "a corpus")


def _kind(path: Path) -> GivenKind:
    inner = source_folders(path)
    found: Any = kind_at(path) or (kind_at(inner[0]) if inner != [path] else None)
    if found in _KINDS:
        return _KINDS[found]
    if report_folders(path):
        return "assignment"
    if (path / SUSPECTS_FILE).is_file() and (path / "summary.json").is_file():
        return "noise"
    if found is None and path.is_dir() and any(path.iterdir()):
        return "corpus"
    raise DatasetError(
        f"PATH ({path}) must be {_EXPECTED}, but {found_at(path)}. Name one, such as data/published/128."
    )


def _of_corpus(root: Path, catalog: Path, params: Path | None) -> Material:
    """Return a raw corpus, read into a catalog; of one that `ingest` refuses what is wrong with it.

    Raises:
        CorpusError: it is no corpus at all.
    """
    from fer_data.corpora.adapters import adapter_of
    from fer_data.corpora.selection import UNANNOTATED
    from fer_data.corpora.sources import not_a_corpus
    from fer_data.ingest import ingest

    source = corpus_source(root, params)
    try:
        ingest(root, catalog, source)
    except CorpusError as refusal:
        try:
            adapter_of(source).open(root, source, lambda _: None)
        except CorpusError as error:
            if error.rule != UNANNOTATED:
                raise not_a_corpus(root, _EXPECTED, error) from refusal
        return Material({"corpus": root}, params, refused=printable(str(refusal)))
    return Material({"corpus": root}, params, catalog)


def corpus_source(root: Path, params: Path | None) -> "SourceParams":
    """Return how to read a raw corpus: as a params file says, else for the first task that it annotates."""
    from fer_data.corpora.selection import TASKS
    from fer_data.corpora.sources import source_for

    if params is not None:
        return source_for(root, params=params, typed=_TYPED)
    sources = [source_for(root, task=task, typed=_TYPED) for task in TASKS]
    return next(filter(_annotated, sources), sources[0])


def _annotated(source: "SourceParams") -> bool:
    """Say whether a corpus has labels of the task; of what is no corpus, that it may."""
    from fer_data.corpora.adapters import adapter_of
    from fer_data.corpora.selection import UNANNOTATED

    try:
        adapter_of(source).open(source.folder, source, lambda _: None)
    except CorpusError as error:
        return error.rule != UNANNOTATED
    return True
