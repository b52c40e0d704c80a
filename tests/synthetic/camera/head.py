"""Heads: the mesh of a portrait, its texture, and new people blended from several.

Centimetres, x to the right of the picture, y down, z away from the camera, as in
`visavis.face._pose`; the middle of the head turns about the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import Delaunay
from tests.synthetic.camera.scene import Surface, draw_flat, rotation

from visavis.face import load_pipeline
from visavis.face._mesh import Mesh
from visavis.face._mirror import MIRRORED
from visavis.face._pose import CANONICAL, head_pose
from visavis.registry import ModelStore

__all__ = ["Person", "Source", "blended", "from_photo", "people", "plain", "sources"]

Points = NDArray[np.float64]
Pixels = NDArray[np.uint8]

SIDE = 512  # pixels of a texture
SPAN = 27.0  # centimetres that it covers
NECK = 5.0  # centimetres from the mesh's middle back to the axis that a head turns about

# The rim of the face in MediaPipe's numbering.
_RIM = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377]
_RIM += [152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
# Rings around the rim for hair, ears and throat: how much wider, how much further back.
_RINGS = ((1.06, 1.5), (1.14, 4.0), (1.22, 7.5), (1.27, 11.0))


@dataclass(frozen=True)
class Layout:
    """Where each point lies in all textures of a set of heads, and the triangles between them."""

    uv: Points
    triangles: NDArray[np.int32]


@dataclass(frozen=True)
class Source:
    """One portrait: points of the head looking straight on, and colours in a common layout."""

    layout: Layout
    points: Points
    texture: NDArray[np.float32]


@dataclass(frozen=True)
class Person:
    """A head that can be rendered, its colours as RGBA."""

    layout: Layout
    points: Points
    texture: Pixels

    def surface(self, yaw: float, pitch: float, roll: float, place: Sequence[float]) -> Surface:
        """Return the head turned by degrees about its neck, with the neck at `place`."""
        turned = (self.points - (0.0, 0.0, NECK)) @ rotation(yaw, pitch, roll).T
        layout = self.layout
        return Surface(turned + np.asarray(place), layout.uv, layout.triangles, self.texture)


def from_photo(photo: Image.Image, mesh: Points, layout: Layout | None = None) -> Source:
    """Make a source of a portrait and the 468 points found on it."""
    model = np.array(list(CANONICAL.values())) * (1.0, -1.0, -1.0)
    seen = mesh[list(CANONICAL)]
    middle, origin = seen.mean(0), model.mean(0)
    scale = np.linalg.norm(seen - middle) / np.linalg.norm(model - origin)
    pose = head_pose(Mesh(mesh, 1.0))
    turn = rotation(pose.yaw, pose.pitch, pose.roll)
    upright = (mesh - middle) @ turn / scale + origin
    layout = layout or _layout(upright)
    on_photo = (_with_rings(upright, deep=False) - origin) * scale @ turn.T + middle
    pixels = np.asarray(photo.convert("RGB"))
    texture = draw_flat(layout.uv, on_photo[:, :2], layout.triangles, pixels, (SIDE, SIDE))
    return Source(layout, _with_rings(upright), texture.astype(np.float32))


def plain(seed: int = 0) -> Source:
    """Return a painted half egg: a head that needs neither weights nor photos."""
    chance = np.random.default_rng(seed)
    grain = chance.normal(0, 1, (SIDE // 8, SIDE // 8, 3)).astype(np.float32)
    colour = np.array([200, 150, 120]) + chance.normal(0, 15, 3)
    texture = colour + 25 * cv2.resize(grain, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return Source(_layout(_egg()), _with_rings(_egg()), np.clip(texture, 0, 255).astype(np.float32))


def blended(all_sources: Sequence[Source], seed: int) -> Person:
    """Return a new person: shapes and colours of the sources mixed, and then altered a little."""
    chance = np.random.default_rng(seed)
    weights = chance.dirichlet(np.full(len(all_sources), 0.7))
    # Further from the mean than any mixture, or all would look like one person.
    weights += 0.4 * (weights - 1 / len(all_sources))
    points = np.tensordot(weights, np.stack([s.points for s in all_sources]), 1)
    # Fine detail blurs where portraits are averaged, so one of them gives most of it.
    texture = np.tensordot(weights, np.stack([s.texture for s in all_sources]), 1)
    main = all_sources[int(weights.argmax())].texture
    texture = texture + 0.7 * _detail(main) - 0.7 * _detail(texture.astype(np.float32))
    texture = texture * (1 + 0.06 * chance.normal(size=3))
    texture *= (1 + 0.12 * chance.normal()) * (1 + 0.15 * _smooth(chance))[..., None]
    layout = all_sources[0].layout
    return Person(layout, _altered(points, chance), _rgba(texture, layout))


def people(count: int, folder: Path, *, first: int = 0) -> list[Person]:
    """Return people number `first` and following, made from a folder of portraits."""
    return [blended(sources(folder), first + number) for number in range(count)]


@lru_cache(maxsize=4)
def sources(folder: Path) -> tuple[Source, ...]:
    """Return every portrait of a folder that shows a whole frontal face, and its mirror image."""
    pipeline = load_pipeline(ModelStore.default())
    found: list[Source] = []
    for file in sorted([*folder.glob("*.jpg"), *folder.glob("*.png")]):
        photo = Image.open(file).convert("RGB")
        photo.thumbnail((1400, 1400))
        faces = pipeline._faces(photo)
        if len(faces) != 1 or "partial" in file.name:
            continue
        mesh = faces[0].mesh.points
        if abs(head_pose(faces[0].mesh).yaw) < 15:
            found.append(from_photo(photo, mesh, found[0].layout if found else None))
    if not found:
        raise ValueError(f"no frontal face in {folder}")
    return (*found, *(_mirrored(source) for source in found))


def _with_rings(mesh: Points, *, deep: bool = True) -> Points:
    rim = mesh[_RIM]
    middle = rim.mean(0)
    rings = [mesh]
    for wider, back in _RINGS:
        # More above, where hair is, than at the sides, where the portrait's background begins.
        up = np.where(rim[:, 1] < middle[1], 2.0, 1.0)
        factor = 1 + (wider - 1) * np.column_stack([np.ones(len(rim)), up])
        ring = rim.copy()
        ring[:, :2] = middle[:2] + (rim[:, :2] - middle[:2]) * factor
        if deep:
            ring[:, 2] += back
        rings.append(ring)
    return np.concatenate(rings)


def _layout(mesh: Points) -> Layout:
    flat = _with_rings(mesh)[:, :2]
    uv = (flat - flat.mean(0)) * SIDE / SPAN + SIDE / 2
    return Layout(uv, Delaunay(uv).simplices.astype(np.int32))


def _egg() -> Points:
    mesh = np.zeros((468, 3))
    angle = np.linspace(-np.pi / 2, 1.5 * np.pi, len(_RIM), endpoint=False)
    mesh[_RIM, 0], mesh[_RIM, 1] = 7.3 * np.cos(angle), 9.0 * np.sin(angle)
    inner = np.setdiff1d(np.arange(468), _RIM)
    share = np.sqrt((np.arange(len(inner)) + 0.5) / len(inner)) * 0.94
    turn = np.arange(len(inner)) * np.pi * (3 - 5**0.5)
    mesh[inner, 0], mesh[inner, 1] = 7.3 * share * np.cos(turn), 9.0 * share * np.sin(turn)
    round_ = np.clip(1 - (mesh[:, 0] / 7.4) ** 2 - (mesh[:, 1] / 9.1) ** 2, 0, 1)
    mesh[:, 2] = 2 - 7 * np.sqrt(round_)
    return mesh


def _detail(texture: NDArray[np.float32]) -> NDArray[np.float32]:
    return texture - np.asarray(cv2.GaussianBlur(texture, (0, 0), 4), np.float32)


def _smooth(chance: np.random.Generator) -> NDArray[np.float32]:
    coarse = chance.normal(0, 1, (4, 4)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))


def _altered(points: Points, chance: np.random.Generator) -> Points:
    """Change the proportions of a head: width, length, and smooth swellings here and there."""
    changed = points * (1 + 0.035 * chance.normal(size=3))
    for _ in range(12):
        centre = points[chance.integers(468)]
        push, width = chance.normal(0, 0.25, 3), chance.uniform(1.5, 4)
        for side in (1.0, -1.0):
            away = points - centre * (side, 1.0, 1.0)
            weight = np.exp(-(away**2).sum(1) / (2 * width**2))[:, None]
            changed = changed + weight * push * (side, 1.0, 1.0)
    return _straightened(changed)


def _straightened(points: Points) -> Points:
    """Turn a head to where its pose is measured as straight on."""
    pose = head_pose(Mesh(points[:468], 1.0))
    return points @ rotation(pose.yaw, pose.pitch, pose.roll)


def _mirrored(source: Source) -> Source:
    rim = {point: place for place, point in enumerate(_RIM)}
    ring = np.array([rim[int(MIRRORED[point])] for point in _RIM])
    order = [np.asarray(MIRRORED), *(468 + ring + n * len(_RIM) for n in range(len(_RINGS)))]
    points = source.points[np.concatenate(order)] * (-1.0, 1.0, 1.0)
    moved = source.layout.uv[np.concatenate(order)] * (-1.0, 1.0) + (SIDE, 0.0)
    flipped = np.ascontiguousarray(source.texture[:, ::-1]).astype(np.uint8)
    layout = source.layout
    texture = draw_flat(layout.uv, moved, layout.triangles, flipped, (SIDE, SIDE))
    return Source(layout, points, texture.astype(np.float32))


def _rgba(texture: Points, layout: Layout) -> Pixels:
    """Make the outer edge of the texture fade out."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    edge = cv2.convexHull(layout.uv[-len(_RIM) :].astype(np.int32))
    cv2.fillConvexPoly(mask, edge, 255)
    faded = cv2.GaussianBlur(cv2.erode(mask, np.ones((9, 9), np.uint8)), (0, 0), 4)
    colours = np.clip(texture, 0, 255).astype(np.uint8)
    return np.dstack([colours, faded.astype(np.uint8)])
