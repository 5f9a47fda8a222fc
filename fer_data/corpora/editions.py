"""What the organisers' folder and file names say: edition, task and split."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from fer_data.core.labels.tasks import LABELS, TASKS, SplitName, Task

__all__ = ["Place", "place_of", "split_named", "split_word", "task_word"]

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth",
    "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
)  # fmt: skip
_EDITION = re.compile(r"(?<![0-9])([0-9]{1,2})(?:st|nd|rd|th)?[ _.-]*abaw|abaw[ _.-]*([0-9]{1,2})(?![0-9])")
_MANY_TASKS = ("mtl", "multitask", "multi")
_TASK_WORDS: dict[str, Task] = {word: task for task in TASKS for word in LABELS[task].words}
_TASK_WORDS |= dict.fromkeys(_MANY_TASKS, "multi_task")
_SPLIT_WORDS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "trainset": "train",
    "trainingset": "train",
    "validationset": "validation",
    "test": "test",
    "testset": "test",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands in the organisers' folders.

    Attributes:
        collection: the folder that holds one edition's annotations.
        edition: number of the ABAW challenge; null where no name says it.
        task: by folder name.
        split: by folder name.
    """

    collection: str
    edition: int | None
    task: Task | None
    split: SplitName | None


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def task_word(name: str) -> Task | None:
    """Return the task that a folder or file name says.

    >>> task_word("EXPR_Classification_Challenge")
    'expression'
    """
    return next((_TASK_WORDS[word] for word in _words(name) if word in _TASK_WORDS), None)


def split_word(name: str) -> SplitName | None:
    """Return the split that a folder or file name says.

    >>> split_word("Training_Set")
    'train'
    """
    return next((_SPLIT_WORDS[word] for word in _words(name) if word in _SPLIT_WORDS), None)


def split_named(name: str) -> SplitName | None:
    """Return the split that a name says, where it says nothing else.

    >>> split_named("Train_Set"), split_named("VAL"), split_named("train-happy")
    ('train', 'validation', None)
    """
    word = "".join(_words(name)).removesuffix("set")
    return "test" if word == "testing" else _SPLIT_WORDS.get(word)


def place_of(path: PurePosixPath) -> Place:
    """Return what the folders of a file, relative to the corpus root, say of it.

    >>> place_of(PurePosixPath("Third ABAW Annotations/VA_Estimation_Challenge/Train_Set/1.txt")).edition
    3
    """
    folders = path.parts[:-1]
    tasks = [index for index, folder in enumerate(folders) if task_word(folder)]
    collection = folders[: tasks[0]] if tasks else folders[:-1]
    inner = folders[tasks[-1] :] if tasks else folders
    return Place(
        "/".join(collection),
        _edition(folders, task_folder=folders[tasks[-1]] if tasks else ""),
        task_word(folders[tasks[-1]]) if tasks else None,
        next(
            (split for folder in (*reversed(inner), *reversed(folders)) if (split := split_word(folder))),
            None,
        ),
    )


def _edition(folders: tuple[str, ...], task_folder: str) -> int | None:
    for folder in reversed(folders):
        name = folder.lower()
        if found := _EDITION.search(name):
            return int(found[1] or found[2])
        if "abaw" in name and (words := [word for word in _words(name) if word in _ORDINALS]):
            return _ORDINALS.index(words[0]) + 1
    return _edition_by_style(folders, task_folder.lower())


def _edition_by_style(folders: tuple[str, ...], task_folder: str) -> int | None:
    if task_folder.endswith("_set"):
        return 1 if any(folder.lower() == "training_set" for folder in folders) else 2
    if "recognition_challenge" in task_folder:
        return 6
    return 3 if task_folder.endswith("_challenge") else None
