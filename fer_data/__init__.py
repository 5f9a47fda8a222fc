"""Reproducible datasets for facial-expression research, from raw Aff-Wild2 to a trained SENet-50.

Importing this package is cheap: what needs torch, datasets or a detector is imported when it is first used. It tells
libraries that report how they are used not to; ONNX Runtime hears it where it is loaded later.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_data.errors import FerDataError as FerDataError
    from fer_data.published.opening import open_dataset as open_dataset
    from fer_data.published.subject_splits import split_by_person as split_by_person
    from fer_data.published.subject_splits import split_by_subject as split_by_subject

for _name, _value in {
    "DVC_NO_ANALYTICS": "1",
    "NO_ALBUMENTATIONS_UPDATE": "1",  # its import asks the network for a newer version
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime keeps events with paths and a number of the device, and sends them
    "RAY_USAGE_STATS_ENABLED": "0",
}.items():
    os.environ.setdefault(_name, _value)

__version__ = "0.1.0"
__all__ = ["FerDataError", "__version__", "open_dataset", "split_by_person", "split_by_subject"]

_LAZY = {
    "FerDataError": "fer_data.errors",
    "open_dataset": "fer_data.published.opening",
    "split_by_person": "fer_data.published.subject_splits",
    "split_by_subject": "fer_data.published.subject_splits",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module attribute can be anything
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'fer_data' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
