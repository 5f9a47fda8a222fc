"""How often near-duplicate crops are found, and what else is taken for one: on rendered people.

Each person shows seven expressions in one pose, place and light, the hardest case: only the face moves. Crops are
aligned by the true landmarks, then changed as pictures are that are passed on.

::

    python -m benchmarks.near_duplicates --people 200 --json FILE
    python -m benchmarks.near_duplicates --people 200 --first 200    # those that the limits were chosen on
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Annotated, Any, NamedTuple

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.figures import FiguresFile
from fer_data.core.arrays import Image, Int64
from fer_data.core.copies.hash_search import distances
from fer_data.core.copies.picture_difference import MAX_DIFFERENCE, picture_difference, sketch
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import similarity_matrix, warp_crop
from fer_data.core.vision.perceptual_hash import perceptual_hash
from fer_data.multires.candidates import MAX_DISTANCE
from fer_data.sample.expressions import draw_expression
from fer_data.sample.scene import film, stage_scene
from fer_data.shell.files.atomic import write_json

__all__ = ["CHANGES", "figures", "main", "rendered"]

Change = Callable[[Image], Image]
Hashes = NDArray[np.uint64]
LIMITS = (4, 5, 6, 8)
"""Of the hash, in bits, that are compared."""
_PX, _SIZE_WH, _LARGER = 256, (640, 480), 1.4


def _jpeg(quality: int) -> Change:
    def change(image: Image) -> Image:
        _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)

    return change


def _resized(side: int) -> Change:
    def change(image: Image) -> Image:
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(
            cv2.resize(small, (len(image), len(image)), interpolation=cv2.INTER_CUBIC), np.uint8
        )

    return change


def _light(gain: float, offset: float) -> Change:
    return lambda image: np.clip(image.astype(np.float32) * gain + offset, 0, 255).astype(np.uint8)


def _gamma(power: float) -> Change:
    return lambda image: (255 * (image / 255.0) ** power).astype(np.uint8)


def _cut(share: float) -> Change:
    def change(image: Image) -> Image:
        edge = round(len(image) * share)
        inner = image[edge:-edge, edge:-edge]
        return np.asarray(cv2.resize(inner, (len(image), len(image)), interpolation=cv2.INTER_AREA), np.uint8)

    return change


def _aligned_again(share: float) -> Change:
    """Return a crop as another detection gives it: moved, turned and scaled by a normal error of its side."""

    def change(image: Image) -> Image:
        rng = np.random.default_rng(seed_from("aligned again", share, int(image[::16, ::16].sum())))
        turn, scale, *move = rng.normal(0, share, 4)
        matrix = cv2.getRotationMatrix2D((_PX / 2, _PX / 2), float(np.rad2deg(turn)), 1 + float(scale))
        matrix[:, 2] += np.array(move) * _PX
        return np.asarray(
            cv2.warpAffine(image, matrix, (_PX, _PX), borderMode=cv2.BORDER_REPLICATE), np.uint8
        )

    return change


CHANGES: Mapping[str, Change] = {
    "JPEG, quality 75": _jpeg(75),
    "JPEG, quality 40": _jpeg(40),
    "64 px and back": _resized(64),
    "48 px and back": _resized(48),
    "64 px and back, JPEG 60": lambda image: _jpeg(60)(_resized(64)(image)),
    "30 grey levels brighter": _light(1.0, 30),
    "0.7 of the contrast": _light(0.7, 0),
    "gamma 1.4": _gamma(1.4),
    "grey": lambda image: np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
    "aligned again, error of 0.3 %": _aligned_again(0.003),
    "aligned again, error of 1 %": _aligned_again(0.01),
    "cut by 2 % a side, not aligned again": _cut(0.02),
    "cut by 5 % a side, not aligned again": _cut(0.05),
}


def rendered(people: int, first: int = 0) -> Iterator[NDArray[np.uint8]]:
    """Yield the aligned crops of each person, (7, 256, 256, 3): every expression in one pose, place and light."""
    for person in range(first, first + people):
        seed = seed_from("near-duplicates", person)
        cast = [(seed_from("pool", person), "face", "only")]
        scene = stage_scene(seed, len(SEVEN_CLASSES), cast, size_wh=_SIZE_WH)  # type: ignore[arg-type]
        role, rng = scene.roles[0], np.random.default_rng(seed)
        weights = np.stack([draw_expression(rng, expression) for expression in SEVEN_CLASSES])
        acted = role.performance
        still = replace(
            acted,
            weights=weights.astype(np.float32),
            angles=_first(acted.angles),
            centre=_first(acted.centre),
            head_px=_first(acted.head_px) * np.float32(_LARGER),
            present=np.ones(len(weights), np.bool_),
        )
        scene = replace(scene, roles=(replace(role, performance=still),), sway=_first(scene.sway))
        yield np.stack([_crop(picture, truth[0].landmarks) for picture, truth in film(scene)])


def _first(values: NDArray[Any]) -> NDArray[Any]:
    return np.repeat(values[:1], len(values), axis=0)


def _crop(picture: Image, landmarks: NDArray[np.float32] | None) -> Image:
    if landmarks is None:
        raise ValueError("a person of the benchmark left the picture")
    return warp_crop(picture, similarity_matrix(landmarks, _PX, 0.0), _PX)


def figures(crops: Iterator[NDArray[np.uint8]]) -> dict[str, Any]:
    """Return the share of copies found, by change, and of other pairs taken for copies: by hash, and by both."""
    own, sketches = list[Hashes](), list[list[Image]]()
    copies: dict[str, list[_Pair]] = {name: [] for name in CHANGES}
    same = list[_Pair]()
    for person in crops:
        hashes, small = _hashes(person), [sketch(crop) for crop in person]
        own.append(hashes)
        sketches.append(small)
        for name, change in CHANGES.items():
            changed = change(person[0])
            copies[name].append(_compare(hashes[0], _hashes(changed[None])[0], small[0], sketch(changed)))
        same += [_compare(hashes[a], hashes[b], small[a], small[b]) for a, b in combinations(range(7), 2)]
    others, within = _others(np.stack(own), sketches)
    return {
        "people": len(own),
        "max_distance": MAX_DISTANCE,
        "max_difference": MAX_DIFFERENCE,
        "found": {name: _shares(pairs) for name, pairs in copies.items()},
        "other_expression_taken": _shares(same),
        "other_person": {
            "pairs": len(others),
            "candidates": {limit: int((others <= limit).sum()) for limit in LIMITS},
            "least_difference_of_candidates": min((pair.difference for pair in within), default=None),
        },
        "pairs": {"other_expression": len(same)},
    }


class _Pair(NamedTuple):
    distance: int
    difference: float


def _compare(one: np.uint64, other: np.uint64, first: Image, second: Image) -> _Pair:
    """Return how far two crops are from each other; what is no candidate at any limit is not compared."""
    bits = int(distances(np.array([one]), np.array([other]))[0])
    return _Pair(bits, picture_difference(first, second) if bits <= max(LIMITS) else np.inf)


def _shares(pairs: list[_Pair]) -> dict[str, float]:
    """Return the share of pairs within each limit of bits, by hash alone and confirmed by pixels."""
    bits, apart = np.array([pair.distance for pair in pairs]), np.array([pair.difference for pair in pairs])
    return {
        f"{limit} bits{how}": float(np.mean((bits <= limit) & close))
        for limit in LIMITS
        for how, close in ((" alone", True), ("", apart <= MAX_DIFFERENCE))
    }


def _others(own: NDArray[np.uint64], sketches: list[list[Image]]) -> tuple[Int64, list[_Pair]]:
    """Return the distances of all pairs of two people, and the pairs that are candidates at some limit."""
    found, within = [], list[_Pair]()
    for one in range(len(own) - 1):
        for face, bits in enumerate(own[one]):
            apart = distances(bits, own[one + 1 :].ravel())
            found.append(apart)
            for place in np.flatnonzero(apart <= max(LIMITS)).tolist():
                person, other = divmod(place, len(SEVEN_CLASSES))
                second = sketches[one + 1 + person][other]
                within.append(_Pair(int(apart[place]), picture_difference(sketches[one][face], second)))
    return np.concatenate(found), within


def _hashes(crops: NDArray[np.uint8]) -> Hashes:
    return np.array([perceptual_hash(crop) or 0 for crop in crops], np.int64).view(np.uint64)


def main(
    people: Annotated[int, typer.Option(min=2, max=10_000, help="Rendered people.")] = 200,
    first: Annotated[int, typer.Option(min=0, help="Number of the first.")] = 0,
    json: FiguresFile = None,
) -> None:
    """Print the figures, and write them to a file."""
    found = figures(rendered(people, first))
    limit = f"{MAX_DISTANCE} bits"
    for name, share in found["found"].items():
        typer.echo(
            f"{share[limit]:6.1%}  of copies found ({share[f'{limit} alone']:.1%} by hash alone): {name}"
        )
    taken = found["other_expression_taken"]
    typer.echo(
        f"{taken[limit]:6.2%}  of other expressions, same pose and place, taken for copies "
        f"({taken[f'{limit} alone']:.2%} by hash alone)"
    )
    typer.echo(f"other people: {found['other_person']}")
    if json is not None:
        write_json(json, found)


if __name__ == "__main__":
    typer.run(main)
