"""Time training against a plain PyTorch loop on the same model and data, loading included.

Both read one published dataset and take as many optimiser steps. The plain loop is what a tutorial shows:
`datasets` with `with_transform`, a DataLoader that decodes with Pillow, fp32, contiguous memory. Ours is measured in
every way asked for: fp32 or bf16, contiguous or channels_last memory, compiled or not. All take their steps in turn,
round after round, so that what else the machine does falls on all alike; processor time says what is left of that.
Ours decodes once where the pictures fit in memory; that first reading and compilation are in steps that are not timed.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import datasets
import numpy as np
import torch
import torch._dynamo  # before Fabric, since some ways are compiled
import typer
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.utils.data import DataLoader

from benchmarks.figures import for_figures
from fer_data.core.sampling.seeds import seed_from
from fer_data.doctor import cpu_flags
from fer_data.errors import ParamsError
from fer_data.model.determinism import deterministic
from fer_data.model.input_contract import MEAN_BGR, InputContract
from fer_data.model.senet import SENet50, in_channels_last, initialise
from fer_data.params.train import TrainParams
from fer_data.published.dataset import Crops, Published, column, open_published
from fer_data.shell.files.atomic import write_json
from fer_data.shell.run import guarded
from fer_data.shell.sections.load import load_section
from train.training.data import Examples, on_device, training_loader
from train.training.devices import open_fabric
from train.training.optimisation import build_optimiser

PLAIN = "plain loop"
CPU_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
WARM_STEPS = 2
EVERY_WAY = [
    f"{precision},{layout}{compiled}"
    for compiled in ("", ",compiled")
    for precision in ("fp32", "bf16")
    for layout in ("contiguous", "channels_last")
]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of ours: precision, layout in memory, and whether the network is compiled."""

    precision: str
    channels_last: bool
    compiled: bool

    @property
    def name(self) -> str:
        """Return it in words."""
        layout = "channels_last" if self.channels_last else "contiguous"
        return f"{self.precision}, {layout}" + (", compiled" if self.compiled else "")


@dataclass(slots=True)
class Clock:
    """Seconds of one kind of loop, round by round: by the clock, of the processor, and waiting for pictures."""

    wall: list[float]
    cpu: list[float]
    waiting: list[float]


Steps = Iterator[float]
"""Takes one optimiser step each time it is asked, and gives the seconds it waited for pictures."""


def plain_steps(folder: Path, published: Published, params: TrainParams) -> Steps:
    """Yield after each step of the plain loop."""
    contract = published.contract(params.input_px)
    mean = torch.tensor(MEAN_BGR).view(3, 1, 1)

    def transform(rows: dict[str, Any]) -> dict[str, Any]:
        crops = [_plain_crop(image, contract) for image in rows["image"]]
        return {"pixels": [crop.flip(0).float() - mean for crop in crops], "expression": rows["expression"]}

    split = datasets.load_from_disk(str(folder))["train"].select_columns(["image", "expression"])
    split = split.filter(
        lambda labels: [one >= 0 for one in labels], batched=True, input_columns="expression"
    )
    loader = DataLoader(split.with_transform(transform), params.batch_size, shuffle=True, drop_last=True)
    network = _network(published, params).to(params.device).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=params.learning_rate)
    loss_of = nn.CrossEntropyLoss()
    while True:
        asked = time.perf_counter()
        for batch in loader:
            waited = time.perf_counter() - asked
            optimiser.zero_grad()
            logits = network(batch["pixels"].to(params.device))
            loss_of(logits, batch["expression"].to(params.device)).backward()
            optimiser.step()
            yield waited
            asked = time.perf_counter()


def _plain_crop(image: Image.Image, contract: InputContract) -> Tensor:
    side, random = contract.resize_px, np.random.default_rng()
    resized = np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))
    top, left = random.integers(side - contract.input_px + 1, size=2)
    cut = resized[top : top + contract.input_px, left : left + contract.input_px]
    return torch.from_numpy(np.ascontiguousarray(cut.transpose(2, 0, 1)))


def our_steps(published: Published, params: TrainParams, way: Way) -> Steps:
    """Yield after each step of ours."""
    fabric = open_fabric(params.model_copy(update={"precision": way.precision}))
    network = _network(published, params).train()
    if way.channels_last:
        in_channels_last(network)
    optimiser = build_optimiser(network, params)
    model, optimiser = fabric.setup(torch.compile(network) if way.compiled else network, optimiser)
    examples, contract = _examples(published, params), published.contract(params.input_px)
    epoch = 0
    while True:
        asked = time.perf_counter()
        loader = training_loader(examples, contract, params, epoch=epoch, sampling_weights=None)
        for images, labels in on_device(loader, fabric.device):
            waited = time.perf_counter() - asked
            shown = contract.to_input(images)
            logits = model(shown if way.channels_last else shown.contiguous())
            fabric.backward(nn.functional.cross_entropy(logits.float(), labels.to(fabric.device)))
            optimiser.step()
            optimiser.zero_grad()
            yield waited
            asked = time.perf_counter()
        epoch += 1


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


def measure(
    loops: dict[str, Steps], *, steps: int, rounds: int, now: Callable[[], float]
) -> dict[str, Clock]:
    """Return what each loop's rounds of `steps` steps took; the loops take turns, forwards and backwards."""
    for loop in loops.values():
        for _ in range(WARM_STEPS):
            next(loop)
    clocks = {name: Clock([], [], []) for name in loops}
    for number in range(rounds):
        for name in list(loops)[:: 1 if number % 2 == 0 else -1]:
            wall, cpu = now(), time.process_time()
            waited = sum(next(loops[name]) for _ in range(steps))
            clocks[name].wall.append(now() - wall)
            clocks[name].cpu.append(time.process_time() - cpu)
            clocks[name].waiting.append(waited)
    return clocks


