"""Run a pickle's opcodes on inert values: nothing is imported, nothing of the file is called.

What a pickle asks to call is looked up in a table of forms, each of which gets plain values and returns a plain
record. What the file may claim is bounded by the file: a length is refused when its bytes are not there, a stack slot
costs an opcode, opcodes are counted, and bytes stay views of the file. Source: Python's pickletools.
"""

import codecs
import pickle
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, runtime_checkable

__all__ = [
    "Budget",
    "Forms",
    "Global",
    "Record",
    "UnsafeError",
    "of_kind",
    "run_pickle",
    "settled",
    "text_of",
]

Kind = TypeVar("Kind")

MAX_OPCODES = 300_000
"""Above the opcodes of any checkpoint of a SENet-50; the release itself has some 12,000."""

MAX_KEY = 1000
MAX_DEPTH = 32
_MAX_LINE = 256
_MAX_INTEGER_BYTES = 9

_COUNTED_BYTES = {
    pickle.SHORT_BINSTRING: "<B", pickle.BINSTRING: "<i", pickle.SHORT_BINBYTES: "<B", pickle.BINBYTES: "<I",
    pickle.BINBYTES8: "<Q", pickle.BYTEARRAY8: "<Q",
}  # fmt: skip
_COUNTED_TEXT = {pickle.SHORT_BINUNICODE: "<B", pickle.BINUNICODE: "<I", pickle.BINUNICODE8: "<Q"}
_NUMBERS = {pickle.BININT: "<i", pickle.BININT1: "<B", pickle.BININT2: "<H", pickle.BINFLOAT: ">d"}
_HEADS = {pickle.PROTO: "<B", pickle.FRAME: "<Q"}
_LONGS = {pickle.LONG1: "<B", pickle.LONG4: "<i"}
_CONSTANTS = {pickle.NONE: None, pickle.NEWTRUE: True, pickle.NEWFALSE: False}
_EMPTY = {pickle.EMPTY_LIST: list, pickle.EMPTY_DICT: dict, pickle.EMPTY_TUPLE: tuple}
_TUPLES = {pickle.TUPLE1: 1, pickle.TUPLE2: 2, pickle.TUPLE3: 3}
_PUTS = {pickle.BINPUT: "<B", pickle.LONG_BINPUT: "<I"}
_GETS = {pickle.BINGET: "<B", pickle.LONG_BINGET: "<I"}
_FOREIGN = {
    pickle.INST: "INST", pickle.OBJ: "OBJ", pickle.NEWOBJ: "NEWOBJ", pickle.NEWOBJ_EX: "NEWOBJ_EX",
    pickle.EXT1: "EXT1", pickle.EXT2: "EXT2", pickle.EXT4: "EXT4", pickle.PERSID: "PERSID",
    pickle.NEXT_BUFFER: "NEXT_BUFFER", pickle.READONLY_BUFFER: "READONLY_BUFFER", pickle.EMPTY_SET: "EMPTY_SET",
    pickle.ADDITEMS: "ADDITEMS", pickle.FROZENSET: "FROZENSET",
}  # fmt: skip
"""Opcodes that arrays, dicts and numbers never need."""

_UNDER_WAY = object()
_QUOTED = re.compile(rb"""(?:[^\\]++|\\(?:[\\'"nrt]|x[0-9a-fA-F]{2}))*+""")
"""Text as Python 2's repr wrote it."""


class UnsafeError(Exception):
    """A pickle that asks for more than arrays need; the message names what."""


@dataclass(frozen=True, slots=True)
class Global:
    """A name that the pickle looked up; never what the name stands for."""

    name: str


@runtime_checkable
class Record(Protocol):
    """An inert stand-in for an object that a pickle builds."""

    def build(self, state: object) -> None:
        """Take over what the pickle sets as the object's state, checked."""

    def settle(self) -> object:
        """Return the value that the finished record stands for."""


@dataclass(slots=True)
class Budget:
    """Bytes, or other things, that may still be claimed."""

    left: int
    things: str = "bytes"

    def spend(self, size: int) -> None:
        """Count what a value takes.

        Raises:
            ValueError: more are claimed than the file holds.
        """
        if size > self.left:
            raise ValueError(f"it claims more {self.things} than the file holds")
        self.left -= size


@dataclass(frozen=True, slots=True)
class Forms:
    """What a pickle may ask for.

    Attributes:
        calls: what stands in for each callable; it gets the arguments as they stand in the file.
        names: further names that may be looked up and passed on.
        persistent: what stands in for a persistent id, or None where there are none.
    """

    calls: Mapping[str, Callable[..., object]]
    names: frozenset[str] = frozenset()
    persistent: Callable[[object], object] | None = None


