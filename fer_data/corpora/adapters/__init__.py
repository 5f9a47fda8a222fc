"""The kinds of corpora: a new one is a module here, a line in `ADAPTERS`, and a section in `params/source`."""

from collections.abc import Mapping

from fer_data.corpora.adapter import Adapter
from fer_data.corpora.adapters.afewva import AFEWVA
from fer_data.corpora.adapters.affectnet import AFFECTNET
from fer_data.corpora.adapters.affwild2 import AFFWILD2
from fer_data.corpora.adapters.bp4d import BP4D
from fer_data.corpora.adapters.ckplus import CKPLUS
from fer_data.corpora.adapters.cremad import CREMAD
from fer_data.corpora.adapters.disfa import DISFA
from fer_data.corpora.adapters.expw import EXPW
from fer_data.corpora.adapters.fer2013 import FER2013
from fer_data.corpora.adapters.pictures import PICTURES
from fer_data.corpora.adapters.rafdb import RAFDB
from fer_data.corpora.adapters.videos.opened import VIDEOS
from fer_data.errors import ParamsError
from fer_data.params.source import SourceParams
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["ADAPTERS", "adapter_of"]

_KINDS: tuple[Adapter, ...] = (
    AFEWVA,
    AFFECTNET,
    AFFWILD2,
    BP4D,
    CKPLUS,
    CREMAD,
    DISFA,
    EXPW,
    FER2013,
    PICTURES,
    RAFDB,
    VIDEOS,
)

ADAPTERS: Mapping[str, Adapter] = {adapter.kind.name: adapter for adapter in _KINDS}
"""By the value of `sources.NAME.corpus`."""


def adapter_of(source: SourceParams) -> Adapter:
    """Return the adapter of a source's kind of corpus.

    Raises:
        ParamsError: this version has none for it.
    """
    if source.corpus not in ADAPTERS:
        raise ParamsError(
            f"{source.key('corpus')} ({quoted(source.corpus)}) must be one that this version reads. "
            f"{did_you_mean(source.corpus, ADAPTERS)}"
        )
    return ADAPTERS[source.corpus]
