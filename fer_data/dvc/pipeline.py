"""Which stages of a lock file the pipeline beside it still has: DVC keeps the records of those that it lost."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fer_data.errors import ReadingError
from fer_data.shell.files.plain_yaml import MAX_BYTES, PlainYamlError, load_plain
from fer_data.shell.files.reading import read_regular

__all__ = ["Pipeline", "read_pipeline"]


class Pipeline:
    """The stages of a `dvc.yaml`, with the params that name the items of its matrices and loops.

    Args:
        stages: by name; None where nobody can tell, so that every stage counts as one of them.
        params: of the `params.yaml` beside it.
    """

    def __init__(self, stages: Mapping[str, Any] | None, params: Mapping[str, Any]) -> None:
        self._stages, self._params = stages, params

    def has(self, stage: str) -> bool:
        """Say whether it has a stage of a lock file, such as `ingest` or `multires@64`.

        >>> pipeline = Pipeline({"ingest": {}, "multires": {"matrix": {"px": "${resolutions}"}}}, {"resolutions": [64]})
        >>> [pipeline.has(name) for name in ("ingest", "multires@64", "multires@32", "sample")]
        [True, True, False, False]
        """
        if self._stages is None:
            return True
        name, _, item = stage.partition("@")
        items = self._items(self._stages[name]) if name in self._stages else set()
        return items is None or item in items

    def _items(self, stage: Any) -> set[str] | None:  # noqa: ANN401 - what a YAML file holds
        """Return the items of a stage, "" of one without a matrix or loop; None where they are not told simply."""
        if not isinstance(stage, Mapping):
            return None
        if "foreach" in stage:
            looped = self._value(stage["foreach"])
            return set(map(str, looped)) if isinstance(looped, Mapping) else None
        axes = stage.get("matrix")
        if axes is None:
            return {""}
        if not isinstance(axes, Mapping) or len(axes) != 1:
            return None
        values = self._value(next(iter(axes.values())))
        if not isinstance(values, list) or not all(isinstance(value, int | str) for value in values):
            return None
        return {str(value) for value in values}

    def _value(self, written: Any) -> Any:  # noqa: ANN401 - what a YAML file holds
        """Return a value, looked up in the params where it is written as `${section.key}`."""
        if not (isinstance(written, str) and written.startswith("${") and written.endswith("}")):
            return written
        found: Any = self._params
        for key in written[2:-1].strip().split("."):
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def read_pipeline(folder: Path) -> Pipeline:
    """Return the pipeline of a folder; one that has every stage where its file is missing or damaged."""
    stages = _mapping(folder / "dvc.yaml").get("stages")
    return Pipeline(stages if isinstance(stages, Mapping) else None, _mapping(folder / "params.yaml"))


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        found = load_plain(read_regular(path, MAX_BYTES).decode("utf-8"))
    except (ReadingError, UnicodeDecodeError, PlainYamlError):
        return {}
    return found if isinstance(found, Mapping) else {}
