"""PyTorch's files are read as views of what they hold."""

import io
import re
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from weight_files import tensor_pickle, torch_zip

from fer_data.errors import WeightsError
from fer_data.weights.torch_files import LEGACY_MAGIC, read_torch_legacy, read_torch_zip

READERS = {True: read_torch_zip, False: read_torch_legacy}


@pytest.mark.parametrize("as_zip", [True, False], ids=["zip", "legacy"])
def test_every_kind_of_tensor_gives_its_values(as_zip: bool) -> None:
    """Views, other memory orders, half and bfloat16, parameters, shared storages, scalars: each has torch's values."""
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    tensors = {
        "whole": base,
        "part": base[1:, :, 2],
        "turned": base.permute(2, 0, 1),
        "half": base.half(),
        "brain": (base / 7).bfloat16(),
        "parameter": torch.nn.Parameter(base[0]),
        "count": torch.tensor(3),
        "none": torch.zeros(0),
    }
    file = io.BytesIO()
    torch.save(
        {"state": OrderedDict(tensors), "best": np.float64(0.5)}, file, _use_new_zipfile_serialization=as_zip
    )
    found = READERS[as_zip](file.getvalue())
    assert found["best"] == 0.5
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found["state"][name], tensor.detach().float().numpy())


ONE = b"K\x01\x85"
HOSTILE = {
    "repeated": (
        tensor_pickle(1, b"K\x00", b"J\xff\xff\xff\x7f\x85", b"K\x00\x85"),
        "more bytes than the file holds",
    ),
    "stride": (
        tensor_pickle(1, b"K\x00", b"K\x02\x85", b"J\xff\xff\xff\x7f\x85"),
        "ends at value 2,147,483,647",
    ),
    "negative-stride": (tensor_pickle(1, b"K\x00", b"K\x02\x85", b"J\xff\xff\xff\xff\x85"), "0 or more"),
    "negative-offset": (tensor_pickle(1, b"J\xff\xff\xff\xff", ONE, ONE), "wrong place"),
    "offset": (tensor_pickle(1, b"K\x01", ONE, ONE), "ends at value 1 of a storage of 1"),
    "sides": (tensor_pickle(1, b"K\x00", b"K\x01K\x01\x86", ONE), "wrong place"),
    "short": (tensor_pickle(9, b"K\x00", ONE, ONE), "needs 36 bytes, the file holds 4"),
}


@pytest.mark.parametrize(("pickled", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_tensor_is_a_view_of_what_the_file_holds(pickled: bytes, message: str) -> None:
    """No place, step or repetition reaches beyond the storage that the file has whole."""
    with pytest.raises(WeightsError, match=message):
        read_torch_zip(torch_zip(pickled, {"0": b"abcd"}))
    legacy = LEGACY_MAGIC + b"\x80\x02M\xe9\x03.\x80\x02}." + pickled + b"\x80\x02]U\x010a."
    (count,) = re.findall(rb"cpuJ(.{4})", pickled, re.DOTALL)
    with pytest.raises(WeightsError, match=f"{message}|cut short"):
        read_torch_legacy(legacy + count + bytes(4) + b"abcd")


def test_a_zip_file_is_no_bomb() -> None:
    """Compressed members, members without end, members twice and a zip of something else are refused."""
    pickled = tensor_pickle(1, b"K\x00", ONE, ONE)
    with pytest.raises(WeightsError, match="compressed or encrypted"):
        read_torch_zip(torch_zip(pickled, {"0": bytes(1 << 20)}, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(WeightsError, match="more than 10,000 members"):
        read_torch_zip(torch_zip(pickled, {str(n): b"" for n in range(10_001)}))
    with pytest.raises(WeightsError, match=r"no data\.pkl"):
        read_torch_zip(torch_zip(pickled, {}).replace(b"data.pkl", b"data.npy"))
    lying = bytearray(torch_zip(pickled, {"0": b"abcd"}))
    at = lying.index(b"PK\x01\x02", lying.index(b"PK\x01\x02") + 1)
    lying[at + 20 : at + 28] = struct.pack("<II", 1 << 30, 1 << 30)
    with pytest.raises(WeightsError, match="more bytes than the file holds"):
        read_torch_zip(bytes(lying))
