"""The ONNX operators that face detectors use, as torch functions.

Source: https://onnx.ai/onnx/operators/
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from fer_data.errors import DetectorError

__all__ = ["CONV_RELU", "HOST_INPUTS", "OPERATORS", "Call"]

CONV_RELU = "Conv and Relu"
"""A convolution and the Relu behind it, which the graph joins; ONNX has no such operator."""

HOST_INPUTS: Mapping[str, tuple[int, ...]] = {
    "Clip": (1, 2),
    "Pad": (1, 2),
    "Reshape": (1,),
    "Resize": (1, 2, 3),
    "Slice": (1, 2, 3, 4),
    "Squeeze": (1,),
    "Unsqueeze": (1,),
    "Upsample": (1,),
}
"""Inputs that say sizes, axes or limits: they are read as numbers, so they stay in host memory."""

_TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: torch.float32}
_EVERYTHING = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Call:
    """One node's inputs and attributes; an input that the node leaves out is None."""

    name: str
    inputs: Sequence[Tensor | None]
    attributes: Mapping[str, Any]

    def __getitem__(self, index: int) -> Tensor:
        value = self.optional(index)
        if value is None:
            raise DetectorError(f"node {self.name!r} lacks its input {index}; export the detector again.")
        return value

    def optional(self, index: int) -> Tensor | None:
        """Return an input, or None where the node leaves it out."""
        return self.inputs[index] if index < len(self.inputs) else None

    def get(self, attribute: str, default: Any) -> Any:  # noqa: ANN401 - ONNX attributes have no one type
        """Return an attribute, or ONNX's default for it."""
        return self.attributes.get(attribute, default)

    def numbers(self, index: int, attribute: str) -> list[int] | None:
        """Return whole numbers that newer exports give as an input and older ones as an attribute."""
        value = self.optional(index)
        if value is not None and value.numel():
            return [int(number) for number in value.tolist()]
        return self.attributes.get(attribute)

    def refuse(self, what: str) -> DetectorError:
        """Return the error for something that this node asks for and torch does not do alike."""
        return DetectorError(f"node {self.name!r}: {what} is not supported; use engine onnxruntime.")


def _padded(call: Call, value: Tensor, fill: float = 0.0) -> tuple[Tensor, tuple[int, int]]:
    """Return the value and its symmetric padding (height, width); uneven padding is laid around it at once."""
    if call.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise call.refuse(f"auto_pad {call.get('auto_pad', '')}")
    top, left, bottom, right = call.get("pads", [0, 0, 0, 0])
    if (top, left) == (bottom, right):
        return value, (top, left)
    return functional.pad(value, (left, right, top, bottom), value=fill), (0, 0)


def _conv(call: Call) -> Tensor:
    value, padding = _padded(call, call[0])
    stride, dilation = call.get("strides", [1, 1]), call.get("dilations", [1, 1])
    return functional.conv2d(
        value,
        call[1],
        call.optional(2),
        stride,
        padding=padding,
        dilation=dilation,
        groups=call.get("group", 1),
    )


def _conv_relu(call: Call) -> Tensor:
    """Return a convolution without its negative values; cuDNN's joint kernel is slow where channels are in groups."""
    if not call[0].is_cuda or torch.version.cuda is None or call.get("group", 1) > 1:
        return _conv(call).relu_()
    value, padding = _padded(call, call[0])
    stride, dilation = call.get("strides", [1, 1]), call.get("dilations", [1, 1])
    return torch.cudnn_convolution_relu(value, call[1], call.optional(2), stride, padding, dilation, 1)


def _conv_transpose(call: Call) -> Tensor:
    top, left, bottom, right = call.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right) or "output_shape" in call.attributes:
        raise call.refuse("uneven padding or output_shape")
    return functional.conv_transpose2d(
        call[0],
        call[1],
        call.optional(2),
        call.get("strides", [1, 1]),
        padding=(top, left),
        output_padding=call.get("output_padding", [0, 0]),
        groups=call.get("group", 1),
        dilation=call.get("dilations", [1, 1]),
    )


def _batch_norm(call: Call) -> Tensor:
    epsilon = call.get("epsilon", 1e-5)
    return functional.batch_norm(call[0], call[3], call[4], call[1], call[2], False, 0.0, epsilon)


def _max_pool(call: Call) -> Tensor:
    value, padding = _padded(call, call[0], float("-inf"))
    ceil = bool(call.get("ceil_mode", 0))
    stride, dilation = call.get("strides", [1, 1]), call.get("dilations", [1, 1])
    kernel = call.attributes["kernel_shape"]
    return functional.max_pool2d(value, kernel, stride, padding=padding, dilation=dilation, ceil_mode=ceil)


def _average_pool(call: Call) -> Tensor:
    top, left, bottom, right = call.get("pads", [0, 0, 0, 0])
    if (top, left) != (bottom, right):
        raise call.refuse("uneven padding of an average")
    return functional.avg_pool2d(
        call[0],
        call.attributes["kernel_shape"],
        call.get("strides", [1, 1]),
        padding=(top, left),
        ceil_mode=bool(call.get("ceil_mode", 0)),
        count_include_pad=bool(call.get("count_include_pad", 0)),
    )


def _clip(call: Call) -> Tensor:
    low, high = call.optional(1), call.optional(2)
    minimum = call.get("min", None) if low is None else float(low)
    maximum = call.get("max", None) if high is None else float(high)
    return call[0].clamp(minimum, maximum)


