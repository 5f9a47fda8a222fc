"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.publish.stage import PublishInputs as PublishInputs
    from fer_data.publish.stage import headlines as headlines
    from fer_data.publish.stage import publish as publish

__all__ = ["PublishInputs", "headlines", "publish"]

_LAZY = {
    "PublishInputs": "fer_data.publish.stage",
    "headlines": "fer_data.publish.stage",
    "publish": "fer_data.publish.stage",
}

__getattr__ = lazy_names(__name__, _LAZY)
