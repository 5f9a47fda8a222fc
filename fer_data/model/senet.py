"""SENet-50 under the state-dict names of the VGGFace2 release.

Source: Hu et al., Squeeze-and-Excitation Networks, 2018; Cao et al., VGGFace2, 2018. The public conversion of
the official Caffe model puts a stage's stride on the first 1x1 convolution and pools with ceil mode and no
padding; networks that accept the renamed weights but differ in either are silently wrong.
"""

from collections.abc import Mapping
from itertools import accumulate, chain

import torch
from torch import Tensor, nn

from fer_data.errors import ParamsError

__all__ = [
    "BLOCKS",
    "RELEASE_IDENTITIES",
    "SENet50",
    "in_channels_last",
    "initialise",
    "initialise_head",
    "set_norm_momentum",
]

BLOCKS = (3, 4, 6, 3)
"""Bottlenecks of the four stages."""

RELEASE_IDENTITIES = 8631
"""Classes of the release's head: the training identities of VGGFace2."""

_FC_TASK = "expression"
_EXPANSION = 4
_REDUCTION = 16


class Bottleneck(nn.Module):
    """A residual bottleneck whose output channels are rescaled by squeeze and excitation."""

    def __init__(self, in_channels: int, width: int, stride: int) -> None:
        super().__init__()
        out_channels = width * _EXPANSION
        self.conv1 = nn.Conv2d(in_channels, width, 1, stride=stride, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.conv4 = nn.Conv2d(out_channels, out_channels // _REDUCTION, 1)
        self.conv5 = nn.Conv2d(out_channels // _REDUCTION, out_channels, 1)
        self.downsample = _projection(in_channels, out_channels, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output; (n, c, h, w) becomes (n, 4 * width, ceil(h / stride), ceil(w / stride))."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        gate = self.conv5(self.relu(self.conv4(out.mean((2, 3), keepdim=True)))).sigmoid()
        shortcut = x if self.downsample is None else self.downsample(x)
        activated: Tensor = self.relu(out * gate + shortcut)
        return activated


def _projection(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    if in_channels == out_channels and stride == 1:
        return None
    convolution = nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(out_channels))


def _stage(in_channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = Bottleneck(in_channels, width, stride)
    rest = (Bottleneck(width * _EXPANSION, width, 1) for _ in range(blocks - 1))
    return nn.Sequential(*chain([first], rest))


class SENet50(nn.Module):
    """The SENet-50 of VGGFace2 with a linear head for `classes`, and one for each further task.

    Input is (n, 3, height, width) float32 as the input contract says, of any size from 32 px. With `base_width` 64 and
    8,631 classes it is the released network: 43,723,943 parameters.

    Args:
        classes: outputs of the release's head `fc`; 0 where only further tasks have heads.
        base_width: channels of the first convolution.
        heads: outputs of each further task, by name.

    Attributes:
        columns: the outputs of each task, `expression` for `fc`, in the order in which `forward` gives them.

    Raises:
        ParamsError: `base_width` is not a positive multiple of 16, or a head has no output.
    """

    def __init__(self, classes: int, *, base_width: int = 64, heads: Mapping[str, int] | None = None) -> None:
        super().__init__()
        if base_width < _REDUCTION or base_width % _REDUCTION:
            raise ParamsError(f"base_width ({base_width}) must be a positive multiple of {_REDUCTION}.")
        sizes = ({_FC_TASK: classes} if classes or not heads else {}) | dict(heads or {})
        for task, outputs in sizes.items():
            if outputs < 1:
                name = "classes" if task == _FC_TASK else f"heads: {task}"
                raise ParamsError(f"{name} ({outputs}) must be at least 1.")
        w = base_width
        self.conv1 = nn.Conv2d(3, w, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(w)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)
        self.layer1 = _stage(w, w, BLOCKS[0], stride=1)
        self.layer2 = _stage(4 * w, 2 * w, BLOCKS[1], stride=2)
        self.layer3 = _stage(8 * w, 4 * w, BLOCKS[2], stride=2)
        self.layer4 = _stage(16 * w, 8 * w, BLOCKS[3], stride=2)
        linear = {task: nn.Linear(32 * w, outputs) for task, outputs in sizes.items()}
        if _FC_TASK in linear:
            self.fc = linear.pop(_FC_TASK)
        self.heads = nn.ModuleDict(linear)
        self.columns = _columns(sizes)
        self.base_width = base_width

    def classifiers(self) -> list[nn.Linear]:
        """Return the head of each task, in the order of `columns`."""
        fc = [self.fc] if _FC_TASK in self.columns else []
        return [*fc, *(head for head in self.heads.values() if isinstance(head, nn.Linear))]

    def features(self, x: Tensor) -> Tensor:
        """Return the pooled features, (n, 32 * base_width): 2048 for the real network."""
        out: Tensor = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            out = stage(out)
        return out.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs of all heads side by side, (n, outputs): the logits, (n, classes), of `fc` alone."""
        features = self.features(x)
        outputs = [head(features) for head in self.classifiers()]
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=1)


def _columns(outputs: Mapping[str, int]) -> dict[str, slice]:
    ends = list(accumulate(outputs.values()))
    return {task: slice(end - outputs[task], end) for task, end in zip(outputs, ends, strict=True)}


def in_channels_last(network: SENet50) -> None:
    """Lay the kernels out in memory as convolutions read them fastest, in place; no value changes."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def set_norm_momentum(network: SENet50, momentum: float) -> None:
    """Set the share that one batch has in the running statistics, in place; small batches want a small one."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = momentum


def initialise(network: SENet50, seed: int) -> None:
    """Draw fresh weights in place: He's normal for convolutions, and residual branches that start at zero.

    Source: He et al., Delving Deep into Rectifiers, 2015; Goyal et al., Accurate, Large Minibatch SGD, 2017.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
    initialise_head(network, seed)


def initialise_head(network: SENet50, seed: int) -> None:
    """Draw fresh weights for the heads alone, in place."""
    generator = torch.Generator().manual_seed(seed)
    for head in network.classifiers():
        nn.init.normal_(head.weight, std=0.01, generator=generator)
        nn.init.zeros_(head.bias)
