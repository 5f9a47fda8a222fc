"""Verb `forget`: take people, or a whole corpus, back out of a project."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.forget.stage import Forgetting, plan_forgetting

__all__ = ["Forgetting", "plan_forgetting"]

__getattr__ = lazy_names(__name__, {"fer_data.forget.stage": __all__})
