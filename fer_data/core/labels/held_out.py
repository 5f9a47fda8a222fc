"""Who of a corpus without splits of its own is held out."""

import hashlib
from collections.abc import Iterable

from fer_data.core.labels.tasks import SplitName

__all__ = ["hold_out"]


def hold_out(people: Iterable[str], share: float) -> dict[str, SplitName]:
    """Return the split of each person: `share` of them are validation, whoever they are by the hash of their names.

    The choice depends on the names alone, so the same corpus is split alike everywhere. With a share above 0 one person
    is held out at least, with a share below 1 one is left to train on, as far as there are two.

    >>> sorted(hold_out(["a", "b", "c", "d"], 0.5).values())
    ['train', 'train', 'validation', 'validation']
    >>> hold_out(["a"], 0.2), hold_out([], 0.2)
    ({'a': 'validation'}, {})
    """
    order = sorted(set(people), key=lambda name: (hashlib.sha256(name.encode()).digest(), name))
    count = round(share * len(order))
    if share > 0:
        count = max(count, 1)
    if share < 1:
        count = min(count, max(len(order) - 1, 1 if share > 0 else 0))
    return {name: "validation" if place < count else "train" for place, name in enumerate(order)}
