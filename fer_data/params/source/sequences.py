"""Sources whose corpus names its people and has no splits: clips as pictures, and acted clips."""

from typing import Literal

from fer_data.params.source.keys import HeldOut, SourceKeys

__all__ = ["AfewVaSection", "Bp4dSection", "CkPlusSection", "CremaDSection"]


class AfewVaSection(SourceKeys):
    """AFEW-VA: folders of pictures from films.

    Attributes:
        held_out: share of the actors that are validation, chosen by their names; AFEW-VA has no splits.
    """

    corpus: Literal["afewva"]
    held_out: HeldOut


class CkPlusSection(SourceKeys):
    """CK+: sequences from a neutral face to the peak of an expression.

    Attributes:
        held_out: share of the people that are validation, chosen by their names; CK+ has no splits.
    """

    corpus: Literal["ckplus"]
    held_out: HeldOut


class Bp4dSection(SourceKeys):
    """BP4D: people at eight tasks, as pictures.

    Attributes:
        held_out: share of the people that are validation, chosen by their names; BP4D has no splits.
    """

    corpus: Literal["bp4d"]
    held_out: HeldOut


class CremaDSection(SourceKeys):
    """CREMA-D: actors that say a sentence with an emotion, and what raters saw and heard.

    Attributes:
        held_out: share of the actors that are validation, chosen by their names; CREMA-D has no splits.
    """

    corpus: Literal["cremad"]
    held_out: HeldOut
