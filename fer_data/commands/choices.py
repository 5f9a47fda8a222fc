"""Options that have a few values: a wrong one is refused with the one that is near, and shells complete them."""

from collections.abc import Sequence

from fer_data.core.labels.tasks import TASKS

__all__ = ["ASKED_TASKS", "DEVICES", "check_choice"]

ASKED_TASKS = (*TASKS, "multi_task")
"""What `--task` may be where all tasks together are one as well."""

DEVICES = ("cpu", "cuda")


def check_choice(value: str, expected: Sequence[str], option: str) -> None:
    """Refuse a value that is none of a few, before anything is loaded; `option` is its name, such as `--task`.

    Raises:
        ParamsError: naming the one that may be meant, or those that there are.
    """
    if value not in expected:
        from fer_data.errors import ParamsError
        from fer_data.shell.suggestions import did_you_mean, quoted

        what = option.removeprefix("--")
        raise ParamsError(f"Unknown {what} {quoted(value)} ({option}). {did_you_mean(value, expected)}")
