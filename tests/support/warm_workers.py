"""Worker processes of `LocalEngine` that are forked from one that has imported what `align` and `sample` need.

A user's are spawned: each imports for a second or two, longer than it then works in a test. All else is the same; the
tests of the engine itself spawn theirs.
"""

import multiprocessing
from multiprocessing.context import BaseContext

import pytest

__all__ = ["ENGINE_CONTEXT", "fork_workers"]

ENGINE_CONTEXT = "fer_data.execution.engines.worker.get_context"
"""Where the engine asks for the way to start a process."""

_PRELOADED = [
    "fer_data.align.pictures.runs",
    "fer_data.detectors.centerface",
    "fer_data.sample.ahead",
    "fer_data.sample.corpus",
    "fer_data.sample.recording",
    "fer_data.video_jobs.work",
    "onnxruntime",
]


def fork_workers(patch: pytest.MonkeyPatch) -> None:
    """Let local engines fork their workers from a server, which starts with the first of them."""
    multiprocessing.set_forkserver_preload(_PRELOADED)
    patch.setattr(ENGINE_CONTEXT, _context)


def _context(method: str) -> BaseContext:
    return multiprocessing.get_context("forkserver" if method == "spawn" else method)
