"""`fer-data check`: validate a corpus folder before anything runs."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.check.folder import CheckReport, check_corpus

__all__ = ["CheckReport", "check_corpus"]

__getattr__ = lazy_names(__name__, {"fer_data.check.folder": __all__})
