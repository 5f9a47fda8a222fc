"""`fer-data leaks`: people and clips that stand in two splits of a published dataset."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.leaks.describers import check_describer
    from fer_data.leaks.search import find_leaks

__all__ = ["check_describer", "find_leaks"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.leaks.describers": ["check_describer"],
        "fer_data.leaks.search": ["find_leaks"],
    },
)
