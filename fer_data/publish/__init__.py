"""Stage `publish`: one resolution as a versioned Hugging Face dataset, with its card and provenance."""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.publish.stage import PublishInputs, headlines, publish
    from fer_data.publish.summary import write_figures

__all__ = ["PublishInputs", "headlines", "publish", "write_figures"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.publish.stage": ["PublishInputs", "headlines", "publish"],
        "fer_data.publish.summary": ["write_figures"],
    },
)
