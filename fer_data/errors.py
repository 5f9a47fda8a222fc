"""The errors that fer_data raises on purpose.

::

    FerDataError                 anything that a caller may want to catch from us
    ├── ParamsError              params.yaml or an argument: unknown, missing, out of range
    │   └── OutputError          an output that must not be replaced, or cannot be written
    ├── CorpusError              the corpus folder: missing root, unreadable lists, unsafe names
    │   └── LabelFileError       one label file: wrong header, wrong field count, not a number
    ├── ReadingError             one file of others: no regular file, too large, refused by the system
    ├── MediaError               one video or image that cannot be decoded or encoded
    ├── DetectorError            a detector whose weights are missing, altered or of the wrong kind
    ├── WeightsError             network weights: missing, unsafe, wrong names or shapes
    ├── DatasetError             one of our own tables or datasets: missing, altered, of another version
    │   └── ConservationError    row states that do not add up to the catalog's rows
    ├── StoreError               the resume store: locked by another run, or damaged
    ├── LicenceError             an action that the corpus' licence forbids
    ├── HubError                 the Hugging Face Hub: no token, a wrong one, a repository or connection that is gone
    └── MachineError             what the system or a library refuses: a full disk, too little memory, a damaged file

A message is *parameter, value, rule, remedy* on one line; the shell adds the file and line, and ends with exit code 2.
"""

from pathlib import Path

__all__ = [
    "ConservationError",
    "CorpusError",
    "DatasetError",
    "DetectorError",
    "FerDataError",
    "HubError",
    "LabelFileError",
    "LicenceError",
    "MachineError",
    "MediaError",
    "OutputError",
    "ParamsError",
    "ReadingError",
    "StoreError",
    "WeightsError",
]


class FerDataError(Exception):
    """Anything that fer_data raises on purpose."""


class ParamsError(FerDataError):
    """A parameter that is unknown, missing or out of range."""


class OutputError(ParamsError):
    """An output that must not be replaced, is no place for one, or cannot be written."""


class CorpusError(FerDataError):
    """A corpus folder that cannot be read as what it claims to be.

    Attributes:
        rule: short name of the broken rule, as in `findings.Finding`.
        text: the message without file and line.
        file: path relative to the corpus root, where one is meant.
        line: 1-based line of that file.
    """

    def __init__(
        self, message: str, *, rule: str = "corpus", file: str | None = None, line: int | None = None
    ) -> None:
        location = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(location + message)
        self.rule, self.text, self.file, self.line = rule, message, file, line


class LabelFileError(CorpusError):
    """A label file that does not follow its format."""


class ReadingError(FerDataError):
    """A file that is not read: it is no regular file, has too many bytes, or the system refuses it.

    Attributes:
        path: the file.
        rule: `unreadable`, `not-a-regular-file`, `too-large` or another short name, as in `findings.Finding`.
        text: the message without the path.
    """

    def __init__(self, path: Path, message: str, *, rule: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path, self.rule, self.text = path, rule, message


class MediaError(FerDataError):
    """A video or an image that cannot be decoded or encoded."""


class DetectorError(FerDataError):
    """A detector whose weights are missing, altered or of the wrong kind."""


class WeightsError(FerDataError):
    """Network weights that are missing, unsafe, or of the wrong names or shapes."""


class DatasetError(FerDataError):
    """A table or dataset of ours that is missing, altered or of another version."""


class ConservationError(DatasetError):
    """Row states that do not add up to the catalog's rows."""


class StoreError(FerDataError):
    """A resume store that is locked by another run, or damaged."""


class LicenceError(FerDataError):
    """An action that the corpus' licence forbids."""


class HubError(FerDataError):
    """What the Hugging Face Hub refuses, or why it cannot be asked."""


class MachineError(FerDataError):
    """What the system or a library refuses: room, memory, rights, or a file that is damaged."""
