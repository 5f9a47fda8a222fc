"""Read the tensors of PyTorch's files, of the zip format and of the one before it, without PyTorch's own unpickling.

A zip must hold its members stored, as `torch.save` writes them, so that no member is larger than its bytes in the file.
A tensor is a view of a storage that the file holds whole, and all tensors together claim no more bytes than it has.
Source: torch/serialization.py and torch/_utils.py of PyTorch 2.
"""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from fer_data.weights.inert_pickle import Budget, Forms, Global, of_kind, run_pickle, settled, text_of
from fer_data.weights.numpy_pickle import number_forms, reading, sides_of

__all__ = ["LEGACY_MAGIC", "ZIP_MAGIC", "read_torch_legacy", "read_torch_zip"]

ZIP_MAGIC = b"PK\x03\x04"
LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""How torch.save began a file before its zip format: a pickled number."""

_LEGACY_VERSION = 1001
_MAX_MEMBERS = 10_000
_MEMBER_MAGIC = b"PK\x01\x02"
_BFLOAT16 = "bf16"
_STORAGES = {
    "Double": "<f8", "Float": "<f4", "Half": "<f2", "BFloat16": _BFLOAT16, "Long": "<i8", "Int": "<i4",
    "Short": "<i2", "Char": "i1", "Byte": "u1", "Bool": "u1",
}  # fmt: skip
_TYPES = {f"torch.{name}Storage": kind for name, kind in _STORAGES.items()}
_ZIP_DAMAGE = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, zlib.error, RuntimeError)
"""What a damaged zip file makes `zipfile` raise."""


@dataclass(slots=True)
class _Storage:
    """Stand in for a storage; `content` is what the file holds of it."""

    kind: str
    count: int
    content: bytes | memoryview | None = None

    @property
    def item_bytes(self) -> int:
        return 2 if self.kind == _BFLOAT16 else int(self.kind[-1])

    def values(self) -> NDArray[Any]:
        needed = self.count * self.item_bytes
        if self.content is None or len(self.content) != needed:
            held = "none" if self.content is None else f"{len(self.content):,}"
            raise ValueError(
                f"a storage of {self.count:,} values needs {needed:,} bytes, the file holds {held}"
            )
        return np.frombuffer(self.content, "<u2" if self.kind == _BFLOAT16 else self.kind)


@dataclass(slots=True)
class _Tensor:
    """Stand in for a tensor: a view of a storage that is known once the whole file is read."""

    storage: _Storage
    offset: int
    sides: tuple[int, ...]
    strides: tuple[int, ...]
    budget: Budget

    def build(self, state: object) -> NoReturn:
        del state
        raise ValueError("a tensor with a state of its own")

    def settle(self) -> object:
        base, item = self.storage.values(), self.storage.item_bytes
        count = math.prod(self.sides)
        last = self.offset + sum(
            (side - 1) * stride for side, stride in zip(self.sides, self.strides, strict=True)
        )
        if count and last >= len(base):
            raise ValueError(f"a tensor ends at value {last:,} of a storage of {len(base):,}")
        self.budget.spend(count * item)
        if not count:
            return np.zeros(0, base.dtype)
        steps = [stride * item for stride in self.strides]
        view = np.lib.stride_tricks.as_strided(base[self.offset :], self.sides, steps, writeable=False)
        return view if self.storage.kind != _BFLOAT16 else (view.astype("<u4") << np.uint32(16)).view("<f4")


@dataclass(slots=True)
class _TensorForms:
    """What stands in for torch's callables and persistent ids; `content_of` finds a storage's bytes by its key."""

    content_of: Callable[[str], bytes | memoryview | None]
    budget: Budget
    storages: dict[str, _Storage] = field(default_factory=dict)

    def storage(self, identity: object) -> _Storage:
        """Stand in for `('storage', type, key, device, values)`, in old files with a view behind it."""
        parts = of_kind(identity, tuple)
        if len(parts) not in (5, 6) or text_of(parts[0]) != "storage" or parts[5:] not in ((), (None,)):
            raise ValueError("a persistent id is no storage's")
        name, key, count = of_kind(parts[1], Global).name, text_of(parts[2]), of_kind(parts[4], int)
        if name not in _TYPES or count < 0:
            raise ValueError("a storage of another type, or of a negative size")
        found = self.storages.setdefault(key, _Storage(_TYPES[name], count))
        if (found.kind, found.count) != (_TYPES[name], count):
            raise ValueError("a storage has two types or sizes")
        if found.content is None:
            found.content = self.content_of(key)
        return found

    def tensor(self, storage: object, offset: object, sides: object, strides: object, *_: object) -> _Tensor:
        """Stand in for `_rebuild_tensor` and `_rebuild_tensor_v2`; gradients and hooks are nothing to us."""
        shape, steps = sides_of(sides), sides_of(strides)
        if len(shape) != len(steps) or of_kind(offset, int) < 0:
            raise ValueError("a tensor with a wrong place in its storage")
        return _Tensor(of_kind(storage, _Storage), of_kind(offset, int), shape, steps, self.budget)

    def forms(self, size: int) -> Forms:
        calls, names = number_forms(size)
        torch_calls: dict[str, Callable[..., object]] = {
            "torch._utils._rebuild_tensor": self.tensor,
            "torch._utils._rebuild_tensor_v2": self.tensor,
            "torch._utils._rebuild_parameter": lambda data, *_: of_kind(data, _Tensor),
        }
        return Forms({**calls, **torch_calls}, names | _TYPES.keys(), self.storage)


def read_torch_zip(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return what a file of `torch.save` holds, tensors as arrays.

    Raises:
        WeightsError: it asks for something other than tensors, or is damaged.
    """
    with _reading():
        return _from_zip(content)


