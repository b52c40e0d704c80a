"""Meshes of a solid head and of a flat print of it, as a pinhole camera sees them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from visavis.face._mesh import Mesh
from visavis.face._pose import CANONICAL, Pose, head_pose

Points = NDArray[np.float64]

FOCAL = 900.0  # pixels
MIDDLE = (320.0, 240.0)
PIVOT = (0.0, 0.0, 8.0)  # a head turns about its neck, centimetres behind the face


def head(seed: int = 0) -> Points:
    """Return 468 points in centimetres, y down and z away: an ellipsoid with a nose."""
    noise = np.random.default_rng(seed)
    x, y = noise.uniform(-7, 7, 2000), noise.uniform(-9, 9, 2000)
    inside = (x / 7.5) ** 2 + (y / 9.5) ** 2 < 0.95
    x, y = x[inside][:468], y[inside][:468]
    z = 8 - 12 * np.sqrt(1 - (x / 7.5) ** 2 - (y / 9.5) ** 2)
    z -= 2.5 * np.exp(-((x / 1.5) ** 2) - ((y - 0.5) / 2.0) ** 2)
    points = np.column_stack([x, y, z])
    for index, (right, up, near) in CANONICAL.items():
        points[index] = (right, -up, -near)
    return points


def turned(points: Points, yaw: float = 0, pitch: float = 0) -> Points:
    """Turn to the right of the picture and down, in degrees."""
    a, b = math.radians(yaw), math.radians(pitch)
    around = np.array([[math.cos(a), 0, -math.sin(a)], [0, 1, 0], [math.sin(a), 0, math.cos(a)]])
    over = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    moved: Points = (points - PIVOT) @ (around @ over).T + PIVOT
    return moved


def seen(points: Points, away: float = 55.0, noise: float = 0.0, seed: int = 0) -> Points:
    """Project points in centimetres, `away` from the camera, to pixels."""
    scale = FOCAL / (points[:, 2:] + away)
    mesh = np.column_stack([points[:, :2] * scale + MIDDLE, points[:, 2:] * FOCAL / away])
    mesh[:, :2] += np.random.default_rng(seed).normal(0, noise, (468, 2)) if noise else 0.0
    return mesh


def print_of(points: Points) -> Points:
    """Return a flat print, life-size, of what a camera sees from the front."""
    flat = seen(points)
    return np.column_stack([(flat[:, :2] - MIDDLE) * 55.0 / FOCAL, np.full(468, 0.0)])


def pose(mesh: Points) -> Pose:
    return head_pose(Mesh(mesh, 1.0))
