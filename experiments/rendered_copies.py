"""How answers move between renders of a face whose label is known: another light, another pose, another expression.

Augmentation changes a picture, and nobody knows whether its label is still right. A renderer knows: the same face units
are the same expression, whatever light falls on them and wherever the head turns. So every answer that is right of the
first picture and wrong of the second is the network's error, and not the label's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from fer_data.core.arrays import Float64, Image
from fer_data.core.labels.tasks import EXPRESSION, SEVEN_CLASSES
from fer_data.core.metrics.task_bootstrap import task_intervals
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import similarity_matrix, warp_crop
from fer_data.core.vision.reduction import reduce_by_area
from fer_data.media.augmentation import alter
from fer_data.model.determinism import deterministic
from fer_data.model.files import load_model
from fer_data.pictures.images import decode, encode_jpeg
from fer_data.pictures.sheet import Tile, contact_sheet
from fer_data.sample.expressions import draw_expression
from fer_data.sample.lights import draw_lights
from fer_data.sample.scene import Scene, film, stage_scene
from fer_data.sensitivity.answers import Network
from fer_data.shell.files.atomic import write_json
from fer_data.shell.progress import progress
from fer_data.shell.run import guarded

__all__ = ["AUGMENTED", "RENDERED", "moved_scores", "rendered"]

RENDERED = ("noise of the camera", "another light", "another pose", "another expression")
AUGMENTED = (("rotate", 1.0), ("brightness", 1.0), ("brightness", 2.0), ("blur", 1.0), ("blur", 2.0))
"""Operations and strengths of the same pictures, beside the renders."""

_SIZE_WH, _BASE_PX, _PX, _QUALITY = (640, 480), 256, 128, 95
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Face:
    """One person with one expression: `label` is its class."""

    person: int
    label: int
    scene: Scene


def faces(people: int, seed: int) -> Iterator[Face]:
    """Yield every person with every expression, each in a light and a pose of their own."""
    for person in range(people):
        for label, name in enumerate(SEVEN_CLASSES):
            rng = np.random.default_rng(seed_from("face", seed, person, label))
            number = seed_from("rendered copies", seed, person)
            scene = stage_scene(
                seed_from("scene", seed, person, label), 1, [(number, "x", "only")], size_wh=_SIZE_WH
            )
            yield Face(person, label, _showing(scene, draw_expression(rng, name), label))


def rendered(face: Face, kind: str, copy: int, seed: int) -> tuple[Scene, int]:
    """Return the face once more, changed in one respect, and its label, which is another one of one kind alone."""
    rng = np.random.default_rng(seed_from("copy", kind, copy, seed, face.person, face.label))
    scene, label = face.scene, face.label
    if kind == "noise of the camera":
        return replace(scene, seed=seed_from("grain", copy, scene.seed)), label
    if kind == "another light":
        return replace(scene, lights=draw_lights(rng)), label
    if kind == "another pose":
        return _posed(scene, rng), label
    other = (label + int(rng.integers(1, len(SEVEN_CLASSES)))) % len(SEVEN_CLASSES)
    return _showing(scene, draw_expression(rng, SEVEN_CLASSES[other]), other), other


def _showing(scene: Scene, weights: Any, label: int) -> Scene:  # noqa: ANN401 - an array
    (role,) = scene.roles
    performance = replace(role.performance, weights=weights[None], expression=np.array([label], np.int8))
    return replace(scene, roles=(replace(role, performance=performance),))


def _posed(scene: Scene, rng: np.random.Generator) -> Scene:
    """Return the scene with the head turned as `sample` turns heads: as often to either side, mostly by 14 degrees."""
    (role,) = scene.roles
    angles = role.performance.angles.copy()
    angles[0, :3] = np.clip(rng.normal(0, (0.24, 0.08, 0.06)), (-0.75, -0.3, -0.3), (0.75, 0.3, 0.3))
    return replace(scene, roles=(replace(role, performance=replace(role.performance, angles=angles)),))


def crop_of(scene: Scene) -> Image:
    """Return the aligned crop of a scene's one person, by the renderer's own landmarks, as it would be published."""
    picture, (truth,) = next(iter(film(scene)))
    if truth.landmarks is None:
        raise RuntimeError("the renderer lost a face")
    base = warp_crop(picture, similarity_matrix(truth.landmarks, _BASE_PX, 0.0), _BASE_PX)
    return _encoded(reduce_by_area(_encoded(base), _PX))


def _encoded(image: Image) -> Image:
    return decode(encode_jpeg(image, _QUALITY))


NAMES = ("moved", "two_seeds", "right_before", "right_after", "right_to_wrong", "wrong_to_right")


def moved_scores(before: Any, copies: Any, labels: Any) -> Float64:  # noqa: ANN401 - arrays
    """Return per picture what `NAMES` are, (n, 6), of answers to it, (n,), and to both copies with labels, (n, 2) each.

    The label of a picture stands in the third column of `labels`.

    >>> moved_scores(np.array([1]), np.array([[1, 0]]), np.array([[1, 1, 1]])).tolist()
    [[0.5, 1.0, 1.0, 0.5, 0.5, 0.0]]
    """
    was, now = (before == labels[:, 2])[:, None], copies == labels[:, :2]
    parts = [
        (copies != before[:, None]).mean(axis=1), copies[:, 0] != copies[:, 1], was[:, 0], now.mean(axis=1),
        (was & ~now).mean(axis=1), (~was & now).mean(axis=1),
    ]  # fmt: skip
    return np.stack(parts, axis=1).astype(np.float64)


def _scores(terms: Float64, people: Any) -> dict[str, Any]:  # noqa: ANN401 - an array
    """Return each score with its interval over people."""
    statistics = np.zeros((int(people.max()) + 1, 1 + terms.shape[1]))
    np.add.at(statistics, people, np.concatenate([np.ones((len(terms), 1)), terms], axis=1))

    def shares(sums: Float64) -> dict[str, Float64]:
        return {name: sums[:, 1 + index] / sums[:, 0] for index, name in enumerate(NAMES)}

    whole = shares(statistics.sum(axis=0)[None])
    within = task_intervals(statistics, shares, draws=_DRAWS, seed=7)
    return {
        name: {
            "value": float(whole[name][0]),
            "interval": [interval.low, interval.high] if interval else None,
        }
        for name, interval in within.items()
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """All pictures of one face: the first, then both copies of each kind with their labels."""

    first: Image
    copies: dict[str, list[Image]]
    labels: dict[str, list[int]]


def _made(face: Face, seed: int) -> _Made:
    first = crop_of(face.scene)
    found = _Made(first, {}, {})
    for kind in RENDERED:
        both = [rendered(face, kind, copy, seed) for copy in (1, 2)]
        found.copies[kind] = [crop_of(scene) for scene, _ in both]
        found.labels[kind] = [label for _, label in both]
    for operation, strength in AUGMENTED:
        kind = f"{operation}, strength {strength:g}"
        seeds = [seed_from(operation, copy, seed, face.person, face.label) for copy in (1, 2)]
        found.copies[kind] = [
            _encoded(alter(first, operation, strength=strength, seed=one)[0]) for one in seeds
        ]
        found.labels[kind] = [face.label] * 2
    return found


def _sheet(made: list[tuple[Face, _Made]]) -> bytes:
    tiles = []
    for face, one in made:
        tiles.append(Tile(one.first, [str(SEVEN_CLASSES[face.label])]))
        tiles += [
            Tile(one.copies[kind][0], [kind, str(SEVEN_CLASSES[one.labels[kind][0]])]) for kind in RENDERED
        ]
    return encode_jpeg(contact_sheet(tiles, columns=1 + len(RENDERED), tile_px=192), _QUALITY)


def _answers(model: Path) -> Callable[[list[Image]], Any]:
    loaded = load_model(model)
    network, columns = Network(loaded, "cpu"), loaded.network.columns[EXPRESSION]
    return lambda images: network.outputs(network.inputs(images))[:, columns].argmax(axis=1)


def main(
    model: Annotated[
        Path, typer.Argument(help="A model of the demo's seven classes that learnt from no copies.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder for result.json and faces.jpg.")],
    people: Annotated[int, typer.Option(min=5, help="Rendered people, each with seven expressions.")] = 30,
    seed: Annotated[int, typer.Option(help="Of people, scenes and copies.")] = 5101,
) -> None:
    """Render people whom no sample shows, each several ways, and write how often the answers move and are right."""
    answer = _answers(model)
    said: dict[str, list[Any]] = {}
    shown: list[tuple[Face, _Made]] = []
    whose: list[int] = []
    with progress("render", people * len(SEVEN_CLASSES), "faces") as work, deterministic(1):
        for face in faces(people, seed):
            made = _made(face, seed)
            whose.append(face.person)
            shown += [(face, made)] if face.person == face.label else []
            answers = answer([made.first, *(one for copies in made.copies.values() for one in copies)])
            for index, kind in enumerate(made.copies):
                both = answers[1 + 2 * index : 3 + 2 * index]
                said.setdefault(kind, []).append((answers[0], both, [*made.labels[kind], face.label]))
            work.advance()
    result = {
        kind: _scores(
            moved_scores(*(np.array(part) for part in zip(*rows, strict=True))), np.asarray(whose, np.int64)
        )
        for kind, rows in said.items()
    }
    output.mkdir(parents=True, exist_ok=True)
    write_json(
        output / "result.json", {"people": people, "seed": seed, "pictures": len(whose), "kinds": result}
    )
    (output / "faces.jpg").write_bytes(_sheet(shown))
    for kind, scores in result.items():
        figures = ", ".join(f"{name} {one['value']:.3f}" for name, one in scores.items())
        typer.echo(f"{kind}: {figures}")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
