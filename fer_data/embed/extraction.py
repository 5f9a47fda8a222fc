"""Features of every picture of a published dataset, from the layer before a model's head."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fer_data.errors import DatasetError
from fer_data.model.files import Model
from fer_data.published.dataset import Crops, Published, column, copy_mask
from fer_data.published.inference import FeaturesAlone, predict_logits
from fer_data.published.row_facts import DEFAULTS
from fer_data.published.row_facts import persons as persons_of
from fer_data.published.row_facts import texts as texts_of
from fer_data.published.with_model import cited, open_with_model
from fer_data.shell.files.outputs import new_file
from fer_data.shell.progress import progress
from fer_data.tables.features import FeatureSet, check_suffix, write_features

__all__ = ["embed"]


def embed(
    dataset: Path, model: Path, output: Path, *, device: str, batch_size: int, overwrite: bool = False
) -> dict[str, Any]:
    """Write the features of every row of a published dataset, augmented copies included, and return a summary.

    Rows come split by split in the dataset's order. The real SENet-50 gives 2048 values a picture.

    Raises:
        DatasetError: the dataset is missing, damaged or empty.
        WeightsError: the model is missing or damaged, or its input contract asks for crops of another geometry.
        ParamsError: the output's suffix or the device is wrong.
        OutputError: `output` must not be replaced.
    """
    check_suffix(output)
    inputs = (dataset, model)
    with new_file(output, name="--output", overwrite=overwrite, inputs=inputs) as temporary:
        published, loaded = open_with_model(dataset, model, device)
        with progress("embed", sum(map(len, published.splits.values())), "images") as work:
            run = partial(
                predict_logits,
                FeaturesAlone(loaded.network).to(device).eval(),
                contract=loaded.contract,
                batch_size=batch_size,
                device=torch.device(device),
                on_batch=work.advance,
            )
            features = _features(run, published, loaded)
        about = {"classes": list(published.classes), **cited(published, loaded, made="features")}
        write_features(temporary, _feature_set(published, features, about), suffix=output.suffix)
    return {"rows": len(features), "dimensions": features.shape[1], **about}


def _features(
    run: Callable[..., NDArray[np.float32]], published: Published, model: Model
) -> NDArray[np.float32]:
    parts = [
        run(crops=Crops(split, np.arange(len(split)), model.contract, kept=False))
        for split in published.splits.values()
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        raise DatasetError(f"{published.folder} has no pictures. Run `dvc repro publish` to build it.")
    return np.concatenate(filled)


def _feature_set(published: Published, features: NDArray[np.float32], about: dict[str, Any]) -> FeatureSet:
    splits = published.splits
    texts = {name: _joined(published, name).astype(np.str_) for name in ("row_id", "subject_id", "video_id")}
    texts["split"] = np.repeat(np.array(list(splits), np.str_), [len(split) for split in splits.values()])
    sources = np.concatenate([texts_of(split, "subject_source") for split in splits.values() if len(split)])
    texts |= {"subject_source": sources} if (sources != DEFAULTS["subject_source"]).any() else {}
    persons = np.concatenate([persons_of(split) for split in splits.values() if len(split)])
    texts |= {"person_id": persons} if (persons != texts["subject_id"]).any() else {}
    return FeatureSet(
        features=features,
        expression=_joined(published, "expression").astype(np.int64),
        frame_index=_joined(published, "frame_index").astype(np.int64),
        copied=np.concatenate([copy_mask(split) for split in splits.values() if len(split)]),
        texts=texts,
        about=about,
    )


def _joined(published: Published, name: str) -> NDArray[Any]:
    return np.concatenate([column(split, name) for split in published.splits.values() if len(split)])
