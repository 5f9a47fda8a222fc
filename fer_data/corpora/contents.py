"""The bytes of a corpus' own files, with errors that name the file as the corpus does."""

from pathlib import Path

from fer_data.errors import CorpusError, ReadingError
from fer_data.shell.files.reading import read_regular

__all__ = ["corpus_error", "read_content"]


def read_content(root: Path, file: str, limit: int) -> bytes:
    """Return the bytes of a file of a corpus, given relative to its root, of which there may be `limit`.

    Raises:
        CorpusError: it is no regular file (rule `not-a-regular-file`), too large (`too-large`), or refused by the
            system (`unreadable`).
    """
    try:
        return read_regular(root / file, limit)
    except ReadingError as error:
        raise corpus_error(error, file) from error


def corpus_error(error: ReadingError, file: str) -> CorpusError:
    """Return the error as one of a corpus' file."""
    return CorpusError(error.text, rule=error.rule, file=file)
