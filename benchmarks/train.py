"""Time training against a plain PyTorch loop on the same model and data, loading included.

Both read one published dataset and take as many optimiser steps. The plain loop is what a tutorial shows:
`datasets` with `with_transform`, a DataLoader that decodes with Pillow, fp32, contiguous memory.
Ours decodes once where the pictures fit in memory; that first reading is in the step that is not timed.
"""

import time
from pathlib import Path
from typing import Annotated, Any

import datasets
import numpy as np
import torch
import typer
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader

from fer_data.core.seeds import seed_from
from fer_data.files import write_json
from fer_data.input_contract import MEAN_BGR, InputContract
from fer_data.params.load import load_section
from fer_data.params.train import TrainParams
from fer_data.published import Crops, Published, column, open_published
from fer_data.senet import SENet50, in_channels_last, initialise
from train.data import Examples, training_loader
from train.devices import open_fabric
from train.optimisation import build_optimiser


def plain_rate(folder: Path, published: Published, params: TrainParams, steps: int) -> float:
    """Return the images a second of the plain loop."""
    contract = published.contract(params.input_px)
    mean = torch.tensor(MEAN_BGR).view(3, 1, 1)

    def transform(rows: dict[str, Any]) -> dict[str, Any]:
        crops = [_plain_crop(picture, contract) for picture in rows["image"]]
        return {"pixels": [crop.flip(0).float() - mean for crop in crops], "expression": rows["expression"]}

    split = datasets.load_from_disk(str(folder))["train"].select_columns(["image", "expression"])
    split = split.filter(
        lambda labels: [one >= 0 for one in labels], batched=True, input_columns="expression"
    )
    loader = DataLoader(split.with_transform(transform), params.batch_size, shuffle=True, drop_last=True)
    network = _network(published, params).to(params.device).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=params.learning_rate)
    loss_of, started, done = nn.CrossEntropyLoss(), 0.0, -1
    while done < steps:
        for batch in loader:
            if done == 0:
                started = _now(params)
            optimiser.zero_grad()
            logits = network(batch["pixels"].to(params.device))
            loss_of(logits, batch["expression"].to(params.device)).backward()
            optimiser.step()
            done += 1
            if done == steps:
                break
    return steps * params.batch_size / (_now(params) - started)


def _plain_crop(picture: Image.Image, contract: InputContract) -> torch.Tensor:
    side, random = contract.resize_px, np.random.default_rng()
    resized = np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))
    top, left = random.integers(side - contract.input_px + 1, size=2)
    cut = resized[top : top + contract.input_px, left : left + contract.input_px]
    return torch.from_numpy(np.ascontiguousarray(cut.transpose(2, 0, 1)))


def our_rate(published: Published, params: TrainParams, steps: int) -> tuple[float, float]:
    """Return our images a second, and the share of the time spent waiting for pictures."""
    fabric = open_fabric(params)
    network = _network(published, params)
    in_channels_last(network)
    model, optimiser = fabric.setup(network, build_optimiser(network, params))
    network.train()
    examples, contract = _examples(published, params), published.contract(params.input_px)
    started, waited, done, epoch = 0.0, 0.0, -1, 0
    while done < steps:
        before = time.perf_counter()
        for pictures, labels in training_loader(examples, contract, params, epoch=epoch, chances=None):
            if done == 0:
                started, waited = _now(params), 0.0
            else:
                waited += time.perf_counter() - before
            logits = model(contract.to_input(pictures.to(fabric.device)))
            optimiser.zero_grad()
            fabric.backward(nn.functional.cross_entropy(logits.float(), labels.to(fabric.device)))
            optimiser.step()
            done += 1
            if done == steps:
                break
            before = time.perf_counter()
        epoch += 1
    seconds = _now(params) - started
    return steps * params.batch_size / seconds, waited / seconds


def _examples(published: Published, params: TrainParams) -> Examples:
    split = published.split("train")
    labels = column(split, "expression").astype(np.int64)
    rows = np.flatnonzero(labels >= 0)
    crops = Crops(split, rows, published.contract(params.input_px))
    return Examples(crops, labels[rows], column(split, "row_id").astype(np.str_)[rows])


def _network(published: Published, params: TrainParams) -> SENet50:
    network = SENet50(len(published.classes), base_width=params.base_width)
    initialise(network, seed_from("benchmark", params.seed))
    return network


def _now(params: TrainParams) -> float:
    if params.device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def main(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    json: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps, after one that is not.")] = 20,
    rounds: Annotated[int, typer.Option(min=1, help="Alternated rounds; the medians count.")] = 3,
    input_px: Annotated[int, typer.Option(help="Side that the network sees.")] = 224,
    base_width: Annotated[int, typer.Option(help="64 is the real SENet-50.")] = 64,
    batch_size: Annotated[int, typer.Option(help="Pictures a step.")] = 32,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    precision: Annotated[str, typer.Option(help="Of ours: fp32 or bf16; the plain loop has fp32.")] = "bf16",
) -> None:
    """Print and write images a second of both, their ratio, and our share of waiting for pictures."""
    changes = {"input_px": input_px, "base_width": base_width, "batch_size": batch_size, "accumulate": 1}
    changes |= {"device": device, "precision": precision, "devices": 1}
    params = load_section("train", TrainParams).model_copy(update=changes)
    torch.set_num_threads(params.cpu_threads)
    published = open_published(dataset)
    plain, ours, waits = [], [], []
    for _ in range(rounds):
        plain.append(plain_rate(dataset, published, params, steps))
        rate, wait = our_rate(published, params, steps)
        ours.append(rate)
        waits.append(wait)
    figures = {
        "plain_images_per_second": float(np.median(plain)),
        "our_images_per_second": float(np.median(ours)),
        "ratio": float(np.median(ours) / np.median(plain)),
        "share_waiting_for_pictures": float(np.median(waits)),
        "threads": params.cpu_threads,
        "steps": steps,
        "rounds": rounds,
        **changes,
    }
    typer.echo("\n".join(f"{name}: {value}" for name, value in figures.items()))
    if json is not None:
        write_json(json, figures)


if __name__ == "__main__":
    typer.run(main)
