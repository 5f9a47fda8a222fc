"""Stage `ingest`: a corpus into the catalog, one row a frame or picture of every annotated person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_data.corpora.adapter import refuse
from fer_data.corpora.adapters import adapter_of
from fer_data.corpora.adapters.affwild2 import OpenedAffWild2
from fer_data.ingest.affwild2 import ingest_affwild2
from fer_data.ingest.given import ingest_given
from fer_data.params.source import SourceParams
from fer_data.shell.files.outputs import new_folder

__all__ = ["headlines", "ingest"]


def ingest(root: Path, output: Path, source: SourceParams) -> dict[str, Any]:
    """Write `videos.parquet`, `rows.parquet` and `problems.jsonl` into `output`, whole or not at all.

    Of a corpus of pictures `pictures.parquet` lies beside them. The metadata of `rows.parquet` holds as JSON what
    `label_metadata` says, `action_units` (names in the order of the files), `sparse_series` (those whose rows list some
    frames only, or true: all), `origin` and, where the source has one, `prefixes`; and `medium` (videos or pictures)
    and `source`, the name.

    Raises:
        ParamsError: this version has no adapter for the kind of corpus.
        CorpusError: the root, a list or a label file cannot be read as what it claims to be.
        OutputError: something else stands at `output`.
    """
    adapter = adapter_of(source)
    with new_folder(output, "catalog", overwrite=True, inputs=[root]) as folder:
        opened = adapter.open(root, source, refuse)
        if isinstance(opened, OpenedAffWild2):
            return ingest_affwild2(opened.corpus, folder, source)
        return ingest_given(opened, adapter.kind, folder, root=root, source=source)


def headlines(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a summary that DVC's tables show."""
    names = [name for name in ("corpus", "videos", "pictures", "subjects", "rows") if name in summary]
    return {**{name: summary[name] for name in names}, "findings": sum(summary["findings"].values())}
