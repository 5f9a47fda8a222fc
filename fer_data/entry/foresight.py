"""What the first stage that runs can know of the later ones: nothing is found wrong hours after it could be.

No stage depends on this module, nor on a section that only a later stage reads: a check that refuses or warns changes
no byte of what a stage writes. So `shell.run_stage` names it in a text, which `dvc.yaml` and the hashes of code skip.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from fer_data.entry.needs import STAGE_ORDER, unmet_needs
from fer_data.errors import ParamsError
from fer_data.params.document import Params, load_params
from fer_data.shell.ancestry import ancestors
from fer_data.shell.dvc_stage import runner
from fer_data.shell.shown import printable
from fer_data.shell.suggestions import did_you_mean, quoted

__all__ = ["foretell"]

_RUN_FILE = Path(".dvc/tmp/fer-data-foretold")
"""Which run of DVC has been warned: every stage is a process of its own, and one warning is enough."""


def foretell(stage: str, path: Path = Path("params.yaml")) -> None:
    """Check the whole of params.yaml, and say once a run what stages after this one will not find.

    Raises:
        ParamsError: something in it is wrong, in whatever section; the message names the key in full.
    """
    params = load_params(path)
    _check_class_map(params)
    if _is_told():
        return
    later = STAGE_ORDER[STAGE_ORDER.index(stage) + 1 :] if stage in STAGE_ORDER else STAGE_ORDER
    needs = [need for need in unmet_needs(params) if need.stage in later or need.stage == STAGE_ORDER[0]]
    if needs:
        said = " ".join(need.message for need in needs)
        print(
            printable(f"warning: a later stage will stop here. {said} See `fer-data doctor`."),
            file=sys.stderr,
        )


def _check_class_map(params: Params) -> None:
    """Refuse a class map that names what no source can have, where the kinds of all of them list their classes.

    The classes of the other kinds are known when their folders were read: `multires` sees those of all sources.
    """
    if not params.dataset.class_map:
        return
    from fer_data.core.labels.classes import in_dataset_order, unknown_names
    from fer_data.corpora.adapters import adapter_of

    tables = [adapter_of(params.source(name)).kind.table for name in params.sources]
    listed = [table.classes for table in tables if table is not None]
    given = [name for classes in listed for name in classes]
    foreign = unknown_names(params.dataset.class_map, given)
    if len(listed) == len(tables) and foreign:
        raise ParamsError(
            f"dataset.class_map names {', '.join(map(quoted, foreign))}, a class that no source has. "
            f"{did_you_mean(foreign[0], in_dataset_order(given))} Correct the name or take it out."
        )


def _is_told() -> bool:
    """Say whether an earlier stage of the same run of DVC has been here, or the first process of a training.

    A stage that is run by hand is the first.
    """
    if os.environ.get("LOCAL_RANK", "0") != "0":
        return True
    by = runner(ancestors())
    if by is None:
        return False
    run = f"{by.pid} {by.started}"
    with suppress(OSError, UnicodeDecodeError):
        if _RUN_FILE.read_text(encoding="utf-8") == run:
            return True
    with suppress(OSError):
        _RUN_FILE.write_text(run, encoding="utf-8")
    return False
