"""Make torch give the same bits at every run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils import deterministic as memory

__all__ = ["deterministic"]


@contextmanager
def deterministic(cpu_threads: int) -> Iterator[None]:
    """Let torch choose deterministic algorithms on a fixed number of threads, and put both back afterwards.

    Sums depend on how many threads share them, so the number is a parameter and not what the machine has.
    """
    threads, enforced = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    # cuBLAS is deterministic with a fixed workspace alone; it reads the variable when CUDA starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    # The same switch as `use_deterministic_algorithms`, which loads torch's compiler as well: over a second of a stage.
    torch.set_deterministic_debug_mode("error")
    # Filling what no operator reads before it is written would cost time at every step.
    filled = memory.fill_uninitialized_memory  # type: ignore[attr-defined]
    memory.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.set_num_threads(cpu_threads)
    try:
        yield
    finally:
        memory.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
        torch.set_num_threads(threads)
        torch.set_deterministic_debug_mode(enforced)
