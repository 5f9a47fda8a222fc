"""The names under which others publish the SENet-50 of VGGFace2, turned into the release's.

Source: the public conversion of the Caffe model (release names), the MMdnn export of the VGG group, and timm's
`legacy_seresnet50`, which computes the same function.
"""

import re
from collections.abc import Callable, Iterable
from typing import Literal

from fer_data.errors import WeightsError

__all__ = ["Naming", "naming_of", "release_names"]

Naming = Literal["release", "mmdnn", "timm-legacy"]
"""Whose names a file uses."""

_PARTS = {
    "1x1_reduce": ("conv1", "bn1"),
    "3x3": ("conv2", "bn2"),
    "1x1_increase": ("conv3", "bn3"),
    "1x1_proj": ("downsample.0", "downsample.1"),
    "1x1_down": ("conv4", "conv4"),
    "1x1_up": ("conv5", "conv5"),
}
_FIELDS = {"weights": "weight", "scale": "weight", "mean": "running_mean", "var": "running_var"}
"""Fields of MMdnn's nested dicts; a flat state dict has PyTorch's already."""

_MMDNN = re.compile(r"conv([2-5])_([1-9])_(" + "|".join(_PARTS) + r")(_bn)?\.(\w+)")
_MMDNN_ENDS = {"conv1_7x7_s2": "conv1", "conv1_7x7_s2_bn": "bn1", "classifier_1": "fc", "classifier": "fc"}
_TIMM_PREFIXES = (("layer0.", ""), ("last_linear.", "fc."))
_TIMM_GATES = ((".se_module.fc1.", ".conv4."), (".se_module.fc2.", ".conv5."))


def naming_of(names: Iterable[str]) -> Naming:
    """Return whose names these are.

    Raises:
        WeightsError: nobody's whom we know, or those of a network that is silently wrong with such weights.
    """
    found = set(names)
    if any(".se.fc1." in name for name in found):
        raise WeightsError(
            "The names are those of timm's seresnet50, which takes such weights but strides and pools differently, "
            "so its weights are silently wrong here. Use the release, or timm's legacy_seresnet50."
        )
    if "conv1.weight" in found and "layer1.0.conv4.weight" in found:
        return "release"
    if any(name.startswith(("conv1_7x7_s2.", "conv1/7x7_s2.")) for name in found):
        return "mmdnn"
    if "layer0.conv1.weight" in found:
        return "timm-legacy"
    raise WeightsError(
        f"The {len(found)} names, such as {sorted(found)[:3]}, follow no naming of a SENet-50 that we know. "
        "Expected those of the VGGFace2 release, of its MMdnn export, or of timm's legacy_seresnet50."
    )


def release_names(names: Iterable[str], naming: Naming) -> dict[str, str]:
    """Return each name's counterpart in the release; a name that has none stays as it is.

    >>> release_names(["conv3_1_1x1_proj_bn.running_mean", "classifier_1.weight"], "mmdnn")
    {'conv3_1_1x1_proj_bn.running_mean': 'layer2.0.downsample.1.running_mean', 'classifier_1.weight': 'fc.weight'}
    >>> release_names(["layer1.0.se_module.fc2.bias"], "timm-legacy")
    {'layer1.0.se_module.fc2.bias': 'layer1.0.conv5.bias'}

    Raises:
        WeightsError: two names have the same counterpart.
    """
    rename = _RENAMES[naming]
    renamed: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name in names:
        renamed[name] = rename(name)
        if renamed[name] in seen:
            raise WeightsError(
                f"{name!r} and {seen[renamed[name]]!r} both mean {renamed[name]!r}. Export the weights again."
            )
        seen[renamed[name]] = name
    return renamed


def _from_mmdnn(name: str) -> str:
    layer, _, field = name.replace("/", "_").rpartition(".")
    field = _FIELDS.get(field, field)
    if layer in _MMDNN_ENDS:
        return f"{_MMDNN_ENDS[layer]}.{field}"
    match = _MMDNN.fullmatch(f"{layer}.{field}")
    if match is None:
        return name
    stage, block, part, normalised, field = match.groups()
    return f"layer{int(stage) - 1}.{int(block) - 1}.{_PARTS[part][bool(normalised)]}.{field}"


def _from_timm_legacy(name: str) -> str:
    for old, new in _TIMM_PREFIXES:
        if name.startswith(old):
            return new + name.removeprefix(old)
    for old, new in _TIMM_GATES:
        name = name.replace(old, new)
    return name


_RENAMES: dict[Naming, Callable[[str], str]] = {
    "release": str,
    "mmdnn": _from_mmdnn,
    "timm-legacy": _from_timm_legacy,
}
