"""The expression classes of a dataset, and the place of a corpus' own names among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fer_data.core.labels.tasks import KNOWN_CLASSES, NO_LABEL, Expression

__all__ = [
    "ClassPlaces",
    "class_places",
    "in_dataset_order",
    "likely_class",
    "mapped_classes",
    "unknown_names",
]

_SYNONYMS: Mapping[str, Expression] = {
    "angry": Expression.ANGER, "contemptuous": Expression.CONTEMPT,
    "disgusted": Expression.DISGUST, "fearful": Expression.FEAR, "afraid": Expression.FEAR, "scared": Expression.FEAR,
    "happy": Expression.HAPPINESS, "joy": Expression.HAPPINESS, "sad": Expression.SADNESS,
    "surprised": Expression.SURPRISE, "calm": Expression.NEUTRAL, "others": Expression.OTHER,
}  # fmt: skip
"""Words of corpora for known classes, to suggest them: no label is taken for another without a person's say."""

ClassMap = Mapping[str, str | None]
"""By the name of a class in a corpus the one in the dataset, None to drop it; names that are not in it stay."""


@dataclass(frozen=True, slots=True)
class ClassPlaces:
    """Where the classes of one corpus stand in a dataset.

    Attributes:
        classes: of the dataset, in label order.
        given: of the corpus, in its own order.
        places: index in `classes` by each name of `given`; -1 where the dataset lacks the class.
        unknown: names that say that a face has no clear expression.
        no_face: names that say that there is no face.
    """

    classes: tuple[str, ...]
    given: tuple[str, ...]
    places: Mapping[str, int]
    unknown: frozenset[str] = frozenset()
    no_face: frozenset[str] = frozenset()

    @property
    def possible(self) -> tuple[str, ...]:
        """Return the classes of the dataset that the corpus can give, in label order."""
        found = set(self.places.values())
        return tuple(name for index, name in enumerate(self.classes) if index in found)

    def place(self, name: str | None) -> int:
        """Return the index of the class that the corpus calls `name`; -1 without one.

        >>> class_places(("Happiness",), ["happy"], {"happy": "Happiness"}).place("happy")
        0
        """
        return NO_LABEL if name is None else self.places.get(name, NO_LABEL)


def in_dataset_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return class names, each once: those that several corpora have in their usual order, then the others sorted.

    >>> in_dataset_order(["Other", "confused", "Happiness", "Contempt", "bored"])
    ('Happiness', 'Contempt', 'Other', 'bored', 'confused')
    """
    usual = {str(name): index for index, name in enumerate(KNOWN_CLASSES)}
    return tuple(sorted({str(name) for name in names}, key=lambda name: (usual.get(name, len(usual)), name)))


def likely_class(word: str, classes: Iterable[str]) -> str | None:
    """Return the class of a dataset that a corpus' word most likely means; None: nobody can tell.

    >>> likely_class("happy", ["Neutral", "Happiness"]), likely_class("bored", ["Neutral"])
    ('Happiness', None)
    """
    meant = _SYNONYMS.get(word.casefold())
    return next((name for name in classes if name == meant), None)


def mapped_classes(given: Iterable[str], class_map: ClassMap) -> tuple[str, ...]:
    """Return the classes that a corpus has after a class map, in the order of a dataset.

    >>> mapped_classes(["Anger", "Disgust", "Contempt"], {"Disgust": "Anger", "Contempt": None})
    ('Anger',)
    """
    mapped = (class_map.get(name, name) for name in given)
    return in_dataset_order(name for name in mapped if name is not None)


def class_places(
    classes: Iterable[str],
    given: Iterable[str],
    class_map: ClassMap,
    *,
    unknown: Iterable[str] = (),
    no_face: Iterable[str] = (),
) -> ClassPlaces:
    """Return where the classes `given` by a corpus stand among those of the dataset, after a class map."""
    names, own = tuple(map(str, classes)), tuple(map(str, given))
    index = {name: place for place, name in enumerate(names)}
    mapped = {name: class_map.get(name, name) for name in own}
    places = {name: NO_LABEL if to is None else index.get(to, NO_LABEL) for name, to in mapped.items()}
    return ClassPlaces(names, own, places, frozenset(unknown), frozenset(no_face))


def unknown_names(class_map: ClassMap, given: Iterable[str]) -> tuple[str, ...]:
    """Return the names of a class map that no corpus has, where `given` are the classes of all.

    >>> unknown_names({"Contempt": "Other", "hapy": "Happiness"}, ["Contempt"])
    ('hapy',)
    """
    return tuple(sorted(set(class_map) - set(given)))