def summarise(clocks: dict[str, Clock], images: int) -> dict[str, dict[str, float]]:
    """Return medians over rounds of `images` pictures: rates, ratios to the plain loop, and the share of waiting."""
    plain = clocks[PLAIN]
    return {
        name: {
            "images_per_second": images / float(np.median(clock.wall)),
            "images_per_cpu_second": images / float(np.median(clock.cpu)),
            "ratio": float(np.median(np.divide(plain.wall, clock.wall))),
            "cpu_ratio": float(np.median(np.divide(plain.cpu, clock.cpu))),
            "share_waiting_for_pictures": float(np.median(np.divide(clock.waiting, clock.wall))),
        }
        for name, clock in clocks.items()
    }


def read_ways(texts: Sequence[str]) -> list[Way]:
    """Return the ways that texts such as `fp32,channels_last` or `bf16,contiguous,compiled` name.

    Raises:
        ParamsError: a text names something else.
    """
    found = []
    for text in texts:
        match text.split(","):
            case [("fp32" | "bf16") as precision, ("contiguous" | "channels_last") as layout, *rest] if (
                rest
                in (
                    [],
                    ["compiled"],
                )
            ):
                found.append(Way(precision, layout == "channels_last", bool(rest)))
            case _:
                raise ParamsError(
                    f"--way ({text}) must be fp32 or bf16, then contiguous or channels_last, then compiled or nothing, "
                    "with commas between."
                )
    return found


def machine(device: str) -> dict[str, Any]:
    """Return what the figures depend on: processor or GPU, which instructions it has, and versions."""
    flags = cpu_flags()
    return {
        "device": torch.cuda.get_device_name()
        if device == "cuda"
        else f"CPU, {torch.backends.cpu.get_cpu_capability()}",
        "instructions": {flag: flag in flags for flag in CPU_FLAGS},
        "torch": torch.__version__,
    }


def _print(figures: dict[str, Any], console: Console | None = None) -> None:
    what = figures["params"]
    table = Table(
        title=f"Training SENet-50 of base width {what['base_width']} at {what['input_px']} px, batches of "
        f"{what['batch_size']}, {what['cpu_threads']} threads",
        caption=f"Medians of {figures['rounds']} alternated rounds of {figures['steps']} steps. ratio: to the plain "
        "loop, by the clock; CPU: by processor time, which other work on the machine distorts less.",
    )  # fmt: skip
    for name in ("", "images/s", "ratio", "ratio, CPU", "waiting"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for name, one in figures["ways"].items():
        table.add_row(
            name, f"{one['images_per_second']:.1f}", f"{one['ratio']:.2f}", f"{one['cpu_ratio']:.2f}",
            f"{one['share_waiting_for_pictures']:.1%}",
        )  # fmt: skip
    console = console or Console()
    console.print(table)
    has = figures["machine"]["instructions"]
    seen = ", ".join(f"{flag}: {'yes' if there else 'no'}" for flag, there in has.items())
    console.print(f"{figures['machine']['device']}; {seen}. bf16 pays with the last two.", highlight=False)


def main(
    dataset: Annotated[Path, typer.Argument(help="A published dataset, such as data/published/128.")],
    json: Annotated[
        Path | None, typer.Option(help="Write the figures to this file.", callback=for_figures)
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps a round.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Alternated rounds; the medians count.")] = 5,
    input_px: Annotated[int, typer.Option(min=32, max=1024, help="Side that the network sees.")] = 224,
    base_width: Annotated[int, typer.Option(min=1, max=256, help="64 is the real SENet-50.")] = 64,
    batch_size: Annotated[int, typer.Option(min=1, max=65_536, help="Pictures a step.")] = 32,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    way: Annotated[
        list[str] | None,
        typer.Option(
            help="Such as bf16,channels_last,compiled; repeatable; all. compiled needs a C++ compiler."
        ),
    ] = None,
) -> None:
    """Print and write images a second of the plain loop and of every way of ours, and their ratios."""
    chosen = read_ways(way or EVERY_WAY)
    if device not in {"cpu", "cuda"} or (device == "cuda" and not torch.cuda.is_available()):
        raise ParamsError(f"--device ({device}) must be cpu, or cuda where this machine has such a GPU.")
    changes = {"input_px": input_px, "base_width": base_width, "batch_size": batch_size, "accumulate": 1}
    params = load_section("train", TrainParams).model_copy(update={**changes, "device": device, "devices": 1})
    published = open_published(dataset)
    with deterministic(params.cpu_threads):
        loops = {PLAIN: plain_steps(dataset, published, params)}
        loops |= {way.name: our_steps(published, params, way) for way in chosen}
        clocks = measure(loops, steps=steps, rounds=rounds, now=_clock(device))
    figures = {
        "machine": machine(device),
        "params": {**changes, "cpu_threads": params.cpu_threads},
        "steps": steps,
        "rounds": rounds,
        "ways": summarise(clocks, steps * batch_size),
    }
    _print(figures)
    if json is not None:
        write_json(json, figures)


def _clock(device: str) -> Callable[[], float]:
    def now() -> float:
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    return now


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
