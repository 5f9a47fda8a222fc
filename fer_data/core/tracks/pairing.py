"""Match the two people of one shot with the two of another by the difference of their descriptors.

A change of light shifts both descriptors alike, so it cancels in the difference. Of the two possible assignments the
one of smaller distance, if it is clearly smaller than the other::

    shot 1    A - B  ---- straight ----  C - D        |(A - B) - (C - D)|
                     ---- crossed  ----  D - C        |(A - B) - (D - C)|
"""

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import clothes_distance, descriptor_distance
from fer_data.core.tracks.thresholds import PAIRING

__all__ = ["pairing"]


def pairing(before: Float32, after: Float32) -> tuple[float, tuple[int, int]] | None:
    """Return the doubt and the assignment of two people to two others, by the pairs' differences; None where ambiguous.

    Clothes decide, or whole descriptors where both are dressed alike or their clothes are not visible twice.
    """
    for distance, most, least in (
        (clothes_distance, PAIRING.same_clothes, PAIRING.other_clothes),
        (descriptor_distance, PAIRING.same_difference, 0.0),
    ):
        straight, crossed = float(distance(before, after)), float(distance(before, -after))
        best, other = min(straight, crossed), max(straight, crossed)
        if best < min(most, PAIRING.clearly * other) and other >= least:
            return best / (PAIRING.clearly * other), (0, 1) if straight <= crossed else (1, 0)
    return None
