"""Write what tells people and programs of a published dataset: card, pictures, licence and Croissant file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fer_data.execution.beside import Beside
from fer_data.pictures.images import encode_jpeg
from fer_data.publish.card_plots import plot_labels
from fer_data.publish.card_tables import CardSplit, footage_of_all
from fer_data.publish.cards import card
from fer_data.publish.croissant_facts import published_croissant
from fer_data.publish.split_tally import SplitTally
from fer_data.published.card_text import FACES_PICTURE, LABELS_PICTURE, LICENCE_FILE
from fer_data.published.croissant import CROISSANT_FILE, DescribedFile
from fer_data.published.feature_forms import Features
from fer_data.published.licence_text import licence_text
from fer_data.shell.files.atomic import file_sha256, write_json
from fer_data.tables.schemas import FACE_ROWS

__all__ = ["begin_labels", "write_card"]

_QUALITY = 90
"""Of the sheet of faces, as JPEG: a PNG of it takes seven times the space, in every version of every resolution."""


def write_card(
    folder: Path,
    tallies: Mapping[str, SplitTally],
    cards: Sequence[CardSplit],
    labels: bytes | None,
    *,
    features: Features,
    provenance: Mapping[str, Any],
    balance: Mapping[str, Any],
) -> None:
    """Write all of it into a folder whose shards and `rows.parquet` are whole; `labels` is the picture of labels.

    `provenance.json` comes after, with hashes of all files; none of these names another one of them by its hash.
    """
    classes = features["expression"]["names"]
    pictures = list(_write_pictures(folder, tallies, provenance, labels))
    (folder / LICENCE_FILE).write_text(_licence(provenance), encoding="utf-8")
    text = card(cards, features, provenance, balance, pictures=pictures)
    (folder / "README.md").write_text(text, encoding="utf-8")
    files = list(_data_files(folder, tallies))
    document = published_croissant(cards, classes, provenance, files=files, rows=FACE_ROWS)
    write_json(folder / CROISSANT_FILE, document)


def begin_labels(
    tallies: Mapping[str, SplitTally], classes: Sequence[str], title: str, beside: Beside
) -> Callable[[], bytes | None]:
    """Begin to draw the labels of all that was counted, and return what waits for the picture."""
    cards = [split.card(name, len(classes), num_bytes=0) for name, split in tallies.items()]
    title = f"{title}: {footage_of_all(cards).rows} by label"
    return beside.call(plot_labels, cards, classes, title)


def _write_pictures(
    folder: Path, tallies: Mapping[str, SplitTally], provenance: Mapping[str, Any], labels: bytes | None
) -> Iterator[str]:
    """Write the pictures beside the card and yield their names; faces are shown where the licence class is open."""
    if labels is not None:
        (folder / LABELS_PICTURE).write_bytes(labels)
        yield LABELS_PICTURE
    split, tally = next(iter(tallies.items()))
    sheet = tally.faces.sheet(split) if provenance["licence"]["kind"] == "open" else None
    if sheet is not None:
        (folder / FACES_PICTURE).write_bytes(encode_jpeg(sheet, _QUALITY))
        yield FACES_PICTURE


def _licence(provenance: Mapping[str, Any]) -> str:
    licence = provenance["licence"]
    title = f"# Licence of {provenance['name']}, version {provenance['version']}"
    return f"{title}\n\n{licence_text(licence)}\n"


def _data_files(folder: Path, tallies: Mapping[str, SplitTally]) -> Iterator[DescribedFile]:
    rows = folder / "rows.parquet"
    yield DescribedFile(rows.name, rows.stat().st_size, file_sha256(rows))
    for split, tally in tallies.items():
        for name in tally.writer.rows_by_shard:
            shard = folder / split / name
            sha256 = tally.writer.sha256_by_shard.get(name) or file_sha256(shard)
            yield DescribedFile(f"{split}/{name}", shard.stat().st_size, sha256)
