"""`fer-data check`: validate a corpus folder before anything runs."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.check.folder import check_corpus
    from fer_data.check.report import CheckReport, Total

__all__ = ["CheckReport", "Total", "check_corpus"]

__getattr__ = lazy_names(
    __name__, {"fer_data.check.folder": ("check_corpus",), "fer_data.check.report": ("CheckReport", "Total")}
)
