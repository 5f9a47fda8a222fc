"""The card of a dataset as its repository on the Hub shows it: read by `load_dataset`, its files Parquet."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from huggingface_hub import DatasetCard

from fer_data.errors import DatasetError

__all__ = ["hub_card"]

_LOADED = re.compile(r'load_from_disk\("[^"\n]*"\)')
_OF_THE_FOLDER = "fer_data.open_dataset("
"""In a paragraph on the Arrow files, which are not in the repository."""

_HOW = """\
This repository holds the dataset as Parquet files, which the Hub's viewer shows; rows, features and pictures are those
of `provenance.json`, whose `files` are the Arrow files that `load_from_disk` reads where it was made."""


def hub_card(path: Path, repo: str, files: Mapping[str, Sequence[Path]]) -> str:
    """Return the card at `path` for a repository that has these Parquet files of each split.

    Raises:
        DatasetError: it has no front matter that can be read.
    """
    try:
        card = DatasetCard(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} has no front matter in YAML: {' '.join(str(error).split())[:200]}."
        ) from error
    card.data["configs"] = [
        {
            "config_name": "default",
            "data_files": [{"split": name, "path": f"data/{name}-*.parquet"} for name in files],
        }
    ]
    info = card.data.get("dataset_info")
    if isinstance(info, dict):
        size = sum(one.stat().st_size for paths in files.values() for one in paths)
        card.data["dataset_info"] = {**info, "download_size": size}
    return f"---\n{card.data.to_yaml()}\n---\n{_body(card.text, repo)}"


def _body(text: str, repo: str) -> str:
    """Return the text of the card, its program reading the repository."""
    title, _, rest = text.lstrip().partition("\n")
    paragraphs = rest.split("\n\n")
    rest = "\n\n".join(one for one in paragraphs if _OF_THE_FOLDER not in one)
    rest = _LOADED.sub(f'load_dataset("{repo}")', rest)
    rest = rest.replace("from datasets import load_from_disk", "from datasets import load_dataset")
    return f"{title}\n\n{_HOW}\n{rest}"
