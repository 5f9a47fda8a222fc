"""An unknown name is refused with the one that was meant, whatever the name and wherever the known ones come from."""

import time

import pytest

from fer_data.core.labels.tasks import ACTION_UNITS, SEVEN_CLASSES, SPLITS, TASKS
from fer_data.shell.sections.load import SECTIONS
from fer_data.shell.suggestions import closest, did_you_mean, quoted

CLASSES = [str(name) for name in SEVEN_CLASSES]


@pytest.mark.parametrize(
    ("value", "expected", "meant"),
    [
        ("hapiness", CLASSES, "Happiness"),
        ("happy", CLASSES, "Happiness"),
        ("ANGER", CLASSES, "Anger"),
        ("sad", CLASSES, "Sadness"),
        ("trian", SPLITS, "train"),
        ("val", SPLITS, "validation"),
        ("tset", SPLITS, "test"),
        ("valence-arousal", TASKS, "valence_arousal"),
        ("AU1", ACTION_UNITS, "AU01"),
        ("au 12", ACTION_UNITS, "AU12"),
        ("balanse", SECTIONS, "balance"),
        ("dev", SPLITS, None),
        ("extra", SECTIONS, None),
        ("t", SPLITS, None),
        ("", SPLITS, None),
        ("Boredom", CLASSES, None),
    ],
)
def test_the_near_name_is_meant(value: str, expected: list[str], meant: str | None) -> None:
    """Slips, other cases, other separators, beginnings; what is far from all stands for none."""
    assert closest(value, list(map(str, expected))) == meant


def test_equally_near_names_give_the_first() -> None:
    """The same input gives the same words, and sets are sorted by who asks."""
    assert closest("right", ["left-right", "xright", "yright"]) == "xright"


def test_names_of_files_steer_no_terminal() -> None:
    """Control characters of a value or of a known name stand as their code, and a name is cut short."""
    assert did_you_mean("a\x1b[31m", ["a\x1b[32m"]) == r"Did you mean 'a\x1b[32m'?"
    assert did_you_mean("zz", ["\x1b[2J", "x" * 500]) == rf"Expected '\x1b[2J' or {quoted('x' * 500)}."
    assert len(quoted("y" * 10**6)) <= 60


def test_thousands_of_names_are_neither_listed_nor_slow() -> None:
    """Twenty are listed; a name of a million characters is compared with none."""
    many = [f"subject_{index}" for index in range(100_000)]
    started = time.process_time()
    said = did_you_mean("zzz", many)
    assert said.endswith("subject_19 or 99,980 more.")
    assert did_you_mean("z" * 10**6, many) == said
    assert time.process_time() - started < 5


def test_none_to_choose_from_is_said() -> None:
    """A project without profiles, or a dataset without splits."""
    assert did_you_mean("x", ()) == "There is none to choose from."
