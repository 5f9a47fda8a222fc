"""Find people and clips that stand in two splits of a published dataset, for a person to look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fer_data.errors import DatasetError
from fer_data.leaks.appearances import Appearance, faces_of, read_appearances
from fer_data.leaks.comparison import Described, compare
from fer_data.leaks.copies import copied_clips, picture_groups_across
from fer_data.leaks.describers import Describer, View, open_describer
from fer_data.leaks.listing import Listing, write_listing
from fer_data.params.document import Params
from fer_data.published.dataset import Published, open_published
from fer_data.published.licences import stated_licence_of
from fer_data.shell.files.atomic import write_json
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.private import privately
from fer_data.shell.progress import progress

__all__ = ["find_leaks"]

_LEAST_PX = 64
"""Of a crop: below, neither hashes nor descriptions tell people or pictures apart."""


def find_leaks(dataset: Path, output: Path, params: Params, *, overwrite: bool = False) -> dict[str, Any]:
    """Write the most similar pairs of names, and clips that two videos show, with pictures; return the summary.

    Faces are described in memory: nothing of the descriptions is written. Only who ran it may read the folder.

    Raises:
        DatasetError: the dataset is missing or damaged, has too small pictures, or names nobody.
        DetectorError: the parameters name no network that tells people apart, or its file is missing or another one.
        OutputError: `output` must not be replaced.
    """
    with new_folder(output, "leaks", name="--output", overwrite=overwrite, inputs=(dataset,)) as folder:
        published = open_published(dataset)
        describer = open_describer(params, _view(published))
        appearances = read_appearances(published)
        described = _described(published, appearances, describer)
        subjects, groups, links = compare(described)
        copies = copied_clips(published, appearances)
        listing = Listing(published, subjects, links, copies)
        with privately(folder):
            summary = {
                **_cited(published, describer),
                "people": {
                    "subjects": len(subjects),
                    "not_described": len({one.subject for one in appearances if one.named}) - len(subjects),
                    "unnamed_pictures": sum(not one.named for one in appearances),
                },
                "groups": [group.row() for group in groups],
                "copied_clips": {"all": len(copies), "across_splits": sum(one.across for one in copies)},
                "near_duplicate_groups_across_splits": picture_groups_across(published),
                **write_listing(folder, listing),
            }
            write_json(folder / "summary.json", summary)
    return summary


def _view(published: Published) -> View:
    if published.resolution < _LEAST_PX:
        raise DatasetError(
            f"{published.folder} has pictures of {published.resolution} px, and faces are compared from {_LEAST_PX} px "
            "on. Name a larger resolution."
        )
    contract = published.contract(published.resolution)
    base_px = int(published.provenance["params"]["align"].get("size", published.resolution))
    return View(contract.geometry, contract.margin or 0.0, base_px, published.resolution)


def _described(
    published: Published, appearances: Sequence[Appearance], describer: Describer
) -> list[Described]:
    """Return the appearances of named people with the descriptions of their chosen faces."""
    wanted = [one for one in appearances if one.named and len(one.chosen)]
    if not wanted:
        raise DatasetError(
            f"{published.folder} does not say whom its pictures show, or shows no face that is large and sure enough. "
            "Near-duplicate pictures are found by `dvc repro multires` without that."
        )
    found = []
    with progress("leaks: describe", sum(len(one.chosen) for one in wanted), "faces") as work:
        for one in wanted:
            faces = faces_of(published, one, one.chosen)
            found.append(Described(one, np.array([describer.describe(face) for face in faces], np.float32)))
            work.advance(len(faces))
    return found


def _cited(published: Published, describer: Describer) -> dict[str, Any]:
    names = ("name", "version", "dataset_sha256", "resolution")
    return {
        "network": {"name": describer.name, "sha256": describer.sha256},
        "data": {name: published.provenance.get(name) for name in names},
        "licence": stated_licence_of(published.provenance),
    }
