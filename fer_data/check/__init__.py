"""`fer-data check`: validate a corpus folder before anything runs."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.check.folder import CheckReport as CheckReport
    from fer_data.check.folder import check_corpus as check_corpus

__all__ = ["CheckReport", "check_corpus"]

_LAZY = {"CheckReport": "fer_data.check.folder", "check_corpus": "fer_data.check.folder"}

__getattr__ = lazy_names(__name__, _LAZY)
