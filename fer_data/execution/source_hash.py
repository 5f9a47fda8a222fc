"""The hash of the modules that a module runs: one changed line of code is another result, a comment is not."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["source_closure", "source_hash"]

_PACKAGES = {"fer_data", "train"}


@cache
def source_hash(module: str) -> str:
    """Return the SHA-256 over the syntax trees of a module of ours and of all that it imports, directly or not.

    Comments, docstrings and formatting leave it as it is.
    """
    digest = hashlib.sha256()
    for name, path in sorted(source_closure(module).items()):
        digest.update(f"{name}\n{_read(path, path.stat().st_mtime_ns)[1]}\n".encode())
    return digest.hexdigest()


def source_closure(module: str, root: Path = Path(__file__).parents[2]) -> dict[str, Path]:
    """Return every module of ours that `module` can import when it runs, anywhere in it, by dotted name."""
    todo, found = [module], dict[str, Path]()
    while todo:
        name = todo.pop()
        path = _path(name, root)
        if path is None or name in found:
            continue
        found[name] = path
        todo.extend(_read(path, path.stat().st_mtime_ns)[0])
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
def _read(path: Path, modified_ns: int) -> tuple[tuple[str, ...], str]:  # noqa: ARG001 - part of the cache's key
    """Return what a file imports, and its syntax tree without docstrings, as text; read once a version."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = tuple(_imported(tree))
    _drop_docstrings(tree)
    return imported, ast.dump(tree)


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
