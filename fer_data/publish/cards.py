"""The dataset card of a published dataset: YAML for the Hub, Markdown for people."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from fer_data.core.sampling.imbalance import BETA, effective_number, imbalance_ratio, shares
from fer_data.publish.card_facts import is_rendered
from fer_data.publish.card_front import front_matter
from fer_data.publish.card_labels import labels_section, other_labels
from fer_data.publish.card_plots import labels_in_words
from fer_data.publish.card_sections import (
    answering,
    citing,
    collection,
    facts,
    intended_use,
    limits,
    verifying,
)
from fer_data.publish.card_tables import CardSplit, footage_of_all, markdown_table
from fer_data.publish.crop_origin import crops_text
from fer_data.publish.loader_example import LoaderExample
from fer_data.published.card_text import FACES_PICTURE, LABELS_PICTURE
from fer_data.published.feature_forms import OLDEST_DATASETS, Features
from fer_data.published.licence_text import licence_text
from fer_data.shell.shown import markdown
from fer_data.tables.footage import BOTH, PICTURES, VIDEOS, Footage

__all__ = ["card"]

_TITLE = "# {name}, {resolution} px, version {version}"
_USE = """\
Read it with `datasets` {oldest} or any later version, and PyTorch. The default collation takes every column, because
nothing is null: a label or a measure that is missing is -1 where numbers are whole and NaN elsewhere, and an original
has an empty `parent_id` and `augmentation`.

```python
{program}```

Where `fer-data` is installed, `fer_data.open_dataset("{path}")` in place of the line with `load_from_disk` gives the
same batches several times as fast; a whole column of it is `dataset["{split}"].column("expression")`."""
_SPLITTING = """\
## Splitting further

Do not use `train_test_split`: it puts {kin} of one person on both sides, and a model then scores
by recognising people. Keep people apart instead (`split_by_person` goes by `person_id` in the same way):

