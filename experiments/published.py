"""Balance and publish one variant of a dataset, as the stages do."""

from pathlib import Path

from fer_data.balance import balance
from fer_data.params.document import Params
from fer_data.publish import PublishInputs, publish

__all__ = ["publish_balanced"]


def publish_balanced(inputs: PublishInputs, output: Path, resolution: int, params: Params) -> None:
    """Write `inputs.balanced` from faces and variant, and publish all three as `output/<resolution>`."""
    balance(
        inputs.faces,
        inputs.variant,
        inputs.balanced,
        resolution=resolution,
        balance=params.balance,
        source=params.source,
    )
    publish(inputs, output / str(resolution), resolution=resolution, params=params)
