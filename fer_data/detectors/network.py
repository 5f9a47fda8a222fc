"""A detector's network as an engine runs it: what it is, and how it reads pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["DetectorNetwork"]

Pictures = TypeVar("Pictures")
Answers = TypeVar("Answers")


@dataclass(frozen=True, slots=True)
class DetectorNetwork(Generic[Pictures, Answers]):
    """A network that finds faces in letterboxed pictures, one or a batch by the engine.

    Attributes:
        name: as in `align.detector.name`.
        weights_sha256: of the file that its weights come from.
        size_px: side of the square that it reads.
        read: returns all its answers, unsuppressed, in the pixels of that square.
        read_view: the same for views around a face, where another network is quicker for these; None: `read`.
    """

    name: str
    weights_sha256: str
    size_px: int
    read: Callable[[Pictures], Answers]
    read_view: Callable[[Pictures], Answers] | None = None
