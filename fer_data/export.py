"""Export a model to ONNX with its input contract inside, and hold it against the original."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor

from fer_data.core.labels.tasks import EXPRESSION, TASKS
from fer_data.core.sampling.seeds import seed_from
from fer_data.errors import WeightsError
from fer_data.model.files import Model
from fer_data.model.senet import SENet50
from fer_data.published.licences import stated_model_licence
from fer_data.shell.files.atomic import atomic_file, file_sha256
from fer_data.shell.progress import progress

__all__ = ["TOLERANCE", "Exported", "export_onnx"]

TOLERANCE = 1.0e-4
"""How far a logit may be off, as a share of the largest logit or of 1, whichever is larger."""

INPUT_NAME = "input"
OUTPUT_NAMES: dict[str, str] = {task: "logits" if task == EXPRESSION else task for task in TASKS}
_OPSET = 17
_CHECKED_PICTURES = 3


class _ByTask(torch.nn.Module):
    """A network whose outputs come apart, one tensor a task."""

    def __init__(self, network: SENet50) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of each task, (n, outputs of the task), in the order of `columns`."""
        outputs = self.network(x)
        return tuple(outputs[:, part.start : part.stop] for part in self.network.columns.values())


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        sha256: hash of the file.
        outputs: names of the graph's outputs.
        max_difference: largest difference of an output between onnxruntime and torch, both on the CPU.
        largest_logit: largest absolute output of that check.
    """

    sha256: str
    outputs: tuple[str, ...]
    max_difference: float
    largest_logit: float


def export_onnx(model: Model, output: Path) -> Exported:
    """Write a model as ONNX, (n, 3, input_px, input_px) float32 to one tensor a task, any n, and check it.

    The outputs are `logits` (n, classes) of expression, `valence_arousal` (n, 2), not yet clipped to [-1, 1], and
    `action_units` (n, units) logits, as far as the model has them. The metadata holds `classes`, `input_contract` and
    `action_units` where there are some as JSON, `input_contract_sha256`, the `weights_sha256` of the stored model, and
    which data it was `trained_on`, rendered or not. The check feeds random pictures through the contract to both;
    nothing is written when an output is off by more than `TOLERANCE`.

    Raises:
        WeightsError: onnxruntime computes other outputs than torch.
    """
    network = model.network.to("cpu").eval()
    inputs = _pictures(model)
    with atomic_file(output) as temporary, progress("export", 2, "steps") as work:
        names = [OUTPUT_NAMES[task] for task in model.tasks]
        _export(network if len(names) == 1 else _ByTask(network).eval(), inputs[:1], temporary, names)
        _describe(temporary, model)
        work.advance(1, "checking against torch")
        with torch.inference_mode():
            expected = network(inputs).numpy()
        session = _session(temporary)
        # One by one and together: a graph that was traced for a fixed batch would differ in one of them.
        parts = [
            np.concatenate(session.run(names, {INPUT_NAME: part.numpy()}), axis=1)
            for part in (*torch.split(inputs, 1), inputs)
        ]
        difference = float(np.abs(np.concatenate(parts) - np.concatenate([expected, expected])).max())
        largest = float(np.abs(expected).max())
        if not difference <= TOLERANCE * max(1.0, largest):
            raise WeightsError(
                f"onnxruntime's logits differ from torch's by {difference:.3g}, more than {TOLERANCE:g} of the largest "
                f"({largest:.3g}). Nothing was written; try other versions of torch or onnxruntime."
            )
    return Exported(file_sha256(output), tuple(names), difference, largest)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _pictures(model: Model) -> Tensor:
    """Return the network's input for a few random pictures, the same for every model of one input size."""
    side = model.contract.input_px
    generator = np.random.default_rng(seed_from("onnx-check", side))
    images = generator.integers(0, 256, (_CHECKED_PICTURES, side, side, 3), np.uint8)
    return model.contract.to_input(torch.from_numpy(images)).contiguous()


def _export(network: torch.nn.Module, example: Tensor, path: Path, names: Sequence[str]) -> None:
    with warnings.catch_warnings():
        # The successor of this exporter needs onnxscript, which nothing else here does.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message="You are using the legacy")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="torch.onnx")
        torch.onnx.export(
            network,
            (example,),
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=[INPUT_NAME],
            output_names=list(names),
            dynamic_axes={name: {0: "n"} for name in (INPUT_NAME, *names)},
        )


def _describe(path: Path, model: Model) -> None:
    graph = onnx.load(path)
    properties = {
        "classes": json.dumps(list(model.classes), ensure_ascii=False),
        "input_contract": json.dumps(model.contract.document(), sort_keys=True),
        "input_contract_sha256": model.contract.sha256(),
        "trained_on": model.trained_on,
        "licence": json.dumps(stated_model_licence(model.description), ensure_ascii=False),
    }
    if model.weights_sha256 is not None:
        properties["weights_sha256"] = model.weights_sha256
    if model.units:
        properties["action_units"] = json.dumps(list(model.units))
    onnx.helper.set_model_props(graph, properties)
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)