def _prelu(call: Call) -> Tensor:
    return torch.where(call[0] < 0, call[0] * call[1], call[0])


def _reshape(call: Call) -> Tensor:
    value = call[0]
    shape = [value.shape[i] if side == 0 else int(side) for i, side in enumerate(call[1].tolist())]
    return value.reshape(shape)


def _flatten(call: Call) -> Tensor:
    axis = call.get("axis", 1)
    rows = 1
    for side in call[0].shape[:axis]:
        rows *= side
    return call[0].reshape(rows, -1)


def _scales(call: Call) -> tuple[list[float] | None, list[int] | None]:
    """Return the factors or else the sizes (height, width) of a Resize or Upsample node."""
    first = call.optional(1) if len(call.inputs) <= 2 else call.optional(2)
    sizes = call.optional(3)
    if sizes is not None and sizes.numel():
        return None, [int(side) for side in sizes.tolist()[-2:]]
    factors = call.get("scales", None) if first is None or not first.numel() else first.tolist()
    if factors is None:
        raise call.refuse("a size that is neither scales nor sizes")
    return [float(factor) for factor in factors[-2:]], None


def _resize(call: Call) -> Tensor:
    factors, sizes = _scales(call)
    value = call[0]
    height, width = sizes or [
        int(side * factor) for side, factor in zip(value.shape[-2:], factors or [], strict=True)
    ]
    mode = call.get("mode", "nearest")
    coordinates = call.get("coordinate_transformation_mode", "half_pixel")
    if mode == "nearest":
        if height % value.shape[-2] or width % value.shape[-1]:
            raise call.refuse("a nearest resize by a factor that is not whole")
        return functional.interpolate(value, (height, width), mode="nearest")
    if mode != "linear" or coordinates not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise call.refuse(f"resize mode {mode!r} with {coordinates!r}")
    return functional.interpolate(
        value, (height, width), mode="bilinear", align_corners=coordinates == "align_corners"
    )


def _slice(call: Call) -> Tensor:
    starts, ends = call.numbers(1, "starts") or [], call.numbers(2, "ends") or []
    axes = call.numbers(3, "axes") or list(range(len(starts)))
    steps = call.numbers(4, "steps") or [1] * len(starts)
    slices: list[slice] = [slice(None)] * call[0].ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 1:
            raise call.refuse("a negative step")
        slices[axis] = slice(start, None if end >= _EVERYTHING else end, step)
    return call[0][tuple(slices)]


def _gather(call: Call) -> Tensor:
    axis, index = call.get("axis", 0), call[1].to(call[0].device)
    taken = call[0].index_select(axis, index.reshape(-1))
    return taken.reshape(call[0].shape[:axis] + index.shape + call[0].shape[axis + 1 :])


def _unsqueeze(call: Call) -> Tensor:
    value = call[0]
    for axis in sorted(call.numbers(1, "axes") or []):
        value = value.unsqueeze(axis)
    return value


def _squeeze(call: Call) -> Tensor:
    axes = call.numbers(1, "axes")
    return call[0].squeeze() if axes is None else call[0].squeeze(tuple(axes))


def _cast(call: Call) -> Tensor:
    kind = _TYPES.get(call.attributes["to"])
    if kind is None:
        raise call.refuse(f"a cast to ONNX type {call.attributes['to']}")
    value = call[0]
    if kind is torch.float32 and value.is_floating_point():
        return value
    return value.to(kind)


def _pad(call: Call) -> Tensor:
    pads, fill = call.numbers(1, "pads") or [], call.optional(2)
    if call.get("mode", "constant") != "constant":
        raise call.refuse(f"pad mode {call.get('mode', '')!r}")
    half = len(pads) // 2
    flat = [side for pair in zip(pads[:half][::-1], pads[half:][::-1], strict=True) for side in pair]
    return functional.pad(call[0], flat, value=float(call.get("value", 0.0)) if fill is None else float(fill))


def _divide(call: Call) -> Tensor:
    if call[0].is_floating_point():
        return call[0] / call[1]
    return torch.div(call[0], call[1], rounding_mode="trunc")


OPERATORS: Mapping[str, Callable[[Call], Tensor]] = {
    "Add": lambda call: call[0] + call[1],
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda call: torch.cat([call[i] for i in range(len(call.inputs))], call.attributes["axis"]),
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    CONV_RELU: _conv_relu,
    "Div": _divide,
    "Exp": lambda call: call[0].exp(),
    "Flatten": _flatten,
    "Floor": lambda call: call[0].floor(),
    "Gather": _gather,
    "GlobalAveragePool": lambda call: call[0].mean((2, 3), keepdim=True),
    "Identity": lambda call: call[0],
    "LeakyRelu": lambda call: functional.leaky_relu(call[0], call.get("alpha", 0.01)),
    "MaxPool": _max_pool,
    "Mul": lambda call: call[0] * call[1],
    "PRelu": _prelu,
    "Pad": _pad,
    "Relu": lambda call: call[0].relu(),
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": lambda call: torch.tensor(call[0].shape),
    "Sigmoid": lambda call: call[0].sigmoid(),
    "Slice": _slice,
    "Softmax": lambda call: call[0].softmax(call.get("axis", -1)),
    "Squeeze": _squeeze,
    "Sub": lambda call: call[0] - call[1],
    "Transpose": lambda call: call[0].permute(call.attributes["perm"]),
    "Unsqueeze": _unsqueeze,
    "Upsample": _resize,
}
"""What every supported ONNX operator does."""
