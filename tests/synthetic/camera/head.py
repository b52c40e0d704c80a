"""Heads: the mesh of a portrait, its texture, and new people blended from several.

Centimetres, x to the right of the picture, y down, z away from the camera, as in
`visavis.face._pose`; the middle of the head turns about the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import Delaunay
from tests.synthetic.camera.scene import SIZE, Surface, draw, draw_flat, rotation

from visavis.face import FacePipeline, load_pipeline
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


# Eyes with brows, nose, mouth: points of the mesh about which they lie, and how far they reach in
# pixels of the texture.
_PARTS: Final = (
    (((159, 145, 105), (52, 46)), ((386, 374, 334), (52, 46))),
    (((4, 5, 1), (34, 50)),),
    (((13, 14), (62, 38)),),
)
_BROWS: Final = ([70, 63, 105], [105, 66, 107], [300, 293, 334], [334, 296, 336])
_LEFT_OUT: Final = ("partial", "32bit")  # parts of a face, and a portrait that is there twice


@dataclass(frozen=True)
class Layout:
    """Where each point lies in all textures of a set of heads, and the triangles between them."""

    uv: Points
    triangles: NDArray[np.int32]


@dataclass(frozen=True)
class Source:
    """One portrait: points of the head looking straight on, and colours in a common layout.

    Portraits of one person have one name.
    """

    layout: Layout
    points: Points
    texture: NDArray[np.float32]
    name: str = ""


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


def from_photo(
    photo: Image.Image, mesh: Points, layout: Layout | None = None, *, name: str = ""
) -> Source:
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
    return Source(layout, _with_rings(upright), texture.astype(np.float32), name)


def plain(seed: int = 0) -> Source:
    """Return a painted half egg: a head that needs neither weights nor photos."""
    chance = np.random.default_rng(seed)
    grain = chance.normal(0, 1, (SIDE // 8, SIDE // 8, 3)).astype(np.float32)
    colour = np.array([200, 150, 120]) + chance.normal(0, 15, 3)
    texture = colour + 25 * cv2.resize(grain, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    colours = np.clip(texture, 0, 255).astype(np.float32)
    return Source(_layout(_egg()), _with_rings(_egg()), colours, f"egg {seed}")


def blended(all_sources: Sequence[Source], seed: int) -> Person:
    """Return a new person: eyes, nose, mouth and the rest each mixed anew, and then altered."""
    chance = np.random.default_rng(seed)
    layout = all_sources[0].layout
    where = _parts(layout)
    mixed = [_mixed(all_sources, chance) for _ in where]
    points = sum(
        (part[:, None] * one.points for part, one in zip(_at(where, layout), mixed, strict=True)),
        np.zeros_like(mixed[0].points),
    )
    # The colour of the skin is that of the last part, so that no seams are seen.
    skin = _coarse(mixed[-1].texture)
    texture = skin + sum(
        part[..., None] * (one.texture - _coarse(one.texture))
        for part, one in zip(where, mixed, strict=True)
    )
    texture = _made_up(texture, layout, chance)
    return Person(layout, _altered(points, chance), _rgba(texture, layout))


def _mixed(all_sources: Sequence[Source], chance: np.random.Generator) -> Source:
    """Mix sources: mostly one, and further from the mean than any mixture would be."""
    names = sorted({source.name for source in all_sources})
    shares = chance.dirichlet(np.full(len(names), 0.3))
    shares += 0.6 * (shares - 1 / len(names))
    # One portrait of each person, as it is or mirrored.
    chosen = [
        (own := [source for source in all_sources if source.name == name])[
            int(chance.integers(len(own)))
        ]
        for name in names
    ]
    points = np.tensordot(shares, np.stack([source.points for source in chosen]), 1)
    stacked = np.stack([source.texture for source in chosen])
    texture = np.tensordot(shares.astype(np.float32), stacked, 1)
    # Fine detail blurs where portraits are averaged, so one of them gives most of it.
    main = chosen[int(shares.argmax())].texture
    texture = texture + np.float32(0.8) * (_detail(main) - _detail(texture))
    return Source(chosen[0].layout, points, texture)


def _parts(layout: Layout) -> NDArray[np.float32]:
    """Return how much of each place in the texture belongs to eyes, nose, mouth and the rest."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    weights = []
    for blobs in _PARTS:
        weight = np.zeros((SIDE, SIDE), np.float32)
        for points, (wide, high) in blobs:
            middle = layout.uv[list(points)].mean(0)
            away = ((x - middle[0]) / wide) ** 2 + ((y - middle[1]) / high) ** 2
            weight = np.maximum(weight, np.exp(-(away**2)).astype(np.float32))
        weights.append(weight)
    rest = np.clip(1 - np.sum(weights, 0), 0, 1)
    parts = np.stack([*weights, rest])
    return np.asarray(parts / parts.sum(0), np.float32)


def _at(parts: NDArray[np.float32], layout: Layout) -> Points:
    x, y = np.clip(np.round(layout.uv), 0, SIDE - 1).astype(int).T
    return np.asarray(parts[:, y, x], np.float64)


