"""Every message on the page of troubleshooting is one that the code says, by the parts that never change."""

import ast
import errno
import os
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from fer_data.errors import OutputError, ParamsError, WeightsError
from fer_data.model.description import check_model
from fer_data.params.document import validate_document
from fer_data.params.profiles import demo_text
from fer_data.shell.faults import explained
from fer_data.shell.files.outputs import new_folder
from fer_data.shell.files.plain_yaml import load_plain

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^### (.*)\n\n```text\n(.*)\n```\n\n(.+)", PAGE, re.MULTILINE)
MESSAGES = {title: message for title, message, _ in ENTRIES}
MADE = (
    "An unknown key",
    "A value out of range",
    "A model is missing",
    "The output holds an input",
    "The disk is full",
    "No permission",
)
"""Messages that several places put together, or pydantic or the system; they are made and compared."""

LEAST_SHARE = 0.4
"""Of a message that must be constant text of one place in the code."""


@cache
def texts() -> dict[tuple[str, ...], int]:
    """Return each text of the code, as its constant parts in order, and how long they are together."""
    paths = [path for folder in ("fer_data", "train", "stages") for path in (ROOT / folder).rglob("*.py")]
    trees = (ast.parse(path.read_text("utf-8")) for path in paths)
    found = {parts for tree in trees for node in ast.walk(tree) if (parts := tuple(of(node)))}
    return {parts: sum(map(len, parts)) for parts in found}


def of(node: ast.AST) -> Iterator[str]:
    """Yield the constant parts of a text; nothing of anything else."""
    for part in node.values if isinstance(node, ast.JoinedStr) else [node]:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def share(parts: Sequence[str], message: str) -> float:
    """Return how much of a message the parts are, in order; 0 where one is missing before the message breaks off.

    >>> share(["The ", " is missing"], "The file is missing")
    0.7894736842105263
    >>> share(["The ", " is missing. Restore it."], "The file is missing.")
    0.8
    """
    place = said = 0
    for part in parts:
        at = message.find(part, place)
        if at < 0:
            ends = (k for k in range(place, len(message)) if part.startswith(message[k:]))
            at = next(ends, -1)
            return (said + len(message) - at) / len(message) if at >= 0 else 0.0
        place, said = at + len(part), said + len(part)
    return said / len(message)


def said_by_the_code(message: str) -> bool:
    """Say whether one text of the code makes up the better part of a message."""
    least = LEAST_SHARE * len(message)
    return any(share(parts, message) >= LEAST_SHARE for parts, length in texts().items() if length >= least)


@pytest.mark.parametrize("title", [title for title in MESSAGES if title not in MADE])
def test_a_message_on_the_page_is_one_of_the_code(title: str) -> None:
    """Whoever pastes what a terminal shows into the search finds its entry."""
    assert said_by_the_code(MESSAGES[title])


def refusal(key: str, value: object, instead: str | None = None) -> str:
    """Return what is said of the demo's params with another value of a key of `balance`, or of another key."""
    params = load_plain(demo_text())
    params["balance"].pop(instead, None)
    params["balance"][key] = value
    with pytest.raises(ParamsError) as refused:
        validate_document(params, Path("params.yaml"))
    return str(refused.value)


def test_messages_that_are_put_together_are_those_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several places, of pydantic and of the operating system."""
    monkeypatch.chdir(tmp_path)
    video = Path("data/sample/batch1/video3.mp4")
    video.parent.mkdir(parents=True)
    video.touch()
    with pytest.raises(WeightsError) as missing:
        check_model(Path("models/senet50"))
    with (
        pytest.raises(OutputError) as held,
        new_folder(Path("data"), "predictions", name="--output", inputs=[video]),
    ):
        pass
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "data/faces/a.arrow")
    denied = OSError(errno.EACCES, os.strerror(errno.EACCES), "/data/Aff-Wild2/batch1/1.mp4")
    assert {title: MESSAGES[title] for title in MADE} == {
        "An unknown key": refusal("strateg", "augment", instead="strategy"),
        "A value out of range": refusal("target_ratio", 3.0),
        "A model is missing": str(missing.value),
        "The output holds an input": str(held.value),
        "The disk is full": explained(full),
        "No permission": explained(denied),
    }


@pytest.mark.parametrize(
    "message",
    [
        "params.yaml: balance.strateg is not known. Perhaps you meant 'balance.strategy'?",
        "The output (predictions) is there already. Choose another folder.",
        "No weights were found, so nothing can be trained.",
    ],
)
def test_a_message_that_the_code_does_not_say_is_found_out(message: str) -> None:
    """The texts of the code do not fit everything."""
    assert not said_by_the_code(message)


def test_each_entry_has_a_message_and_a_remedy() -> None:
    """At least the 25 messages that users meet most."""
    assert len(ENTRIES) == len(re.findall(r"^### ", PAGE, re.MULTILINE))
    assert len(ENTRIES) >= 25
    assert all(remedy for _, _, remedy in ENTRIES)
