"""The rendered corpus: moving synthetic faces in the layout of Aff-Wild2, so that everything runs without real data.

Importing this package is cheap; numba and the renderer come with the first call.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.sample.corpus import sample as sample
    from fer_data.sample.encode import write_video as write_video
    from fer_data.sample.scene import render_clip as render_clip

__all__ = ["render_clip", "sample", "write_video"]

_LAZY = {
    "render_clip": "fer_data.sample.scene",
    "sample": "fer_data.sample.corpus",
    "write_video": "fer_data.sample.encode",
}


def __getattr__(name: str) -> Callable[..., Any]:
    """Import a public function when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data.sample' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)  # type: ignore[no-any-return]
