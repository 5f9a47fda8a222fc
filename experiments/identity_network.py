"""Train a small network that tells rendered people apart, as an ONNX file: it stands in for a network of real faces."""

from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import typer
from numpy.typing import NDArray
from torch import Tensor, nn

from fer_data.core.arrays import Image
from fer_data.core.sampling.seeds import seed_from
from fer_data.core.vision.geometry import similarity_matrix, warp_crop
from fer_data.identity.network import FACE_PX
from fer_data.sample.scene import film, stage_scene
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.outputs import new_file
from fer_data.shell.progress import progress, say
from fer_data.shell.run import guarded

__all__ = ["Network", "faces_of", "train", "write_onnx"]

_SIZE_WH = (480, 360)
_SCALE, _MARGIN = 16.0, 0.2
_BATCH = 64


class Network(nn.Module):
    """Take RGB faces of 112 px in [-1, 1], (n, 3, 112, 112), to descriptions, (n, 128)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inner, outer in ((3, 24), (24, 32), (32, 64), (64, 96), (96, 128)):
            layers += [nn.Conv2d(inner, outer, 3, 2, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()]
            if inner > 3:
                layers += [nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU()]
        self.trunk = nn.Sequential(*layers)
        self.out = nn.Sequential(nn.Flatten(), nn.Linear(128 * 16, 128, bias=False), nn.BatchNorm1d(128))

    def forward(self, x: Tensor) -> Tensor:
        """Return the descriptions, not yet of length 1."""
        found: Tensor = self.out(self.trunk(x))
        return found


def faces_of(person: int, scenes: int, frames: int) -> NDArray[np.uint8]:
    """Return aligned faces of a person, (scenes * frames, 112, 112, 3), each scene in other light."""
    found: list[Image] = []
    for scene in range(scenes):
        cast = [(seed_from("identity network", person), "x", "only")]
        seed = seed_from("identity scene", person, scene)
        for picture, (truth,) in film(stage_scene(seed, frames, cast, size_wh=_SIZE_WH)):
            if truth.landmarks is not None and truth.visible:
                found.append(warp_crop(picture, similarity_matrix(truth.landmarks, FACE_PX, 0.0), FACE_PX))
    return np.array(found, np.uint8).reshape(-1, FACE_PX, FACE_PX, 3)


def _faces(job: tuple[int, int, int]) -> NDArray[np.uint8]:
    cv2.setNumThreads(1)
    return faces_of(*job)


def rendered(
    people: int, scenes: int, frames: int, workers: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the faces of so many people, and the number of each face's person."""
    jobs = [(person, scenes, frames) for person in range(people)]
    parts: list[NDArray[np.uint8]] = []
    with progress("identity: render", people, "people") as work, get_context("spawn").Pool(workers) as pool:
        for part in pool.imap(_faces, jobs):
            parts.append(part)
            work.advance(1)
    numbers = np.repeat(np.arange(people), [len(part) for part in parts])
    return np.concatenate(parts), numbers


def train(pictures: NDArray[np.uint8], people: NDArray[np.int64], *, epochs: int, seed: int) -> Network:
    """Return a network that was trained to tell people apart (large margin cosine loss, Wang et al. 2018)."""
    torch.manual_seed(seed)
    network, centres = Network(), nn.Parameter(torch.randn(int(people.max()) + 1, 128))
    optimiser = torch.optim.AdamW([*network.parameters(), centres], lr=2e-3, weight_decay=5e-3)
    steps = epochs * len(range(0, len(pictures), _BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    network.train()
    with progress("identity: train", steps, "steps") as work:
        for faces, targets in _batches(pictures, people, epochs, seed):
            cosine = nn.functional.normalize(network(faces)) @ nn.functional.normalize(centres).T
            wanted = nn.functional.one_hot(targets, len(centres)).bool()
            loss = nn.functional.cross_entropy(
                _SCALE * torch.where(wanted, cosine - _MARGIN, cosine), targets
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            work.advance(1)
    return network.eval()


def _batches(
    pictures: NDArray[np.uint8], people: NDArray[np.int64], epochs: int, seed: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield shuffled faces in [-1, 1], mirrored, shifted, relit and blurred at random."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(pictures))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            faces = [_changed(pictures[place], rng) for place in chosen.tolist()]
            yield torch.from_numpy(np.stack(faces)), torch.from_numpy(people[chosen])


def _changed(face: Image, rng: np.random.Generator) -> NDArray[np.float32]:
    shift = np.array([[1, 0, rng.normal(0, 2)], [0, 1, rng.normal(0, 2)]], np.float64)
    moved = cv2.warpAffine(face, shift, (FACE_PX, FACE_PX), borderMode=cv2.BORDER_REPLICATE)
    moved = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(0.3, 1.5)))
    gain, lift = rng.uniform(0.7, 1.3) * rng.normal(1, 0.06, 3), rng.normal(0, 12)
    values = ((moved * gain + lift).clip(0, 255) - 127.5) / 127.5
    values = values[:, ::-1] if rng.random() < 0.5 else values
    return np.ascontiguousarray(values.transpose(2, 0, 1), np.float32)


def write_onnx(network: Network, path: Path) -> str:
    """Write a network as ONNX and return the SHA-256 of the file."""
    example = torch.zeros(1, 3, FACE_PX, FACE_PX)
    torch.onnx.export(
        network, (example,), str(path), input_names=["face"], output_names=["vector"], dynamo=False
    )
    return file_sha256(path)


def main(
    output: Annotated[Path, typer.Argument(help="ONNX file to write.")],
    people: Annotated[int, typer.Option(min=2, help="People to learn.")] = 240,
    scenes: Annotated[int, typer.Option(min=1, help="Scenes of each.")] = 4,
    frames: Annotated[int, typer.Option(min=1, help="Frames of a scene.")] = 2,
    epochs: Annotated[int, typer.Option(min=1, help="Times that every face is seen.")] = 25,
    workers: Annotated[int, typer.Option(min=1, help="Processes that render.")] = 2,
) -> None:
    """Render people whom no sample shows, train on them, and write the network for `align.identity`."""
    with new_file(output, name="OUTPUT", overwrite=True) as temporary:
        network = train(*rendered(people, scenes, frames, workers), epochs=epochs, seed=7)
        found = write_onnx(network, temporary)
    say(f"align.identity.sha256: {found}")


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