def run_pickle(content: bytes, forms: Forms, start: int = 0) -> tuple[Any, int]:
    """Return what a pickle stands for, in inert values, and the place behind it.

    Text is `str`, bytes are views of `content`, a Python 2 string is bytes; records are not settled.

    Raises:
        UnsafeError: it asks for a name or an opcode that is not admitted.
        ValueError, LookupError, TypeError, struct.error: it is damaged.
    """
    machine = _Machine(content, forms, start)
    for _ in range(MAX_OPCODES):
        opcode = machine.take(1).tobytes()
        if opcode == pickle.STOP:
            return machine.pop(), machine.offset
        machine.step(opcode)
    raise ValueError(f"it has more than {MAX_OPCODES:,} opcodes")


def settled(value: object) -> Any:  # noqa: ANN401 - plain values of any kind
    """Return a value with each record in it replaced by what it stands for; what is shared stays shared.

    Raises:
        ValueError: it holds itself, is nested too deep, or a record is not finished.
    """
    return _settled(value, {}, MAX_DEPTH)


def _settled(value: object, done: dict[int, Any], depth: int) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, dict | list | tuple | Record):
        return value
    if id(value) in done:
        if done[id(value)] is _UNDER_WAY:
            raise ValueError("a value holds itself")
        return done[id(value)]
    if not depth:
        raise ValueError(f"values are nested more than {MAX_DEPTH} deep")
    done[id(value)] = _UNDER_WAY
    if isinstance(value, dict):
        found: Any = {key: _settled(inner, done, depth - 1) for key, inner in value.items()}
    elif isinstance(value, Record):
        found = _settled(value.settle(), done, depth - 1)
    else:
        found = type(value)(_settled(inner, done, depth - 1) for inner in value)
    done[id(value)] = found
    return found