def _made_up(texture: Points, layout: Layout, chance: np.random.Generator) -> Points:
    """Change what is painted on a face: its tone, brows, lips, beard and shadows."""
    tone = (1 + 0.04 * chance.normal(size=3)) * chance.uniform(0.75, 1.15)
    texture = texture * tone * (1 + 0.15 * _smooth(chance))[..., None]
    hair = chance.uniform(0.1, 1) * np.array([150, 110, 80])
    red = chance.uniform((110, 40, 40), (210, 130, 130))
    brow, thick, shadow = chance.uniform((0, 5, 0), (0.7, 13, 0.2))
    # Points about which it lies, how far it reaches in pixels, how much it covers, and colour.
    layers = [
        *((points, (24, thick), brow, hair) for points in _BROWS),
        ([13, 14], (38, 11), chance.uniform(0, 0.6), red),
        ([152, 17], (80, 45), chance.uniform(0.2, 0.7) * (chance.random() < 0.4), hair),
        ([164], (42, 9), chance.uniform(0.3, 0.8) * (chance.random() < 0.35), hair),
        *(([point], (30, 16), shadow, np.zeros(3)) for point in (145, 374)),
    ]
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    grain = cv2.resize(chance.normal(0, 1, (256, 256)).astype(np.float32), (SIDE, SIDE))
    for points, (wide, high), share, colour in layers:
        middle = layout.uv[points].mean(0)
        away = ((x - middle[0]) / wide) ** 2 + ((y - middle[1]) / high) ** 2
        cover = np.clip(share * np.exp(-(away**2)) * (1 + 0.25 * grain), 0, 1)[..., None]
        texture = (1 - cover) * texture + cover * colour
    return texture


def people(count: int, folder: Path, *, first: int = 0) -> list[Person]:
    """Return people number `first` and following, made from a folder of portraits."""
    made_of = sources(folder)
    return [_facing(blended(made_of, first + number)) for number in range(count)]


def _facing(person: Person) -> Person:
    """Turn a head to where the networks see it look straight on: they know no head like it."""
    for _ in range(2):
        picture = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
        draw(picture, person.surface(0, 0, 0, (0, 0, 60)))
        faces = _pipeline()._faces(Image.fromarray(picture))
        if faces:
            pose = head_pose(faces[0].mesh)
            turned = person.points @ rotation(pose.yaw, pose.pitch, pose.roll)
            person = Person(person.layout, turned, person.texture)
    return person


@lru_cache(maxsize=1)
def _pipeline() -> FacePipeline:
    return load_pipeline(ModelStore.default())


@lru_cache(maxsize=4)
def sources(folder: Path) -> tuple[Source, ...]:
    """Return every portrait of a folder that shows a whole frontal face, and its mirror image."""
    pipeline = _pipeline()
    found: list[Source] = []
    for file in sorted([*folder.glob("*.jpg"), *folder.glob("*.png")]):
        photo = Image.open(file).convert("RGB")
        photo.thumbnail((1400, 1400))
        faces = pipeline._faces(photo)
        if len(faces) != 1 or any(word in file.name for word in _LEFT_OUT):
            continue
        mesh = faces[0].mesh.points
        if abs(head_pose(faces[0].mesh).yaw) < 15:
            name = file.stem.rstrip("0123456789")
            found.append(from_photo(photo, mesh, found[0].layout if found else None, name=name))
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


def _coarse(texture: NDArray[np.float32]) -> NDArray[np.float32]:
    small = cv2.resize(texture, (64, 64), interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (0, 0), 5)
    return np.asarray(cv2.resize(smooth, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


def _smooth(chance: np.random.Generator) -> NDArray[np.float32]:
    coarse = chance.normal(0, 1, (4, 4)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))


def _altered(points: Points, chance: np.random.Generator) -> Points:
    """Change the proportions of a head: width, length, and smooth swellings here and there."""
    changed = points * (1 + 0.035 * chance.normal(size=3))
    for _ in range(12):
        centre = points[chance.integers(468)]
        push, width = chance.normal(0, 0.3, 3), chance.uniform(1.5, 4)
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
    return Source(layout, points, texture.astype(np.float32), source.name)


def _rgba(texture: Points, layout: Layout) -> Pixels:
    """Make the outer edge of the texture fade out."""
    # Ears are smeared over the sides of the head: sharp, they are taken for a second face.
    face = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillConvexPoly(face, cv2.convexHull(layout.uv[_RIM].astype(np.int32)), 1.0)
    face = np.asarray(cv2.GaussianBlur(face, (0, 0), 8), np.float32)[..., None]
    texture = face * texture + (1 - face) * np.asarray(cv2.GaussianBlur(texture, (0, 0), 10))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    edge = cv2.convexHull(layout.uv[-len(_RIM) :].astype(np.int32))
    cv2.fillConvexPoly(mask, edge, 255)
    faded = cv2.GaussianBlur(cv2.erode(mask, np.ones((9, 9), np.uint8)), (0, 0), 4)
    colours = np.clip(texture, 0, 255).astype(np.uint8)
    return np.dstack([colours, faded.astype(np.uint8)])
