"""The hash of the modules that a module runs: one changed line of code is another result, a comment is not."""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from fer_data.errors import OutputError
from fer_data.shell.files.atomic import file_sha256, write_json

__all__ = ["source_closure", "source_hash"]

_PACKAGES = {"fer_data", "train"}

_MOST_KNOWN = 4096
"""Versions of files that stay known; all that are loaded are under 500."""


class _File(NamedTuple):
    """What counts of a source file: what it imports, and the SHA-256 of its syntax tree without docstrings."""

    imported: tuple[str, ...]
    tree_sha256: str


@cache
def source_hash(module: str) -> str:
    """Return the SHA-256 over the syntax trees of a module of ours and of all that it imports, directly or not.

    Comments, docstrings and formatting leave it as it is.
    """
    digest, before = hashlib.sha256(), len(_known())
    for name, path in sorted(source_closure(module).items()):
        digest.update(f"{name} {_read(path, path.stat().st_mtime_ns).tree_sha256}\n".encode())
    if len(_known()) > before:
        _keep(_known())
    return digest.hexdigest()


def source_closure(module: str, root: Path = Path(__file__).parents[2]) -> dict[str, Path]:
    """Return every module of ours that `module` can import when it runs, anywhere in it, by dotted name."""
    todo, seen, found = [module], set[str](), dict[str, Path]()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        path = _path(name, root)
        if path is not None:
            found[name] = path
            todo.extend(_read(path, path.stat().st_mtime_ns).imported)
            todo.extend(_parents(name))
    return found


def _path(name: str, root: Path) -> Path | None:
    if name.split(".", maxsplit=1)[0] not in _PACKAGES:
        return None
    stem = root.joinpath(*name.split("."))
    for candidate in (stem.with_suffix(".py"), stem / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _read(path: Path, modified_ns: int) -> _File:  # noqa: ARG001 - part of the cache's key
    """Return what counts of a file; it is read once a version, and taken apart unless an earlier process did so."""
    source = path.read_bytes()
    key, known = hashlib.sha256(source).hexdigest(), _known()
    if key not in known:
        known[key] = _taken_apart(source)
    return known[key]


def _taken_apart(source: bytes) -> _File:
    tree = ast.parse(source)
    imported = tuple(_imported(tree))
    _drop_docstrings(tree)
    return _File(imported, hashlib.sha256(ast.dump(tree).encode()).hexdigest())


@cache
def _known() -> dict[str, _File]:
    """Return by the SHA-256 of its bytes each file that this process or, with this code, an earlier one took apart.

    A process that starts would take 0.15 to 0.5 s for that. It is kept where Python keeps what it compiled, for as
    long as this file stays as it is, and as trusted.
    """
    try:
        kept = json.loads(_kept().read_bytes())
        if kept["by"] != file_sha256(Path(__file__)):
            return {}
        return {key: _File(tuple(imported), tree) for key, (imported, tree) in kept["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _kept() -> Path:
    return Path(cache_from_source(__file__)).with_suffix(".json")


def _keep(files: Mapping[str, _File]) -> None:
    """Let later processes know these files, the newest of very many, where Python may keep what it compiles."""
    if not sys.dont_write_bytecode:
        newest = dict(list(files.items())[-_MOST_KNOWN:])
        with suppress(OSError, OutputError):
            write_json(_kept(), {"by": file_sha256(Path(__file__)), "files": newest})


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements in a tree but those that only type checkers see."""
    todo = [node]
    while todo:
        match node := todo.pop():
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                continue
        yield node
        todo.extend(_inside(node))


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the statements right inside of one, and what holds others: handlers and cases; no expression does."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        yield from getattr(node, part, ())


def _parents(name: str) -> Iterator[str]:
    """Yield the packages above a module below our own: their `__init__` runs with it."""
    parts = name.split(".")
    yield from (".".join(parts[:length]) for length in range(2, len(parts)))


def _drop_docstrings(tree: ast.Module) -> None:
    todo: list[ast.AST] = [tree]
    while todo:
        todo.extend(_inside(node := todo.pop()))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())), *rest]:
                    node.body = rest
