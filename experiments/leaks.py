"""What `fer-data leaks` finds of planted leaks, on rendered people whom no other sample shows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.published import publish_balanced, seals_with
from experiments.training import is_made_from, load_changed, record_making
from fer_data.align import align
from fer_data.execution.seals import seal_of
from fer_data.ingest import ingest
from fer_data.leaks import find_leaks
from fer_data.multires import multires
from fer_data.params.document import Params, load_params
from fer_data.publish import PublishInputs
from fer_data.sample.leaks import write_leaks
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.shell.files.reading import read_json
from fer_data.shell.progress import say
from fer_data.shell.run import guarded

__all__ = ["CHANGES", "leaks_params", "published_leaks", "verdicts"]

CHANGES = (
    "sample.train_subjects=24",
    "sample.other_subjects=16",
    "sample.min_frames=14",
    "sample.max_frames=18",
    "resolutions=[128]",
    "balance.strategy=none",
)
"""What differs from the demo, beside `sample.seed` and the source."""

_TABLE = {
    "file": "labels.csv", "video": "video", "frame": None, "first_frame": 0, "start": "start", "end": "end",
    "label": "label", "valence": None, "arousal": None, "action_units": {}, "split": "split", "subject": "subject",
    "side": None,
}  # fmt: skip


def leaks_params(path: Path, root: Path, changes: list[str]) -> Params:
    """Return the parameters under which the planted corpus at `root` is read."""
    params = load_changed(path, [*CHANGES, *changes])
    (name, own), *_ = params.sources.items()
    values = params.model_dump(mode="json")
    values["sources"] = {
        name: {
            "corpus": "videos", "root": str(root), "prefix": "", "decisions": own.decisions, "table": _TABLE,
            "frame_policy": {"tolerance_frames": 2, "holes": None},
            **({"excluded": []} if "excluded" in values["sources"][name] else {}),
        }
    }  # fmt: skip
    values["dataset"]["classes"] = "seven"
    return Params.model_validate(values)


def published_leaks(output: Path, params: Params) -> Path:
    """Return the published planted corpus, rendered and aligned unless it is there."""
    source, data = params.source(), output / "data"
    made_by = {stage: seal.model_dump() for stage, seal in seals_with(params).items()}
    parts = {"sample": seal_of("sample", sample=params.sample).model_dump(), "made_by": made_by}
    if not is_made_from(data, parts):
        write_leaks(source.folder, params.sample, workers=params.compute.workers)
        ingest(source.folder, output / "catalog", source)
        inputs = PublishInputs(data / "faces", data / "variant", data / "balanced")
        align(
            output / "catalog", source.folder, inputs.faces, data / "reports",
            source=source, align=params.align, compute=params.compute,
        )  # fmt: skip
        multires(inputs.faces, inputs.variant, 128, params.multires)
        publish_balanced(inputs, data / "published", params, resolution=128, seals=seals_with(params))
        record_making(data, parts)
    return data / "published/128"


def verdicts(planted: list[dict[str, str]], summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what became of each planted pair: its rank and similarity, and whether it is called or a copied clip."""
    ranked = {frozenset((one["subject_a"], one["subject_b"])): one for one in summary["suspects"]}
    clips = {frozenset((one["subject_a"], one["subject_b"])) for one in summary["copies"]}
    found = []
    for one in planted:
        pair = frozenset((one["subject_a"], one["subject_b"]))
        suspect = ranked.get(pair, {"rank": None, "similarity": None, "called": "not listed"})
        told = {name: suspect[name] for name in ("rank", "similarity", "called")}
        found.append({**one, **told, "copied_clip": pair in clips})
    return found


def main(
    output: Annotated[Path, typer.Argument(help="Folder for the corpora, the datasets and what is found.")],
    network: Annotated[
        Path, typer.Argument(help="ONNX file, such as `experiments.identity_network` writes.")
    ],
    seeds: Annotated[str, typer.Option(help="Of the planted corpora, with commas between.")] = "5101,5102",
    params: Annotated[Path, typer.Option(help="Params file.")] = Path("params.yaml"),
) -> None:
    """Render planted corpora, publish them, run `leaks` on each and say what became of every planted pair."""
    stated = {"name": "insightface", "weights": str(network), "sha256": file_sha256(network), "keep": False}
    results = {}
    for seed in seeds.split(","):
        folder = output / seed
        document = leaks_params(params, folder / "root", [f"sample.seed={seed}"])
        dataset = published_leaks(folder, document)
        asked = document.model_dump(mode="json")
        asked["align"]["identity"] = stated
        write_json(folder / "params.yaml", asked)
        summary = find_leaks(dataset, folder / "found", load_params(folder / "params.yaml"), overwrite=True)
        results[seed] = {
            "planted": verdicts(read_json(folder / "root/leaks.json"), summary),
            "groups": summary["groups"],
            "copied_clips": summary["copied_clips"],
            "called": [one for one in summary["suspects"] if one["called"] == "yes"],
        }
        for one in results[seed]["planted"]:
            say(f"seed {seed}: {one}")
    write_json(output / "result.json", results)


if __name__ == "__main__":
    guarded(lambda: typer.run(main))
