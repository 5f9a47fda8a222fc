"""The expression classes, the action units and what corpora write for "no annotation"."""

from enum import StrEnum

__all__ = ["ACTION_UNITS", "EIGHT_CLASSES", "SEVEN_CLASSES", "Expression"]


class Expression(StrEnum):
    """An expression class of Aff-Wild2, by the name its label files give it."""

    NEUTRAL = "Neutral"
    ANGER = "Anger"
    DISGUST = "Disgust"
    FEAR = "Fear"
    HAPPINESS = "Happiness"
    SADNESS = "Sadness"
    SURPRISE = "Surprise"
    OTHER = "Other"


SEVEN_CLASSES = tuple(Expression)[:7]
"""The classes of ABAW1 and ABAW2, in the order of their header."""

EIGHT_CLASSES = tuple(Expression)
"""The classes of ABAW3 and later, in the order of their header."""

ACTION_UNITS = (
    "AU01", "AU02", "AU04", "AU06", "AU07", "AU10", "AU12", "AU15", "AU20", "AU23", "AU24", "AU25", "AU26",
)  # fmt: skip
"""The 13 action units that any edition annotates (AU20 in ABAW1 alone)."""
