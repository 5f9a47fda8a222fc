"""Pose a head: bend it from the shoulders and place it before the camera."""

from math import cos, sin
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Float32
from fer_data.sample.kernels import loop

__all__ = ["Pose", "along", "blend", "by_axis", "place", "pose_towards", "rotation"]


class Pose(NamedTuple):
    """How a body stands before the camera.

    Attributes:
        pivot: (3,) float32, the point that the head turns about.
        axis: (3,) float32 unit vector, which the head turns about.
        angle: radians, of the head against the shoulders.
        torso: (3, 3) float32, rotation of the shoulders.
        head: (3, 3) float32, rotation of the head.
        origin: (3,) float32, added last.
    """

    pivot: Float32
    axis: Float32
    angle: float
    torso: Float32
    head: Float32
    origin: Float32


def rotation(yaw: float, pitch: float, roll: float) -> Float32:
    """Return the (3, 3) rotation: yaw to the person's left, pitch down, roll to the person's right, in radians."""
    about_y = cv2.Rodrigues(np.array([0.0, yaw, 0.0]))[0]
    about_x = cv2.Rodrigues(np.array([pitch, 0.0, 0.0]))[0]
    about_z = cv2.Rodrigues(np.array([0.0, 0.0, roll]))[0]
    return np.asarray(about_z @ about_y @ about_x, np.float32)


def pose_towards(
    pivot: Float32, centre: Float32, angles: tuple[float, float, float, float], distance: float
) -> Pose:
    """Return the pose that puts `centre`, after turning, at `distance` before the camera.

    `angles` are the head's yaw, pitch and roll and the torso's yaw, in radians.
    """
    yaw, pitch, roll, torso_yaw = angles
    torso, head = rotation(torso_yaw, 0, 0), rotation(yaw, pitch, roll)
    bend = cv2.Rodrigues((torso.T @ head).astype(np.float64))[0][:, 0]
    angle = float(np.sqrt(np.square(bend).sum()))
    axis = (bend / angle if angle > 1e-6 else np.array([0.0, 1.0, 0.0])).astype(np.float32)
    origin = -(head @ (centre - pivot)) - np.array([0, 0, distance], np.float32)
    return Pose(pivot, axis, angle, torso, head, origin.astype(np.float32))


def by_axis(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return points (n, 3) with the numbers of each axis next to one another, which `along` reads in half the time."""
    return np.asarray(points, np.float64, order="F")


def along(points: NDArray[np.floating], axis: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return how far each of the points (n, 3) lies along an axis (3,)."""
    return np.asarray(points[:, 0] * axis[0] + points[:, 1] * axis[1] + points[:, 2] * axis[2])


def place(points: Float32, head_share: Float32, pose: Pose) -> Float32:
    """Return points (n, 3) in camera space; each follows the head's turn by its share."""
    result = np.empty_like(points)
    _place(result, points, head_share, pose)
    return result


@loop
def _place(result: Float32, points: Float32, head_share: Float32, pose: Pose) -> None:
    ax, ay, az = pose.axis[0], pose.axis[1], pose.axis[2]
    share = np.float32(0)
    cosine, sine = cos(pose.angle * share), sin(pose.angle * share)
    for index in range(points.shape[0]):
        x, y, z = (
            points[index, 0] - pose.pivot[0],
            points[index, 1] - pose.pivot[1],
            points[index, 2] - pose.pivot[2],
        )
        if head_share[index] != share:  # of most points it is that of the one before
            share = head_share[index]
            cosine, sine = cos(pose.angle * share), sin(pose.angle * share)
        along = (ax * x + ay * y + az * z) * (1 - cosine)
        tx = x * cosine + (ay * z - az * y) * sine + ax * along
        ty = y * cosine + (az * x - ax * z) * sine + ay * along
        tz = z * cosine + (ax * y - ay * x) * sine + az * along
        for row in range(3):
            turned = pose.torso[row, 0] * tx + pose.torso[row, 1] * ty + pose.torso[row, 2] * tz
            result[index, row] = turned + pose.origin[row]


def blend(vertices: Float32, basis: Float32, weights: Float32) -> Float32:
    """Return vertices (n, 3) plus the weighted sum of `basis` (u, n, 3)."""
    result = vertices.copy()
    _blend(result, basis, weights)
    return result


@loop
def _blend(result: Float32, basis: Float32, weights: Float32) -> None:
    for unit in range(weights.shape[0]):
        weight = weights[unit]
        if abs(weight) > 1e-4:
            for index in range(result.shape[0]):
                for axis in range(3):
                    result[index, axis] += weight * basis[unit, index, axis]
