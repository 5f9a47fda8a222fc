"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.publish' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