def of_kind(value: object, kind: type[Kind]) -> Kind:
    """Return a value that is of one kind.

    Raises:
        TypeError: it is of another.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} stands where {kind.__name__} must be")
    return value


def text_of(value: object) -> str:
    """Return a short text that may be bytes of Python 2, read as Latin-1.

    Raises:
        ValueError: it is neither, or longer than a name.
    """
    if isinstance(value, str | bytes | memoryview) and len(value) <= MAX_KEY:
        return value if isinstance(value, str) else str(value, "latin1")
    raise ValueError(f"a name must be text of at most {MAX_KEY} characters")


@dataclass(slots=True)
class _Machine:
    content: bytes
    forms: Forms
    offset: int
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def take(self, size: int) -> memoryview:
        """Return the next bytes, which must all be there."""
        if not 0 <= size <= len(self.content) - self.offset:
            raise ValueError(f"{size:,} bytes are claimed, {len(self.content) - self.offset:,} are there")
        self.offset += size
        return memoryview(self.content)[self.offset - size : self.offset]

    def number(self, layout: str) -> Any:  # noqa: ANN401 - whatever the layout says
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def line(self, limit: int = _MAX_LINE) -> bytes:
        end = self.content.find(b"\n", self.offset, self.offset + limit + 1)
        if end < 0:
            raise ValueError("a line does not end where it must")
        return self.take(end + 1 - self.offset)[:-1].tobytes()

    def pop(self) -> Any:  # noqa: ANN401 - any inert value
        if self.marks and len(self.stack) <= self.marks[-1]:
            raise ValueError("a mark stands where a value must be")
        return self.stack.pop()

    def pop_mark(self) -> list[Any]:
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def step(self, opcode: bytes) -> None:
        if opcode in _COUNTED_BYTES:
            self.stack.append(self.take(self.number(_COUNTED_BYTES[opcode])))
        elif opcode in _COUNTED_TEXT:
            self.stack.append(str(self.take(self.number(_COUNTED_TEXT[opcode])), "utf-8", "surrogatepass"))
        elif opcode in _NUMBERS:
            self.stack.append(self.number(_NUMBERS[opcode]))
        elif opcode in _LONGS:
            self.stack.append(self._long(self.number(_LONGS[opcode])))
        elif opcode in _HEADS:
            self.number(_HEADS[opcode])  # a protocol adds opcodes, and a frame is a hint to read ahead
        elif opcode in _CONSTANTS:
            self.stack.append(_CONSTANTS[opcode])
        elif opcode in _EMPTY:
            self.stack.append(_EMPTY[opcode]())
        elif opcode in _TUPLES:
            self.stack.append(tuple(reversed([self.pop() for _ in range(_TUPLES[opcode])])))
        elif not (self._remember(opcode) or self._line_value(opcode) or self._collect(opcode)):
            self._ask(opcode)

    def _long(self, size: int) -> int:
        if not 0 <= size <= _MAX_INTEGER_BYTES:
            raise ValueError(f"a number of {size:,} bytes")
        return int.from_bytes(self.take(size), "little", signed=True)

    def _remember(self, opcode: bytes) -> bool:
        """Put into or get out of the memo."""
        if opcode in _PUTS:
            self.memo[self.number(_PUTS[opcode])] = self.stack[-1]
        elif opcode == pickle.PUT:
            self.memo[_integer(self.line())] = self.stack[-1]
        elif opcode == pickle.MEMOIZE:
            self.memo[len(self.memo)] = self.stack[-1]
        elif opcode in _GETS:
            self.stack.append(self.memo[self.number(_GETS[opcode])])
        elif opcode == pickle.GET:
            self.stack.append(self.memo[_integer(self.line())])
        else:
            return False
        return True

    def _line_value(self, opcode: bytes) -> bool:
        """Read a value that stands on a line, as protocol 0 writes it."""
        if opcode == pickle.INT:
            text = self.line()
            self.stack.append({b"00": False, b"01": True}[text] if text in (b"00", b"01") else _integer(text))
        elif opcode == pickle.LONG:
            self.stack.append(_integer(self.line().removesuffix(b"L")))
        elif opcode == pickle.FLOAT:
            self.stack.append(float(self.line()))
        elif opcode == pickle.STRING:
            self.stack.append(_unquoted(self.line(len(self.content))))
        elif opcode == pickle.UNICODE:
            self.stack.append(str(self.line(len(self.content)), "raw-unicode-escape"))
        else:
            return False
        return True

    def _collect(self, opcode: bytes) -> bool:
        """Work on marks and on lists, tuples and dicts."""
        if opcode == pickle.MARK:
            self.marks.append(len(self.stack))
        elif opcode == pickle.POP:
            self.pop() if not self.marks or len(self.stack) > self.marks[-1] else self.marks.pop()
        elif opcode == pickle.POP_MARK:
            self.pop_mark()
        elif opcode == pickle.DUP:
            self.stack.append(self.stack[-1])
        elif opcode == pickle.TUPLE:
            self.stack.append(tuple(self.pop_mark()))
        elif opcode == pickle.LIST:
            self.stack.append(self.pop_mark())
        elif opcode == pickle.DICT:
            self.stack.append(_with_items({}, self.pop_mark()))
        elif opcode in (pickle.APPEND, pickle.APPENDS):
            items = [self.pop()] if opcode == pickle.APPEND else self.pop_mark()
            of_kind(self.stack[-1], list).extend(items)
        elif opcode in (pickle.SETITEM, pickle.SETITEMS):
            items = [self.pop(), self.pop()][::-1] if opcode == pickle.SETITEM else self.pop_mark()
            _with_items(of_kind(self.stack[-1], dict), items)
        else:
            return False
        return True

    def _ask(self, opcode: bytes) -> None:
        """Look a name up, let a form stand in for a call, or give a record its state."""
        if opcode == pickle.GLOBAL:
            self._look_up(*(self.line().decode("utf-8") for _ in range(2)))
        elif opcode == pickle.STACK_GLOBAL:
            name, module = text_of(self.pop()), text_of(self.pop())
            self._look_up(module, name)
        elif opcode == pickle.REDUCE:
            self._call()
        elif opcode == pickle.BUILD:
            self._set_state()
        elif opcode == pickle.BINPERSID and self.forms.persistent:
            self.stack.append(self.forms.persistent(self.pop()))
        elif opcode == pickle.INST:
            self._look_up(*(self.line().decode("utf-8") for _ in range(2)))
            raise UnsafeError("the opcode INST, which could run code")
        elif opcode in _FOREIGN or opcode == pickle.BINPERSID:
            raise UnsafeError(f"the opcode {_FOREIGN.get(opcode, 'BINPERSID')}, which arrays never need")
        else:
            raise ValueError(f"{opcode!r} is no opcode")

    def _call(self) -> None:
        arguments, function = of_kind(self.pop(), tuple), of_kind(self.pop(), Global)
        if function.name not in self.forms.calls:
            raise ValueError(f"it calls {function.name}")
        self.stack.append(self.forms.calls[function.name](*arguments))

    def _set_state(self) -> None:
        state, target = self.pop(), self.stack[-1]
        if isinstance(target, Record):
            target.build(state)
        elif not isinstance(target, dict):  # attributes of an OrderedDict say nothing of its items
            raise TypeError(f"a state is set on {type(target).__name__}")

    def _look_up(self, module: str, name: str) -> None:
        full = f"{module}.{name}"
        if full not in self.forms.calls and full not in self.forms.names:
            raise UnsafeError(f"the global {ascii(full)[1:-1]}, which could run code")
        self.stack.append(Global(full))


def _with_items(target: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[key if isinstance(key, int) else text_of(key)] = value
    return target


def _integer(text: bytes) -> int:
    if len(text) > 20:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _unquoted(text: bytes) -> bytes:
    inner = text[1:-1]
    if len(text) < 2 or text[:1] not in (b"'", b'"') or text[-1:] != text[:1] or not _QUOTED.fullmatch(inner):
        raise ValueError("a string is not quoted as Python 2 quotes")
    return codecs.escape_decode(inner)[0]
