"""What an evaluation says: its scores as stated, its tables, and what a model answered for every row.

Nothing is computed anew that `scores.json` states, and nothing that it leaves out or gets wrong stops the page: a score
that is no number is none.
"""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fer_data.core.labels.tasks import EXPRESSION, TASKS
from fer_data.errors import DatasetError, ReadingError
from fer_data.predictions.schemas import FILES
from fer_data.published.licences import joined_licence
from fer_data.shell.files.reading import read_json, read_regular
from fer_data.view.predictions import Answers, read_answers

__all__ = ["Evaluation", "at", "number", "text"]

SCORES_FILE = "scores.json"
_MOST_BYTES = 64 << 20
"""Of a table of scores; that of a model of many classes at many resolutions has a few hundred KiB."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A folder of `evaluate`, or of `predict` with a dataset, which states no scores.

    Attributes:
        folder: where it lies.
    """

    folder: Path
    _read: dict[str, dict[int, Answers]] = field(default_factory=dict, repr=False)

    @cached_property
    def scores(self) -> Mapping[str, Any]:
        """Return what `scores.json` holds; nothing without one.

        Raises:
            DatasetError: it is damaged.
        """
        path = self.folder / SCORES_FILE
        if not path.exists():
            return {}
        try:
            found = read_json(path)
        except ReadingError as error:
            raise DatasetError(f"{error} Evaluate again.") from error
        if not isinstance(found, dict):
            raise DatasetError(f"{path} must hold the scores of an evaluation. Evaluate again.")
        return found

    @cached_property
    def tasks(self) -> tuple[str, ...]:
        """Return the tasks that were answered."""
        return tuple(task for task in TASKS if (self.folder / FILES[task]).is_file())

    @cached_property
    def stated_sides(self) -> tuple[int, ...]:
        """Return the resolutions that `scores.json` has, in px, largest first."""
        stated = at(self.scores, "resolutions")
        names = stated if isinstance(stated, dict) else {}
        return tuple(sorted((int(px) for px in names if px.isdecimal() and len(px) < 6), reverse=True))

    @cached_property
    def headline_px(self) -> int | None:
        """Return the resolution of the headline scores, or else the largest that has scores."""
        stated = at(self.scores, "headline_px")
        if isinstance(stated, int) and stated in self.stated_sides:
            return stated
        return self.stated_sides[0] if self.stated_sides else None

    def answers(self, task: str = EXPRESSION) -> Mapping[int, Answers]:
        """Return what was answered at each resolution, the headline's first; none of a task that has no answers."""
        if task not in self.tasks:
            return {}
        if task not in self._read:
            found = read_answers(self.folder, task)
            order = sorted(found, key=lambda px: (px != self.headline_px, -px))
            self._read[task] = {px: found[px] for px in order}
        return self._read[task]

    def table(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV file of the folder; none without it.

        Raises:
            DatasetError: it cannot be read as text.
        """
        path = self.folder / name
        if not path.exists():
            return []
        try:
            content = read_regular(path, _MOST_BYTES).decode("utf-8")
            return [
                {key: value or "" for key, value in row.items() if isinstance(key, str)}
                for row in csv.DictReader(io.StringIO(content, newline=""))
            ]
        except (ReadingError, UnicodeDecodeError, csv.Error) as error:
            raise DatasetError(f"{path} cannot be read: {error}. Evaluate again.") from error

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Return what keeps its rows from being passed on, as their tables state it; a sentence where one is silent."""
        stated = [self._metadata(task) for task in self.tasks]
        return tuple(joined_licence(stated)["reasons"])

    def _metadata(self, task: str) -> dict[str, str]:
        path = self.folder / FILES[task]
        try:
            stored = pq.read_schema(path).metadata or {}
        except (OSError, ValueError) as error:
            raise DatasetError(f"{path} cannot be read: {str(error)[:200]}. Evaluate again.") from error
        return {key.decode(errors="replace"): value.decode(errors="replace") for key, value in stored.items()}


def at(scores: object, *keys: str) -> Any:  # noqa: ANN401 - whatever a document holds
    """Return what a document holds under keys in one another; None where any is missing.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": []}, "a", "b")
    (1, None)
    """
    for key in keys:
        scores = scores.get(key) if isinstance(scores, Mapping) else None
    return scores


def number(scores: object, *keys: str) -> float | None:
    """Return a score of a document; None where it is no finite number.

    >>> number({"a": 1}, "a"), number({"a": float("nan")}, "a"), number({"a": "1"}, "a")
    (1.0, None, None)
    """
    found = at(scores, *keys)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < 1e300 and math.isfinite(found) else None


def text(scores: object, *keys: str) -> str:
    """Return a text of a document; empty where there is none.

    >>> text({"a": "b"}, "a"), text({"a": 1}, "a")
    ('b', '')
    """
    found = at(scores, *keys)
    return found if isinstance(found, str) else ""
