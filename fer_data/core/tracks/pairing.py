"""Match the two people of one shot with the two of another one by how the pairs differ, which light hardly changes."""

from fer_data.core.tracks.appearance import clothes_distance, descriptor_distance
from fer_data.core.vision.faces import Float32

__all__ = ["pairing"]

_SAME_DIFFERENCE = 8.0
_SAME_CLOTHES, _OTHER_CLOTHES = 4.5, 3.0
"""How far two pairs' differences in clothes may lie apart, and how far at least the other way round.

Measured on rendered cuts between cameras and lights of 24 pairs: 1.3 to 4.0 the right way round, 4.6 to 29 the wrong
one; pairs of other people pass in 1 of 100 cases, by whole looks (up to 8.0) in 15.
"""
_CLEARLY = 0.75


def pairing(before: Float32, after: Float32) -> tuple[float, tuple[int, int]] | None:
    """Return which of two is which of two others by how the pairs differ in looks, with the doubt; None where open.

    Clothes say it, or the whole look where both are dressed alike or their clothes are not seen twice.
    """
    for distance, most, least in (
        (clothes_distance, _SAME_CLOTHES, _OTHER_CLOTHES),
        (descriptor_distance, _SAME_DIFFERENCE, 0.0),
    ):
        straight, crossed = float(distance(before, after)), float(distance(before, -after))
        best, other = min(straight, crossed), max(straight, crossed)
        if best < min(most, _CLEARLY * other) and other >= least:
            return best / (_CLEARLY * other), (0, 1) if straight <= crossed else (1, 0)
    return None
