"""The card of a converted dataset: that of the dataset, with how its files are read now."""

import re
from collections.abc import Sequence
from pathlib import Path

from huggingface_hub import DatasetCard

from fer_data.errors import DatasetError

__all__ = ["converted_card"]

_READING = re.compile(r"Read it with `datasets`.*?(?=^## )", re.DOTALL | re.MULTILINE)

_PARQUET = """\
Parquet files, one a shard, made of version {version} of the dataset by `fer-data convert`; rows, features and pictures
are those that `provenance.json` states.

```python
from datasets import load_dataset

dataset = load_dataset("{name}")  # this folder
```

"""
_WEBDATASET = """\
Tar files in the form of [WebDataset](https://github.com/webdataset/webdataset), one a shard, made of version {version}
of the dataset by `fer-data convert`: a picture and a JSON document a row, `train-000000000.{suffix}` and
`train-000000000.json`, with every other column. NaN stands where a number is missing, as Python's JSON writes it, and
`expression` is a place in the `classes` of `balance.json`.

```python
from datasets import load_dataset

files = {{split: f"{name}/data/{{split}}-*.tar" for split in [{splits}]}}
dataset = load_dataset("webdataset", data_files=files)
```

"""


def converted_card(
    readme: Path, name: str, *, splits: Sequence[str], suffix: str | None, version: str
) -> str:
    """Return the card at `readme` for a folder of Parquet files, or with the suffix of their pictures, of tar files.

    Raises:
        DatasetError: it has no front matter that can be read.
    """
    try:
        card = DatasetCard(readme.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DatasetError(f"{readme} is no card: {reason}. Publish the dataset again.") from error
    ending = "parquet" if suffix is None else "tar"
    files = [{"split": split, "path": f"data/{split}-*.{ending}"} for split in splits]
    card.data["configs"] = [{"config_name": "default", "data_files": files}]
    if suffix is not None:
        card.data["dataset_info"] = None  # its columns are those of the JSON documents
    listed = ", ".join(f'"{split}"' for split in splits)
    text = _PARQUET if suffix is None else _WEBDATASET
    reading = text.format(name=name, version=version, suffix=suffix, splits=listed)
    body = _READING.sub(lambda _: reading, card.text.lstrip(), count=1)
    return f"---\n{card.data.to_yaml()}\n---\n\n{body}"
