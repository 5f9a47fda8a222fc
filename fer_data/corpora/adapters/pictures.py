"""Pictures of anybody: a folder of them, or a table that lists them."""

from dataclasses import dataclass
from pathlib import Path

from fer_data.core.labels.tasks import EXPRESSION, VALENCE_AROUSAL
from fer_data.corpora.adapter import OnError, OpenedCorpus
from fer_data.corpora.adapters.picture_folders import open_folders
from fer_data.corpora.adapters.picture_tables import open_table
from fer_data.corpora.given import CorpusKind
from fer_data.params.source import PicturesSection, SourceParams

__all__ = ["PICTURES"]


@dataclass(frozen=True, slots=True)
class _Pictures:
    kind: CorpusKind

    def open(self, root: Path, source: SourceParams, on_error: OnError) -> OpenedCorpus:
        table = source.own(PicturesSection).table
        if table is None:
            return open_folders(root, source, on_error)
        return open_table(root, source, table, on_error)


PICTURES = _Pictures(
    CorpusKind("pictures", "a folder of pictures", "pictures", (EXPRESSION, VALENCE_AROUSAL), verified=True)
)
