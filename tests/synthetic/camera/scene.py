"""Surfaces in front of a camera, and what reaches its sensor."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["FOCAL", "SIZE", "Surface", "draw", "draw_flat", "rotation", "sheet"]

Points = NDArray[np.float64]
Pixels = NDArray[np.uint8]

SIZE = (720, 540)
FOCAL = 620.0  # pixels: 60 degrees across, as webcams have

_LIGHT = np.array([-0.35, -0.55, -0.75]) / np.linalg.norm([-0.35, -0.55, -0.75])


@dataclass(frozen=True)
class Surface:
    """Triangles with colours.

    Attributes:
        points: shape (points, 3), centimetres before the camera.
        uv: where each lies in the texture, pixels.
        triangles: shape (triangles, 3), numbers of points.
        texture: RGB, or RGBA where parts can be seen through.
        lit: whether light falls on it; a screen shines by itself.
        solid: whether only the side that faces the camera is seen.
    """

    points: Points
    uv: Points
    triangles: NDArray[np.int32]
    texture: Pixels
    lit: bool = True
    solid: bool = True


def rotation(yaw: float, pitch: float, roll: float) -> Points:
    """Return the matrix of a pose, with the signs of `visavis.face._pose.Pose`, degrees."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.radians((yaw, pitch, roll))) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def sheet(  # noqa: PLR0913
    texture: Pixels,
    width: float,
    place: tuple[float, float, float],
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0),
    bend: float = 0.0,
    *,
    lit: bool = True,
) -> Surface:
    """Return a picture on paper or on a screen.

    Args:
        texture: the picture.
        width: centimetres.
        place: of its middle.
        turn: yaw, pitch and roll in degrees.
        bend: radians from edge to edge of the part of a cylinder that it is.
        lit: whether light falls on it.
    """
    cells = 12
    down, across = np.mgrid[: cells + 1, : cells + 1].reshape(2, -1) / cells
    high, wide = texture.shape[:2]
    x, y = (across - 0.5) * width, (down - 0.5) * width * high / wide
    z = np.zeros_like(x)
    if bend:
        radius = width / bend
        x, z = radius * np.sin(x / radius), radius * (1 - np.cos(x / radius))
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    one = np.stack([corner, corner + 1, corner + cells + 2], 1)
    two = np.stack([corner, corner + cells + 2, corner + cells + 1], 1)
    points = np.stack([x, y, z], 1) @ rotation(*turn).T + place
    uv = np.stack([across * (wide - 1), down * (high - 1)], 1)
    triangles = np.concatenate([one, two]).astype(np.int32)
    return Surface(points, uv, triangles, texture, lit=lit, solid=False)


def draw(canvas: Pixels, surface: Surface, *, focal: float = FOCAL) -> None:
    """Draw a surface over what is there, in perspective."""
    high, wide = canvas.shape[:2]
    points = surface.points
    flat = points[:, :2] * focal / points[:, 2:] + (wide / 2, high / 2)
    triangles = surface.triangles
    corners = flat[triangles]
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    shade = _shade(points, triangles) if surface.lit else np.ones(len(points))
    # Wound as in the texture, a triangle shows its face.
    a, b = (surface.uv[triangles[:, k]] - surface.uv[triangles[:, 0]] for k in (1, 2))
    front = area * np.sign(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    keep = front > 0.05 if surface.solid else np.abs(area) > 0.05
    triangles, corners = triangles[keep], corners[keep]
    if not len(triangles):
        return
    order = np.argsort(-points[triangles, 2].mean(1))
    values = np.concatenate([surface.uv, shade[:, None]], 1)
    _paint(canvas, corners[order], values[triangles[order]], surface.texture)


def draw_flat(
    to: Points, source: Points, triangles: NDArray[np.int32], pixels: Pixels, size: tuple[int, int]
) -> Pixels:
    """Return a picture with its triangles moved from `source` to `to`."""
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    values = np.concatenate([source, np.ones((len(source), 1))], 1)
    _paint(canvas, to[triangles], values[triangles], pixels)
    return canvas


def _shade(points: Points, triangles: NDArray[np.int32]) -> Points:
    corners = points[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals *= -np.sign(normals[:, 2:].sum() or 1.0)
    each = np.zeros_like(points)
    for corner in range(3):
        np.add.at(each, triangles[:, corner], normals)
    each /= np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-9)
    return np.asarray(0.55 + 0.55 * np.clip(each @ _LIGHT, 0, None))


def _paint(canvas: Pixels, corners: Points, values: Points, texture: Pixels) -> None:
    """Draw triangles in their order; values at the corners are u, v and brightness."""
    high, wide = canvas.shape[:2]
    low = np.clip(np.floor(corners.min((0, 1))) - 1, 0, (wide, high)).astype(int)
    top = np.clip(np.ceil(corners.max((0, 1))) + 2, 0, (wide, high)).astype(int)
    if (top <= low).any():
        return
    corners = corners - low
    owner = np.full((top[1] - low[1], top[0] - low[0]), len(corners), np.int32)
    for number, polygon in enumerate(np.round(corners * 16).astype(np.int32)):
        cv2.fillConvexPoly(owner, polygon, number, cv2.LINE_8, 4)
    plane = np.concatenate([corners, np.ones((len(corners), 3, 1))], 2)
    slopes = np.linalg.solve(plane, values).transpose(0, 2, 1)
    nothing = np.tile([[0.0, 0.0, -9.0]], (1, 3, 1))
    slopes = np.concatenate([slopes, nothing]).astype(np.float32)
    y, x = np.mgrid[: owner.shape[0], : owner.shape[1]].astype(np.float32)
    u, v, bright = (
        part[owner, 0] * x + part[owner, 1] * y + part[owner, 2]
        for part in (slopes[:, 0], slopes[:, 1], slopes[:, 2])
    )
    drawn = owner < len(corners)
    seen = cv2.remap(texture, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = drawn.astype(np.float32)
    if texture.shape[2] == 4:
        cover *= seen[..., 3].astype(np.float32) / 255
    cover = np.asarray(cv2.blur(cover, (3, 3)), np.float32) * drawn
    part = canvas[low[1] : top[1], low[0] : top[0]]
    colours = seen[..., :3].astype(np.float32) * bright[..., None]
    part[:] = cv2.convertScaleAbs(part + (np.minimum(colours, 255) - part) * cover[..., None])
