"""Which way a head points, from its mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.face._mesh import Mesh

__all__ = ["CANONICAL", "Pose", "head_pose"]

# Points of MediaPipe's canonical face model (canonical_face_model.obj, Apache-2.0; centimetres,
# x to the person's left, y up, z to the camera) that a moving mouth or eyelid leaves in place.
_RIGHT_HALF = {
    33: (-4.445859, 2.663991, 3.173422),
    127: (-7.743095, 2.364999, -2.005167),
    133: (-1.856432, 2.585245, 3.757904),
    234: (-7.664182, 0.673132, -2.435867),
}
_LEFT_TWIN = {33: 263, 127: 356, 133: 362, 234: 454}
_MIDDLE = {
    4: (0.0, -0.463170, 7.586580),
    6: (0.0, 2.473255, 5.788627),
    10: (0.0, 8.261778, 4.481535),
    152: (0.0, -9.403378, 4.264492),
    168: (0.0, 3.271027, 5.236015),
}
CANONICAL = (
    _MIDDLE | _RIGHT_HALF | {_LEFT_TWIN[i]: (-x, y, z) for i, (x, y, z) in _RIGHT_HALF.items()}
)
_INDICES = list(CANONICAL)
# In the mesh y points down and z away from the camera.
_REFERENCE = np.array(list(CANONICAL.values())) * (1.0, -1.0, -1.0)
_REFERENCE -= _REFERENCE.mean(0)


@dataclass(frozen=True, slots=True)
class Pose:
    """Rotation of a head from facing the camera upright, in degrees.

    Attributes:
        yaw: positive when the face turns to the right of the picture.
        pitch: positive when the face looks down.
        roll: positive when the head leans to the right of the picture.

    """

    yaw: float
    pitch: float
    roll: float


def head_pose(mesh: Mesh) -> Pose:
    """Fit the rotation between the canonical face and a mesh (Kabsch 1976, by SVD)."""
    points = mesh.points[_INDICES]
    left, _, right = np.linalg.svd((points - points.mean(0)).T @ _REFERENCE)
    upright = np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation: NDArray[np.float64] = left @ upright @ right
    forward = rotation @ (0.0, 0.0, -1.0)
    return Pose(
        yaw=float(np.degrees(np.arctan2(forward[0], -forward[2]))),
        pitch=float(np.degrees(np.arcsin(np.clip(forward[1], -1.0, 1.0)))),
        roll=float(np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))),
    )
