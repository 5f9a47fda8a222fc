"""Scores of each corpus of a dataset of several, and their mean: no corpus counts more for being larger."""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from rich.table import Table

from fer_data.core.arrays import Mask
from fer_data.published.dataset import Published
from fer_data.tables.schemas import FACE_ROWS, read_table

__all__ = ["MEAN", "by_corpus", "corpora_table", "over_corpora", "subject_corpora"]

MEAN = "over_corpora"
"""The key of the mean over corpora, beside `corpora` with the scores of each."""


def subject_corpora(dataset: Published) -> dict[str, str]:
    """Return the corpus of each subject by the provenance, which counts rows; nothing where there is but one corpus.

    Raises:
        DatasetError: the table of rows is missing or damaged.
    """
    stated = dataset.provenance.get("corpora") or {}
    if len(stated) < 2:
        return {}
    subjects = read_table(dataset.folder / "rows.parquet", FACE_ROWS, ["subject_id"])[
        "subject_id"
    ].to_pylist()
    corpora = [name for corpus, rows in stated.items() for name in repeat(str(corpus), int(rows))]
    return dict(zip(subjects, corpora, strict=False)) if len(corpora) == len(subjects) else {}


def by_corpus(
    subjects: Sequence[str], corpora: Mapping[str, str], score: Callable[[Mask], Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the scores of each corpus that has rows, and their mean; nothing where `corpora` has no subject.

    `score` is given a mask of the rows. Scores that are no numbers are left out.
    """
    if not corpora:
        return {}
    of = np.asarray([corpora[subject] for subject in subjects], np.str_)
    found: dict[str, dict[str, Any]] = {}
    for name in np.unique(of).tolist():
        scores = score(of == name)
        numbers = {key: float(value) for key, value in scores.items() if isinstance(value, float)}
        found[name] = {"rows": int((of == name).sum()), **numbers}
    first = next(iter(found.values()))
    return {
        "corpora": found,
        MEAN: {
            key: float(np.mean([one[key] for one in found.values() if key in one]))
            for key in first
            if key != "rows"
        },
    }


def over_corpora(at: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - a score
    """Return a score of all together: the mean over corpora where there are several, else that of all rows."""
    return at.get(MEAN, at)[name]


def corpora_table(title: str, columns: Mapping[str, Mapping[str, Any]], shown: Mapping[str, str]) -> Table:
    """Return the shown scores of each corpus and their mean, a column a side."""
    table = Table(title=title)
    for name in ("", *(f"{px} px" for px in columns)):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    parts = next(iter(columns.values()))["corpora"]
    for key, called in shown.items():
        for name, one in parts.items():
            if key in one:
                label = f"{called}, {name}, {one['rows']:,} rows"
                table.add_row(label, *(f"{at['corpora'][name][key]:.3f}" for at in columns.values()))
        means = [at[MEAN] for at in columns.values()]
        if key in means[0]:
            table.add_row(
                f"{called}, mean", *(f"{mean[key]:.3f}" for mean in means), style="bold", end_section=True
            )
    return table
