"""The whole of params.yaml, and the rules that hold between its sections."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from fer_data.params.align import AlignParams
from fer_data.params.balance import BalanceParams
from fer_data.params.compute import ComputeParams
from fer_data.params.evaluate import EvaluateParams
from fer_data.params.load import Section, read_document, validate_section
from fer_data.params.multires import MultiresParams, Resolutions
from fer_data.params.publish import PublishParams
from fer_data.params.sample import SampleParams
from fer_data.params.source import SourceParams
from fer_data.params.train import TrainParams

__all__ = ["Params", "load_params"]


class Params(Section):
    """The whole of params.yaml."""

    source: SourceParams
    sample: SampleParams
    align: AlignParams
    resolutions: Resolutions
    multires: MultiresParams
    balance: BalanceParams
    publish: PublishParams
    train: TrainParams
    evaluate: EvaluateParams
    compute: ComputeParams

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


def load_params(path: Path = Path("params.yaml")) -> Params:
    """Read and check a whole params file.

    Raises:
        ParamsError: something in it is wrong; the message names the key in full.
    """
    return validate_section(str(path), Params, read_document(path))
