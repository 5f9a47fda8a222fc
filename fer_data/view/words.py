"""Numbers in words: one thing, several things."""

__all__ = ["counted", "noun"]


def noun(count: int, one: str, several: str = "") -> str:
    """Return what so many of something are called; without a word of their own several end in an s.

    >>> noun(1, "error"), noun(0, "error"), noun(2, "person", "people")
    ('error', 'errors', 'people')
    """
    return one if count == 1 else several or f"{one}s"


def counted(count: int, one: str, several: str = "") -> str:
    """Return a number of things in words.

    >>> counted(1, "video"), counted(1200, "person", "people")
    ('1 video', '1,200 people')
    """
    return f"{count:,} {noun(count, one, several)}"
