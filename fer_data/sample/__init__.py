"""The rendered corpus: moving synthetic faces in the layout of Aff-Wild2, so that everything runs without real data.

Importing this package is cheap; numba and the renderer come with the first call.
"""

from typing import TYPE_CHECKING

from fer_data.shell.lazy import lazy_names

if TYPE_CHECKING:
    from fer_data.sample.corpus import sample
    from fer_data.sample.encode import write_video
    from fer_data.sample.scene import render_clip

__all__ = ["render_clip", "sample", "write_video"]

__getattr__ = lazy_names(
    __name__,
    {
        "fer_data.sample.corpus": ["sample"],
        "fer_data.sample.encode": ["write_video"],
        "fer_data.sample.scene": ["render_clip"],
    },
)