def read_torch_legacy(content: bytes) -> Any:  # noqa: ANN401 - the caller checks what came out
    """Return what a file of `torch.save` from before its zip format holds, tensors as arrays.

    Raises:
        WeightsError: it asks for something other than tensors, or is damaged.
    """
    with _reading():
        return _from_legacy(content)


def _reading() -> AbstractContextManager[None]:
    remedy = "Save its state dict alone, or get the weights from their publisher."
    return reading("PyTorch file", admitted="tensors", remedy=remedy, damage=_ZIP_DAMAGE)


def _from_zip(content: bytes) -> object:
    members = _members(content)
    roots = [
        name.removesuffix("data.pkl")
        for name in members
        if name.endswith("data.pkl") and name.count("/") <= 1
    ]
    if len(roots) != 1:
        raise ValueError("the zip file has no data.pkl in its one folder, as a file of torch.save has")
    (root,) = roots
    if members.get(f"{root}byteorder", b"little") != b"little":
        raise ValueError("its numbers are big-endian")
    forms = _TensorForms(lambda key: members.get(f"{root}data/{key}"), Budget(len(content)))
    return settled(run_pickle(members[f"{root}data.pkl"], forms.forms(len(content)))[0])


def _members(content: bytes) -> Mapping[str, bytes]:
    """Return the members of a zip file; together they are no larger than the file."""
    if content.count(_MEMBER_MAGIC) > _MAX_MEMBERS:
        raise ValueError(f"the zip file lists more than {_MAX_MEMBERS:,} members")
    budget = Budget(len(content))
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
                raise ValueError("the zip file is compressed or encrypted; torch.save does neither")
            if info.filename in found or info.file_size != info.compress_size:
                raise ValueError("the zip file lists a member twice, or with two sizes")
            budget.spend(info.file_size)
            found[info.filename] = archive.read(info)
    return found


def _from_legacy(content: bytes) -> object:
    """Read four pickles (magic number, version, system, object), the storages' keys, and the storages."""
    forms = _TensorForms(lambda _: None, Budget(len(content)))
    plain, offset = Forms({}), len(LEGACY_MAGIC)
    version, offset = run_pickle(content, plain, offset)
    if version != _LEGACY_VERSION:
        raise ValueError("it is of another version of torch.save")
    system, offset = run_pickle(content, plain, offset)
    if not of_kind(system, dict).get("little_endian", True):
        raise ValueError("its numbers are big-endian")
    found, offset = run_pickle(content, forms.forms(len(content)), offset)
    keys, offset = run_pickle(content, plain, offset)
    for key in map(text_of, of_kind(keys, list)):
        storage = forms.storages[key]
        (count,) = struct.unpack_from("<q", content, offset)
        start, offset = offset + 8, offset + 8 + storage.count * storage.item_bytes
        if count != storage.count or offset > len(content):
            raise ValueError(f"the storage {key!a} is cut short")
        storage.content = memoryview(content)[start:offset]
    return settled(found)
