"""Run detector, alignment and model on new videos and pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_data.core.labels.tasks import UNITS
from fer_data.detectors import open_detector
from fer_data.media.frame_pictures import FrameRules
from fer_data.model.files import Model, load_model
from fer_data.model.options import check_device, check_temperature
from fer_data.params.align import AlignParams
from fer_data.predict.answers import kind_of, summary_key
from fer_data.predict.drawer import Drawer, truth_root
from fer_data.predict.gallery import Gallery
from fer_data.predict.recognise import Recogniser, SourceFaces, smoothed
from fer_data.predict.sources import Listing, Source, drawing_names, list_sources
from fer_data.predict.tables import write_predictions
from fer_data.published.licences import stated_model_licence
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.progress import progress

__all__ = ["PredictOptions", "predict"]

KIND = "predictions"
"""Of output, also of those of a published dataset."""


@dataclass(frozen=True, slots=True)
class PredictOptions:
    """How predictions are made and shown.

    Attributes:
        device: cpu or cuda, for the network.
        temperature: divides the logits; `evaluate` fits one.
        smoothing_frames: frames to either side that probabilities are averaged over in a track; 0 is none.
        draw: write annotated videos and timelines.
        max_pixels: of a picture or frame, at most; null: `images.MAX_PIXELS` and `align.max_pixels`.
        faces: write a second gallery of a folder, with pictures.
    """

    device: str
    temperature: float
    smoothing_frames: int
    draw: bool
    max_pixels: int | None = None
    faces: bool = False


def predict(
    source: Path,
    model: Path,
    output: Path,
    *,
    align: AlignParams,
    options: PredictOptions,
    overwrite: bool = False,
    on_found: Callable[[Mapping[str, Any]], None] = lambda _: None,
) -> dict[str, Any]:
    """Write what a model says of every face of a video, a picture or a folder of them, and return the summary.

    The folder `output` gets `predictions.parquet`, `predictions.csv`, `summary.json`, and drawings of each source, of a
    folder with a gallery; with `overwrite` an older one is replaced. A damaged source keeps its whole frames; the
    summary says what is wrong with it, and `on_found` is called with a source's part of it as soon as that is known.

    Raises:
        ParamsError: the source holds nothing to predict, or an option is out of range.
        OutputError: `output` must not be replaced, or lies in the source or the model.
        WeightsError: the model is missing or damaged, or its input contract asks for crops of another geometry.
        DetectorError: the detector cannot run here.
    """
    check_device(options.device)
    check_temperature(options.temperature)
    with new_folder(output, KIND, name="--output", overwrite=overwrite, inputs=(source, model)) as folder:
        listing = _sources(source, align, options)
        loaded, recogniser = _recogniser(model, align, options)
        drawer = _drawer(folder, source, listing, loaded, options=options)
        results = []
        for found in _results(listing.sources, recogniser, drawer, options):
            on_found(_source_summary(found))
            results.append(found)
        write_predictions(folder, results, loaded)
        pages = [] if drawer is None else drawer.write_gallery(source, results, faces=options.faces)
        summary = _summary(results, loaded, options) | listing.unread_summary() | {"gallery": pages}
        write_json(folder / "summary.json", summary)
    return summary


def _results(
    sources: Sequence[Source], recogniser: Recogniser, drawer: Drawer | None, options: PredictOptions
) -> Iterator[SourceFaces]:
    with progress("predict", len(sources), "files") as work:
        for position, item in enumerate(sources):
            found = smoothed(recogniser.run(item, options.temperature), options.smoothing_frames)
            yield found if drawer is None else drawer.draw(position, item, found)
            work.advance()


def _recogniser(model: Path, align: AlignParams, options: PredictOptions) -> tuple[Model, Recogniser]:
    """Return a model that may see what `align` crops, and what runs it."""
    loaded = load_model(model)
    loaded.contract.check_crops(align.geometry, align.margin)
    return loaded, Recogniser(loaded, open_detector(align), align, torch.device(options.device))


def _drawer(
    folder: Path, source: Path, listing: Listing, model: Model, *, options: PredictOptions
) -> Drawer | None:
    """Return what draws, and of a folder makes a gallery; None where nothing is to be drawn."""
    if not options.draw:
        return None
    gallery = None
    if source.is_dir():
        wanted = options.faces or truth_root(source) is not None
        gallery = Gallery(len(listing.sources), with_stills=wanted)
    names = drawing_names([item.name for item in listing.sources])
    return Drawer(folder, model, names, options.smoothing_frames, gallery)


def _sources(source: Path, align: AlignParams, options: PredictOptions) -> Listing:
    rules = FrameRules(options.max_pixels or align.max_pixels, align.pixel_aspect)
    return list_sources(source, options.max_pixels, rules)


def _summary(results: Sequence[SourceFaces], model: Model, options: PredictOptions) -> dict[str, Any]:
    return {
        "model": {
            "weights_sha256": model.weights_sha256,
            "input_contract_sha256": model.contract.sha256(),
            "trained_on": model.trained_on,
            "classes": list(model.classes),
            **({UNITS: list(model.units)} if model.units else {}),
        },
        "note": model.note,
        "licence": stated_model_licence(model.description),
        "temperature": options.temperature,
        "smoothing_frames": options.smoothing_frames,
        "sources": [_source_summary(found) for found in results],
    }


def _source_summary(found: SourceFaces) -> Mapping[str, Any]:
    said = {summary_key(task): kind_of(task).summary(answers) for task, answers in found.answers.items()}
    return {
        "name": found.name,
        "frames": found.decoded_frames,
        "frames_with_a_face": len(np.unique(found.frame_index)),
        "faces": len(found.frame_index),
        "tracks": len(np.unique(found.track_id)),
        "people": len(np.unique(found.person_id)),
        **said,
        "error": found.error,
        **({"remarks": list(found.remarks)} if found.remarks else {}),
    }
