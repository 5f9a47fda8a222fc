"""Section `dataset`: what all sources are read for."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from fer_data.core.labels.tasks import SEVEN_CLASSES, Task
from fer_data.shell.files.sealed import PRINTABLE
from fer_data.shell.sections.complaints import brief
from fer_data.shell.sections.load import Section
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["DatasetParams"]


def _classes(value: object) -> object:
    listed = isinstance(value, list) and value and all(isinstance(name, str) for name in value)
    if value not in {"header", "seven"} if isinstance(value, str) else not listed:
        meant = f". {did_you_mean(value, ('header', 'seven'))}" if isinstance(value, str) else ""
        raise ValueError(f"{brief(value)} must be header, seven or a list of class names{meant}")
    if isinstance(value, list) and len({name.casefold() for name in value}) < len(value):
        raise ValueError(f"{value} must name each class once")
    return value


ClassName = Annotated[str, Field(pattern=PRINTABLE, min_length=1, max_length=60)]
Classes = Annotated[
    Literal["header", "seven"] | Annotated[list[ClassName], Field(max_length=100)], BeforeValidator(_classes)
]


class DatasetParams(Section):
    """What all sources are read for.

    Attributes:
        task: decides the splits.
        classes: of expression: a list in label order, `seven`, or `header`: those that a corpus has.
        class_map: by the name of a class in a corpus that of the dataset, or null to leave its labels out.
        same_person: file in which pairs of subjects stand who were confirmed to be one person.
    """

    task: Task
    classes: Classes
    class_map: Annotated[dict[ClassName, ClassName | None], Field(max_length=1000)]
    same_person: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _check_class_map(self) -> Self:
        if self.classes == "header":
            return self
        known = SEVEN_CLASSES if self.classes == "seven" else self.classes
        for name, target in self.class_map.items():
            if target is not None and target not in known:
                raise ValueError(
                    f"class_map takes {quoted(name)} to the unknown class {quoted(target)}. "
                    f"{did_you_mean(target, known)} Add it to dataset.classes, or map to one of "
                    "them, or to null to leave such labels out"
                )
        return self
