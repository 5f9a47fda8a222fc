"""`fer-data push`: a published dataset, or a model, on the Hugging Face Hub, behind the licence guard."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.push.pushing import PushReport, push

__all__ = ["PushReport", "push"]

__getattr__ = lazy_names(__name__, {"fer_data.push.pushing": __all__})
