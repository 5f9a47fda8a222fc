"""The whole of params.yaml, and the rules that hold between its sections."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from fer_data.core.labels.tasks import TASKS
from fer_data.errors import ParamsError
from fer_data.execution.compute import ComputeParams
from fer_data.params.align import AlignParams
from fer_data.params.balance import BalanceParams
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.multires import MultiresParams, Resolutions
from fer_data.params.publish import PublishParams
from fer_data.params.sample import SampleParams
from fer_data.params.source import DatasetParams, SourceParams, Sources, source_of
from fer_data.params.train import TrainParams
from fer_data.shell.sections.load import Section, read_document, validate_section
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["Params", "load_params", "validate_document"]


class Params(Section):
    """The whole of params.yaml."""

    sources: Sources
    dataset: DatasetParams
    sample: SampleParams
    align: AlignParams
    resolutions: Resolutions
    multires: MultiresParams
    balance: BalanceParams
    publish: PublishParams
    train: TrainParams
    evaluate: EvaluateParams
    compute: ComputeParams

    def source(self, name: str | None = None) -> SourceParams:
        """Return how a source is read; without a name the only one.

        Raises:
            ParamsError: there is no such source, or there are several and no name.
        """
        return source_of(self.sources, self.dataset, name)

    @model_validator(mode="after")
    def _check_prefixes(self) -> Self:
        first: dict[str, str] = {}
        for name, source in self.sources.items():
            other = first.setdefault(source.prefix, name)
            if other != name:
                raise ValueError(
                    f"sources.{name}.prefix ({source.prefix!r}) must not be that of sources.{other}, or their ids "
                    f"could be the same; give the newer one a prefix of its own, such as {name}-"
                )
        return self

    @model_validator(mode="after")
    def _check_licences(self) -> Self:
        unknown = [name for name in self.publish.licences if name not in self.sources]
        if unknown:
            raise ValueError(
                f"publish.licences has {quoted(unknown[0])}, which must be one of sources. "
                f"{did_you_mean(unknown[0], self.sources)}"
            )
        return self

    @model_validator(mode="after")
    def _check_resolutions(self) -> Self:
        above = [px for px in self.resolutions if px > self.align.size]
        if above:
            raise ValueError(
                f"resolutions has {above[0]}, above align.size ({self.align.size}); crops are never enlarged"
            )
        if len(set(self.resolutions)) != len(self.resolutions):
            raise ValueError(f"resolutions {self.resolutions} must not repeat a value")
        if self.train.resolution not in self.resolutions:
            raise ValueError(
                f"train.resolution ({self.train.resolution}) must be one of resolutions {self.resolutions}"
            )
        return self

    @model_validator(mode="after")
    def _check_tasks(self) -> Self:
        evaluated = TASKS if self.dataset.task == "multi_task" else (self.dataset.task,)
        foreign = [task for task in self.train.tasks if task not in evaluated]
        if foreign:
            raise ValueError(
                f"train.tasks has {foreign[0]}, but dataset.task ({self.dataset.task}) does not evaluate it: its "
                "training split may hold validation videos of that task; take it out, or set dataset.task to multi_task"
            )
        return self


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check a whole params file.

    Raises:
        ParamsError: something in it is wrong; the message names the key in full.
    """
    return validate_document(read_document(path), path)


def validate_document(document: object, path: Path) -> Params:
    """Check the values of a whole params file; `path` is named in errors.

    Raises:
        ParamsError: something in it is wrong; the message names the file and the key in full.
    """
    try:
        return validate_section("", Params, document)
    except ParamsError as error:
        raise ParamsError(f"{path}: {error}") from error
