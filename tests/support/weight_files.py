"""Weights files in the formats that others publish, written from scratch."""

import io
import struct
import zipfile

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float32]]

STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))
"""Blocks, width and first stride of the released network's stages, read from the public Caffe prototxt."""


def release_shapes(classes: int = 8631, narrowing: int = 1) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of the release, written down without looking at our network."""
    shapes: dict[str, tuple[int, ...]] = {}

    def convolution(name: str, out: int, into: int, side: int, bias: bool = False) -> None:
        shapes[f"{name}.weight"] = (out, into, side, side)
        if bias:
            shapes[f"{name}.bias"] = (out,)

    def normalisation(name: str, channels: int) -> None:
        for field in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{field}"] = (channels,)

    channels = 64 // narrowing
    convolution("conv1", channels, 3, 7)
    normalisation("bn1", channels)
    for stage, (blocks, full_width, _) in enumerate(STAGES, start=1):
        width = full_width // narrowing
        for block in range(blocks):
            at = f"layer{stage}.{block}"
            convolution(f"{at}.conv1", width, channels, 1)
            normalisation(f"{at}.bn1", width)
            convolution(f"{at}.conv2", width, width, 3)
            normalisation(f"{at}.bn2", width)
            convolution(f"{at}.conv3", 4 * width, width, 1)
            normalisation(f"{at}.bn3", 4 * width)
            convolution(f"{at}.conv4", width // 4, 4 * width, 1, bias=True)
            convolution(f"{at}.conv5", 4 * width, width // 4, 1, bias=True)
            if block == 0:
                convolution(f"{at}.downsample.0", 4 * width, channels, 1)
                normalisation(f"{at}.downsample.1", 4 * width)
            channels = 4 * width
    shapes["fc.weight"], shapes["fc.bias"] = (classes, channels), (classes,)
    return shapes


def release_arrays(classes: int = 8, narrowing: int = 4) -> Arrays:
    """Return arrays under the release's names, each filled with a ramp of its own."""
    return {
        name: (np.arange(np.prod(shape), dtype=np.float32) % 97 + index).reshape(shape) / 1000
        for index, (name, shape) in enumerate(release_shapes(classes, narrowing).items())
    }


def _integer(value: int) -> bytes:
    return b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)


def _text(value: str) -> bytes:
    """Return a string as Python 2 wrote it: bytes without an encoding."""
    encoded = value.encode("latin1")
    if len(encoded) < 256:
        return b"U" + bytes([len(encoded)]) + encoded
    return b"T" + struct.pack("<i", len(encoded)) + encoded


def _python2_array(array: NDArray[np.float32]) -> bytes:
    content = array.astype("<f4").tobytes()
    return b"".join(
        [
            b"cnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\n" + b"K\x00\x85" + b"U\x01b" + b"\x87R",
            b"(K\x01(" + b"".join(_integer(side) for side in array.shape) + b"t",
            b"cnumpy\ndtype\n" + b"U\x02f4K\x00K\x01\x87R",
            b"(K\x03U\x01<NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb",
            b"\x89T" + struct.pack("<i", len(content)) + content + b"tb",
        ]
    )


def python2_pickle(arrays: Arrays, extra: bytes = b"") -> bytes:
    """Return the release's file: protocol 2 as Python 2 wrote it; `extra` goes in as more keys and values."""
    items = b"".join(_text(name) + _python2_array(array) for name, array in arrays.items())
    return b"\x80\x02}(" + items + extra + b"u."


def mmdnn_names(names: list[str]) -> dict[str, str]:
    """Return the MMdnn export's name of each name of the release."""
    parts = {
        "conv1": "1x1_reduce", "bn1": "1x1_reduce_bn", "conv2": "3x3", "bn2": "3x3_bn", "conv3": "1x1_increase",
        "bn3": "1x1_increase_bn", "conv4": "1x1_down", "conv5": "1x1_up", "downsample.0": "1x1_proj",
        "downsample.1": "1x1_proj_bn",
    }  # fmt: skip
    ends = {"conv1": "conv1_7x7_s2", "bn1": "conv1_7x7_s2_bn", "fc": "classifier_1"}
    renamed = {}
    for name in names:
        layer, field = name.rsplit(".", 1)
        if layer in ends:
            renamed[name] = f"{ends[layer]}.{field}"
        else:
            stage, block, part = layer.split(".", 2)
            renamed[name] = f"conv{int(stage[-1]) + 1}_{int(block) + 1}_{parts[part]}.{field}"
    return renamed


def timm_legacy_names(names: list[str]) -> dict[str, str]:
    """Return the name in timm's legacy_seresnet50 of each name of the release."""
    renamed = {}
    for name in names:
        new = name.replace(".conv4.", ".se_module.fc1.").replace(".conv5.", ".se_module.fc2.")
        if name.startswith(("conv1.", "bn1.")):
            new = f"layer0.{name}"
        renamed[name] = new.replace("fc.", "last_linear.") if name.startswith("fc.") else new
    return renamed


def array_pickle(
    kind: bytes, sides: bytes, data: bytes, *, order: bytes = b"<", parts: bytes = b"NNN"
) -> bytes:
    """Return a pickle of one array, whose type, shape (as opcodes), bytes and type state may all be lies."""
    return b"".join(
        [
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01",
            sides,
            b"cnumpy\ndtype\nU" + bytes([len(kind)]) + kind + b"K\x00K\x01\x87R",
            b"(K\x03U\x01" + order + parts + b"J\xff\xff\xff\xff" * 2 + b"K\x00tb",
            b"\x89U" + bytes([len(data)]) + data + b"tb",
        ]
    )


def torch_zip(pickled: bytes, storages: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a file in the form of torch.save, whose pickle and storages may not fit."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("w/data.pkl", pickled)
        for key, content in storages.items():
            archive.writestr(f"w/data/{key}", content)
    return file.getvalue()


def tensor_pickle(count: int, offset: bytes, sides: bytes, strides: bytes) -> bytes:
    """Return a pickle of {"a": tensor} over the storage "0" of `count` floats; the rest are opcodes."""
    storage = b"(U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuJ" + struct.pack("<i", count) + b"tQ"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset + sides + strides + b"\x89}tR"
    return b"\x80\x02}U\x01a" + tensor + b"s."
