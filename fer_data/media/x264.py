"""How we let x264 encode, so that a video's bytes follow from its frames alone."""

import platform

__all__ = ["X264_OPTIONS"]

_X86 = {"x86_64", "AMD64"}

X264_OPTIONS = {
    "crf": "20",
    "preset": "veryfast",
    # With AVX-512 its look-ahead (macroblock tree) reads memory that nobody wrote: the same frames of 854 x 480 px gave
    # five different files in ten runs (FFmpeg's libavcodec 62.28). SSE4.2 gives one, as quickly at these sizes.
    **({"x264-params": "asm=SSE4.2"} if platform.machine() in _X86 else {}),
}
"""Options of libx264; with `thread_count` 1, since the output depends on the number of threads as well."""
