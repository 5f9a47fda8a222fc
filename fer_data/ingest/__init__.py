"""Verb `ingest`: a corpus of any kind into its catalog."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.ingest.stage import headlines, ingest

__all__ = ["headlines", "ingest"]

__getattr__ = lazy_names(__name__, {"fer_data.ingest.stage": __all__})
