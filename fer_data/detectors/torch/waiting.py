"""Let a thread that waits for a GPU sleep: beside an H200 eight workers that spin take 17 ms of processor time a frame.

Asleep they take 13 (720p, CenterFace in fp16), at the same rate; what they leave is there for decoding.
"""

import ctypes

__all__ = ["sleep_while_waiting"]

_BLOCKING_SYNC = 4
"""CU_CTX_SCHED_BLOCKING_SYNC. Source: CUDA driver API, cuDevicePrimaryCtxSetFlags."""


def sleep_while_waiting(index: int, library: str = "libcuda.so.1") -> bool:
    """Let this process sleep while it waits for a GPU, from now on; return whether the driver would.

    torch has no call for it. Where the driver has none either, threads go on spinning: slower, and as right.
    """
    try:
        driver = ctypes.CDLL(library)
        set_flags = driver.cuDevicePrimaryCtxSetFlags_v2
    except (OSError, AttributeError):
        return False
    return not driver.cuInit(0) and not set_flags(index, _BLOCKING_SYNC)