```python
from fer_data import split_by_subject

parts = split_by_subject(dataset["train"], fractions={{"train": 0.85, "development": 0.15}}, seed=7)
```"""
_SHOWN = {
    VIDEOS: "frame as a player",
    PICTURES: "picture as a viewer",
    BOTH: "frame or picture as a player or viewer",
}
_PIXELS = {"square": "with square pixels", "stored": "with pixels as they are stored"}
_WAYS = {
    "area": "averaging over areas",
    "given": "keeping the bytes of crops of that side, averaging larger ones over areas and enlarging smaller ones",
    "unchanged": "the base crops' own bytes",
}
_FRAMES_NEAR = """\
Neighbouring frames of a video are
near copies: count people and videos, not frames, when judging how much data there is."""
_PICTURES_NEAR = """\
Pictures of one person are
alike: where people are known, count them, not pictures, when judging how much data there is."""
_BOTH_NEAR = """\
Neighbouring frames of a video are
near copies: count people, videos and single pictures, not rows, when judging how much data there is."""
_WORDS = {
    VIDEOS: {"row": "frame", "kin": "neighbouring frames", "near": _FRAMES_NEAR},
    PICTURES: {"row": "picture", "kin": "pictures", "near": _PICTURES_NEAR},
    BOTH: {"row": "frame and picture", "kin": "neighbouring frames", "near": _BOTH_NEAR},
}


def card(
    splits: Sequence[CardSplit],
    features: Features,
    provenance: Mapping[str, Any],
    balance: Mapping[str, Any],
    *,
    pictures: Collection[str] = (),
) -> str:
    """Return the README.md of a published dataset; `pictures` are the names of those beside it."""
    classes, footage = features["expression"]["names"], footage_of_all(splits)
    sections = [
        f"---\n{front_matter(splits, features, provenance)}\n---",
        _TITLE.format(**provenance),
        _opening(provenance, footage),
        facts(splits, provenance),
        _pictures(splits, classes, pictures),
        _use(splits, len(classes), provenance, balance),
        _counts(splits, classes),
        labels_section(splits, classes, provenance),
        _balance(balance),
        _left_out(provenance["left_out"], footage),
        _near_duplicates(provenance["near_duplicates"]),
        _several_names(provenance["leakage"]),
        _made(provenance, footage),
        collection(provenance),
        _SPLITTING.format(**_WORDS[footage]),
        intended_use(_WORDS[footage]),
        limits(splits, classes, provenance),
        answering(provenance),
        _licence(provenance["licence"]),
        citing(provenance),
        verifying(provenance),
        _provenance(provenance),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _use(
    splits: Sequence[CardSplit], classes: int, provenance: Mapping[str, Any], balance: Mapping[str, Any]
) -> str:
    names = [split.name for split in splits]
    example = LoaderExample(
        path=str(provenance["resolution"]),
        resolution=provenance["resolution"],
        split="train" if "train" in names else names[0],
        task=provenance["params"]["dataset"]["task"],
        classes=classes,
        strategy=balance["strategy"],
    )
    return _USE.format(
        oldest=OLDEST_DATASETS, program=example.program(), path=example.path, split=example.split
    )


def _opening(provenance: Mapping[str, Any], footage: Footage) -> str:
    kind = "Aligned faces" if provenance["crops"]["own"] else "Face crops, as they were given,"
    labels = "per-frame labels" if footage == VIDEOS else f"labels of {footage.rows}"
    rendered = (
        " **The faces are rendered**: nobody is in these pictures, and a model trained on them knows no real face."
        if is_rendered(provenance)
        else ""
    )
    return f"{kind} with {labels}, made by fer-data {provenance['fer_data']}.{rendered}"


def _pictures(splits: Sequence[CardSplit], classes: Sequence[str], names: Collection[str]) -> str:
    """Return the pictures beside the card; what they show stands in words for whoever cannot see them."""
    words = {
        LABELS_PICTURE: f"Bars of the labels of each split. {labels_in_words(splits, classes)}",
        FACES_PICTURE: "A sheet of faces of the dataset, each of another person, with their labels",
    }
    shown = (f"![{markdown(text)}]({name})" for name, text in words.items() if name in names)
    return "\n\n".join(shown)


def _counts(splits: Sequence[CardSplit], classes: Sequence[str]) -> str:
    footage = footage_of_all(splits)
    clips = [] if footage.clips is None else [footage.clips]
    people = markdown_table(
        ["split", "rows" if clips else footage.rows, "originals", "augmented copies", "people", *clips],
        (
            [
                s.name,
                s.rows,
                s.rows - sum(s.copies),
                sum(s.copies),
                s.people(),
                *([s.videos] if clips else []),
            ]
            for s in splits
        ),
    )
    parts = ["## Splits and classes", people, *_corpora(splits)]
    for split in (split for split in splits if any(split.originals)):
        parts += _class_table(split, classes, footage)
    parts += other_labels(splits, footage)
    bare = [f"`{split.name}`" for split in splits if not any(split.originals)]
    if bare and len(bare) < len(splits):
        parts.append(f"{' and '.join(bare)}: no expression labels.")
    return "\n\n".join(parts)


def _class_table(split: CardSplit, classes: Sequence[str], footage: Footage) -> Iterator[str]:
    """Yield how the expressions of a split are spread, and the table of them."""
    ratio = imbalance_ratio(split.originals)
    yield (
        f"`{split.name}`: largest class over smallest "
        f"{'undefined, a class is empty' if ratio is None else f'{ratio:.1f}'}"
        f"{_without_label(split.unlabelled, footage)}; the effective number of samples is that of Cui et al. "
        f"2019 with beta = {BETA}."
    )
    rows = zip(classes, split.originals, shares(split.originals), split.copies, strict=True)
    yield markdown_table(
        ["class", footage.rows, "share", "effective number", "augmented copies"],
        (
            [markdown(name), n, f"{share:.1%}", f"{effective_number(n):.0f}", more]
            for name, n, share, more in rows
        ),
    )


def _corpora(splits: Sequence[CardSplit]) -> list[str]:
    """Return a table of what each corpus has in each split; nothing of a dataset of one."""
    names = sorted({name for split in splits for name in split.corpora})
    if len(names) < 2:
        return []
    rows = [
        [name, split.name, split.corpora[name][0], split.people(name)]
        for name in names
        for split in splits
        if name in split.corpora
    ]
    text = "It is made of several corpora; the column `corpus` names that of each row."
    return [text, markdown_table(["corpus", "split", "rows", "people"], rows)]


def _without_label(count: int, footage: Footage) -> str:
    return f", {count} {footage.rows} without an expression" if count else ""


def _balance(balance: Mapping[str, Any]) -> str:
    how = {
        "augment": "augmented copies in `train`, so train on it as it is: weighting it as well would balance it twice",
        "weights": "class weights for the loss, in `balance.json`; there are no copies",
        "sampler": "class weights for a sampler, in `balance.json`; there are no copies",
        "none": "nothing: the classes are as they were found",
    }
    return f"Class imbalance is met, once, by {how[balance['strategy']]}."


def _left_out(left_out: Mapping[str, Any], footage: Footage) -> str:
    held = {VIDEOS: "video", PICTURES: "picture"}.get(footage, "clip or picture")
    labels = [f"{count} {footage.rows}' {task}" for task, count in left_out["labels"].items() if count]
    lines = []
    if labels:
        lines.append(
            f"Labels left out, because their task puts the {held} in another split: {', '.join(labels)}."
        )
    if left_out["rows"]:
        lines.append(
            f"{left_out['rows']} rows were left out, because their {held}, or their person in another one, is "
            "validation or test for an evaluated task."
        )
    if left_out["near_duplicates"]:
        lines.append(
            f"{left_out['near_duplicates']} training rows were left out as near-duplicates of rows that are here."
        )
    if left_out["classes"]:
        lines.append(
            f"{left_out['classes']} expression labels lie beyond the listed classes and were left out."
        )
    return "\n".join(lines)


def _near_duplicates(counts: Mapping[str, Any]) -> str:
    """Return what was found among the pictures; nothing of a dataset of videos alone."""
    if not counts:
        return ""
    across = [
        f"{count:,} {' and '.join(names.split('+'))}" for names, count in counts["across_corpora"].items()
    ]
    corpora = f" Groups that join corpora: {', '.join(across)}." if across else ""
    return (
        "## Near-duplicates\n\n"
        f"{counts['compared']:,} pictures were compared by a hash of 64 bits; of the {counts['candidate_pairs']:,} "
        f"pairs that differ in at most {counts['max_distance']}, mirror images included, those whose pixels differ by "
        f"at most {counts['max_difference']} are near-duplicates, {counts['confirmed_pairs']:,}: {counts['rows']:,} "
        f"pictures in {counts['groups']:,} groups (`duplicate_group`).{_more(counts['rows_with_more_candidates'])} "
        f"{counts['close_to_held_out']:,} training pictures left "
        f"because one of validation or test is one, {counts['other_stays']:,} because another training picture stays "
        "(one with a label, then of most raters, then the largest, then the first id). Validation and test stay "
        f"whole: {counts['held_out_rows']:,} of their pictures are in such groups.{corpora} Frames of one clip are not "
        "compared."
    )


def _several_names(leakage: Mapping[str, Any]) -> str:
    """Return who was confirmed to be one person; nothing where nobody was."""
    if not leakage["confirmed_pairs"]:
        return ""
    across = leakage["people_in_two_splits"]
    warning = (
        f"**{across:,} of these people are in two splits**, which `provenance.json` names (`leakage`): scores flatter "
        "a model that was trained on them."
        if across
        else "None of them is in two splits."
    )
    return (
        "## People under several names\n\n"
        f"A person looked at {leakage['confirmed_pairs']:,} pairs of subjects and confirmed that each is one person: "
        f"{leakage['confirmed_people']:,} people with several names. The column `person_id` has one name for each of "
        f"them, and `subject_id` elsewhere. {warning}"
    )


def _more(count: int) -> str:
    """Return what is said where pictures were held against the closest candidates alone."""
    return (
        f" {count:,} pictures are close to so many that they were held against the closest alone."
        if count
        else ""
    )


def _made(provenance: Mapping[str, Any], footage: Footage) -> str:
    align, images = provenance["params"]["align"], provenance["pictures"]
    text = ["## How it was made", crops_text(provenance, single=footage == PICTURES)]
    if images is not None:
        way = _WAYS[images["method"]]
        kind = "PNG" if images["encoder"] == "png" else f"JPEG of quality {images['quality']}"
        text.append(f"{images['to_px']} px by {way}; what is encoded anew is {kind}.")
    text.append(
        f"`box` and `landmarks` are in pixels of the source {_SHOWN[footage]} shows it: upright, "
        f"{_PIXELS[align.get('pixel_aspect', 'stored')]}, or in those of the given crop; `native_px` is the side that "
        f"a picture has in those pixels ({provenance['crops']['enlarged']:,} originals have fewer there than here); an "
        "augmented copy keeps those of its parent (`parent_id`), and `augmentation` records what was done to it. "
        "`face_blur` (sigma of the blur of the face's edges, in eye distances), `face_brightness` and `face_contrast` "
        "(median and range of its grey values) are measured inside the face, alike at every size of it; "
        "`outside_fraction` is the share of a crop beyond the picture; `sharpness` and `brightness` are of the whole "
        "crop. `rows.parquet` lists every row of the task "
        "with the state it ended in, so that rows without a face can still be counted and scored."
    )
    return "\n\n".join(text)


def _licence(licence: Mapping[str, Any]) -> str:
    return f"## Licence: {markdown(licence['pictures'])}\n\n{licence_text(licence)}"


def _provenance(provenance: Mapping[str, Any]) -> str:
    weights = provenance["detector"]["weights_sha256"]
    facts = [
        ("geometry of the crops", f"`{provenance['geometry']}`"),
        ("detector's weights SHA-256", f"`{weights}`" if weights else "none: nothing was detected"),
        *((f"code of `{stage}`", f"`{sha[:16]}`") for stage, sha in provenance["code"].items()),
        *_versions(provenance["libraries"]),
    ]
    return f"## Provenance\n\nIn full in `provenance.json`.\n\n{markdown_table(['what', 'value'], facts)}"


def _versions(libraries: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return each library with its version, or with its versions by stage where stages ran with different ones.

    >>> _versions({"align": {"av": "1", "numpy": "2.4"}, "publish": {"numpy": "2.5"}})
    [('av', '1'), ('numpy', '2.4 (align), 2.5 (publish)')]
    """
    found: dict[str, dict[str, list[str]]] = {}
    for stage, versions in libraries.items():
        for library, version in versions.items():
            found.setdefault(library, {}).setdefault(version, []).append(stage)
    texts = {
        library: ", ".join(f"{version} ({' and '.join(stages)})" for version, stages in versions.items())
        if len(versions) > 1
        else next(iter(versions))
        for library, versions in sorted(found.items())
    }
    return list(texts.items())
