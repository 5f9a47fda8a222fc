"""Load the packed CC0 head rig: mesh, identity targets, face units and masks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.pictures.images import decode

__all__ = [
    "ATLAS_AXIS_Z",
    "EYE",
    "JOINTS",
    "LASH",
    "MOUTH",
    "SKIN",
    "TEETH",
    "TONGUE",
    "Rig",
    "Target",
    "load_rig",
]

SKIN, EYE, TEETH, TONGUE, MOUTH, LASH = range(6)
"""Materials of a triangle; the body below the neck is skin too, and its clothes are a matter of shading."""

JOINTS = ("left_shoulder", "head", "right_shoulder", "neck")
"""The joints whose marker vertices (eight each, in no triangle) the rig keeps, in vertex order."""

_SCALE_VERTICES, _SCALE_TARGETS, _SCALE_MASKS = 1e4, 1e3, 65535.0
_ATLAS_BOTTOM, _ATLAS_TOP = 5.9, 8.65
ATLAS_AXIS_Z = 0.25
"""Where the axis of the cylindrical atlas stands, in decimetres."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Sparse offsets that a weight adds to the mesh.

    Attributes:
        vertices: (k,) indices.
        offsets: (k, 3) float32, decimetres.
    """

    vertices: NDArray[np.intp]
    offsets: Float32


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """The unposed average head: x to its left, y up, z forward, in decimetres.

    Attributes:
        vertices: (n, 3) float32.
        triangles: (m, 3) int32.
        material: (m,) int32, one of the materials of this module.
        atlas_uv: (m, 3, 2) float32 per corner: turn round the head and height from the top, both in [0, 1] on the skin.
        mask_uv: (m, 3, 2) float32 per corner: coordinates in `masks`, v upwards.
        masks: (512, 512, 3) uint8: lips, eyelids, ears.
        targets: identity targets by `group/name`.
        units: face units by name (the 52 of ARKit), sorted.
        joints: marker vertices of `JOINTS`.
    """

    vertices: Float32
    triangles: NDArray[np.int32]
    material: NDArray[np.int32]
    atlas_uv: Float32
    mask_uv: Float32
    masks: NDArray[np.uint8]
    targets: Mapping[str, Target]
    units: Mapping[str, Target]
    joints: Mapping[str, NDArray[np.intp]]

    def vertices_of(self, material: int) -> NDArray[np.intp]:
        """Return the sorted vertices of the triangles of one material."""
        return np.unique(self.triangles[self.material == material]).astype(np.intp)


@lru_cache(maxsize=1)
def load_rig() -> Rig:
    """Return the rig that ships with the package."""
    folder = files("fer_data.sample").joinpath("rig")
    with folder.joinpath("head_rig.npz").open("rb") as file, np.load(file) as packed:
        arrays = {name: packed[name] for name in packed.files}
    triangles = arrays["f"].astype(np.int32)
    vertices = (arrays["v"] / _SCALE_VERTICES).astype(np.float32)
    identity, units = _targets(arrays)
    loose = np.setdiff1d(np.arange(len(arrays["v"])), triangles).reshape(len(JOINTS), -1)
    return Rig(
        vertices=vertices,
        triangles=triangles,
        material=arrays["mat"].astype(np.int32),
        atlas_uv=_cylinder_uv(vertices[triangles]),
        mask_uv=(arrays["mhuv"] / _SCALE_MASKS).astype(np.float32),
        masks=decode(folder.joinpath("masks_lips_eyelids_ears.png").read_bytes()),
        targets=identity,
        units=units,
        joints=dict(zip(JOINTS, loose, strict=True)),
    )


def _cylinder_uv(corners: Float32) -> Float32:
    """Return turn and height (m, 3, 2) of triangle corners (m, 3, 3); a turn over the seam goes on above 1.

    The pack's own `uv` array is not read: beyond 1.02 it overflowed its integers.
    """
    turn = np.arctan2(corners[..., 0], corners[..., 2] - ATLAS_AXIS_Z) / (2 * np.pi) + 0.5
    over_the_seam = np.ptp(turn, axis=1, keepdims=True) > 0.5
    turn = np.where(over_the_seam & (turn < 0.5), turn + 1, turn)
    height = (_ATLAS_TOP - corners[..., 1]) / (_ATLAS_TOP - _ATLAS_BOTTOM)
    return np.stack([turn, height], -1).astype(np.float32)


def _targets(arrays: Mapping[str, NDArray[np.generic]]) -> tuple[dict[str, Target], dict[str, Target]]:
    """Unpack the run-length coded targets into identity targets and face units."""
    ends = np.cumsum(arrays["cnt"].astype(np.int64))
    identity: dict[str, Target] = {}
    units: dict[str, Target] = {}
    for name, start, end in zip(arrays["names"], [0, *ends[:-1]], ends, strict=True):
        target = Target(
            np.cumsum(arrays["ids"][start:end].astype(np.intp)),
            (arrays["off"][start:end].astype(np.float32) / np.float32(_SCALE_TARGETS)),
        )
        group, _, stem = str(name).partition("/targets/")[2].partition("/")
        stem = stem.split(".", 1)[0]
        if group == "faceunits":
            units[stem] = target
        else:
            identity[f"{group}/{stem}"] = target
    return identity, dict(sorted(units.items()))
