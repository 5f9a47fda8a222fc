"""The documents that `--json` prints, by command: one model for each, out of which its JSON Schema is made.

docs/json.md says what the keys mean. A test holds that page, and every document that any test prints, against these
models: a key that is not here, or a value of another type, is a fault.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from fer_data.commands.documents.answers import (
    Checked,
    Compared,
    Embedded,
    Ensemble,
    Exported,
    Material,
    Noise,
    Predicted,
    Probe,
    Sensitivity,
    Submitted,
)
from fer_data.commands.documents.corpora import (
    Check,
    Conversion,
    Estimate,
    Forgetting,
    Lack,
    ParamsCheck,
    Pushed,
    Released,
    Stored,
    Verified,
)
from fer_data.commands.documents.datasets import Diff, Leaks, Replay, Stats

__all__ = ["DOCUMENTS", "schema_of"]

DOCUMENTS: Mapping[str, Any] = {
    "check": Check | ParamsCheck,
    "compare": dict[str, Compared],
    "convert": Conversion,
    "diff": Diff,
    "doctor": list[Lack],
    "embed": Embedded,
    "ensemble": Ensemble,
    "estimate": Estimate,
    "export": Exported,
    "forget": Forgetting,
    "leaks": Leaks,
    "noise": Noise,
    "predict": Material | Predicted,
    "probe": Probe,
    "push": Pushed,
    "release": Released,
    "replay": Replay,
    "sensitivity": Sensitivity,
    "stats": Stats,
    "store show": list[Stored],
    "submit": Submitted | Checked,
    "verify": Verified,
}
"""By the name of the command."""


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of what a command prints with `--json`."""
    schema = TypeAdapter(DOCUMENTS[command]).json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
