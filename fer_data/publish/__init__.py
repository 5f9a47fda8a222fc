"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.publish.stage import PublishInputs, headlines, publish

__all__ = ["PublishInputs", "headlines", "publish"]

__getattr__ = lazy_names(__name__, {"fer_data.publish.stage": __all__})
