"""How often near-duplicate crops are found, and what else is taken for one: on rendered people.

Each person shows seven expressions in one pose, place and light, the hardest case: only the face moves. Crops are
aligned by the true landmarks, then changed as pictures are that are passed on.

::

    python -m benchmarks.near_duplicates --people 200 --json FILE
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.figures import FiguresFile
from fer_data.core.arrays import Image, Int64
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import similarity_matrix, warp_crop
from fer_data.core.vision.perceptual_hash import perceptual_hash
from fer_data.multires.hash_search import distances
from fer_data.multires.near_duplicates import MAX_DISTANCE
from fer_data.sample.expressions import draw_expression
from fer_data.sample.scene import film, stage_scene
from fer_data.shell.files.atomic import write_json

__all__ = ["CHANGES", "figures", "main", "rendered"]

Change = Callable[[Image], Image]
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


def rendered(people: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the aligned crops of each person, (7, 256, 256, 3): every expression in one pose, place and light."""
    for person in range(people):
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
    """Return the share of copies that is found, by change, and of other pairs that is taken for copies."""
    own: list[Int64] = []
    copies: dict[str, list[int]] = {name: [] for name in CHANGES}
    for person in crops:
        hashes = _hashes(person)
        own.append(hashes)
        for name, change in CHANGES.items():
            changed = _hashes(np.stack([change(person[0])]))
            copies[name].append(int(distances(hashes[:1].view(np.uint64), changed.view(np.uint64))[0]))
    found = np.stack(own).view(np.uint64)
    same = np.concatenate(
        [distances(found[:, a], found[:, b]) for a, b in combinations(range(found.shape[1]), 2)]
    )
    others = np.concatenate([distances(found[i, :1], found[i + 1 :].ravel()) for i in range(len(found) - 1)])
    return {
        "people": len(found),
        "max_distance": MAX_DISTANCE,
        "found": {name: float(np.mean(np.array(values) <= MAX_DISTANCE)) for name, values in copies.items()},
        "other_expression_taken": float(np.mean(same <= MAX_DISTANCE)),
        "other_person_taken": float(np.mean(others <= MAX_DISTANCE)),
        "closest_other_person": int(others.min()),
        "pairs": {"other_expression": len(same), "other_person": len(others)},
    }


def _hashes(crops: NDArray[np.uint8]) -> Int64:
    return np.array([perceptual_hash(crop) or 0 for crop in crops], np.int64)


def main(
    people: Annotated[int, typer.Option(min=2, max=10_000, help="Rendered people; four seconds each.")] = 200,
    json: FiguresFile = None,
) -> None:
    """Print the figures, and write them to a file."""
    found = figures(rendered(people))
    for name, share in found["found"].items():
        typer.echo(f"{share:6.1%}  of copies found: {name}")
    typer.echo(
        f"{found['other_expression_taken']:6.1%}  of other expressions, same pose and place, taken for copies"
    )
    typer.echo(
        f"{found['other_person_taken']:6.1%}  of other people; the closest differ in "
        f"{found['closest_other_person']} bits"
    )
    if json is not None:
        write_json(json, found)


if __name__ == "__main__":
    typer.run(main)
