"""Match the two people of one shot with the two of another one by how the pairs differ, which light hardly changes.

Of the two assignments of two to two the nearer one, if it is clearly nearer than the other.
"""

from fer_data.core.arrays import Float32
from fer_data.core.tracks.appearance import clothes_distance, descriptor_distance
from fer_data.core.tracks.thresholds import PAIRING

__all__ = ["pairing"]


def pairing(before: Float32, after: Float32) -> tuple[float, tuple[int, int]] | None:
    """Return which of two is which of two others by how the pairs differ in looks, with the doubt; None where open.

    Clothes say it, or the whole look where both are dressed alike or their clothes are not seen twice.
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
