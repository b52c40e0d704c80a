"""Photographs of printed codes, as a bad camera takes them. Drawn, from nothing but a seed."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

__all__ = ["COVERED", "FRAME", "MOST_TILT", "PHONE", "Shot", "shot"]

FRAME = (1280, 720)
"""Pixels of a webcam or kiosk frame."""

PHONE = (4000, 3000)
"""Pixels of a 12-megapixel phone photo."""

COVERED = 0.25
"""Part of the picture's area that the code covers, its quiet zone included."""

MOST_TILT = 35.0
"""Degrees between the line of sight and the normal of the code, at most."""

_QUIET = 4  # modules
_MARGIN = 1.6  # width of the printed sheet, in widths of the code
_FINE = 8  # pixels of the print for one module
_FOCAL = 0.9  # focal length in widths of the picture: 58 degrees from side to side

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """One photograph and how it was taken.

    Args:
        jpeg: the encoded picture.
        corners: of the code with its quiet zone, in pixels, shape (4, 2).
        tilt: degrees.
    """

    jpeg: bytes
    corners: NDArray[np.float64]
    tilt: float


def shot(modules: NDArray[np.bool_], seed: int, size: tuple[int, int] = FRAME) -> Shot:
    """Print a code on a sheet and photograph it, badly.

    Args:
        modules: the code without its quiet zone, True where it is dark, shape (n, n).
        seed: decides everything else: tilt about any axis, any turn, place, defocus, shaking,
            light, shadow, reflection, noise, ink, background and compression.
        size: width and height of the picture.
    """
    random = np.random.default_rng(seed)
    sheet = _sheet(modules, random)
    corners, tilt = _pose(size, random)
    scene = _scene(sheet, corners, size, random)
    scene = _blurred(scene, size[0] / FRAME[0], random)
    scene *= _light(size, random)
    scene += _reflection(size, random)
    noise = random.standard_normal(scene.shape, np.float32)
    scene += np.multiply(noise, random.uniform(3, 9), out=noise)
    grey = Image.fromarray(np.clip(scene, 0, 255, out=scene).astype(np.uint8))
    tint = [grey.point([int(value * part) for value in range(256)]) for part in _tint(random)]
    jpeg = io.BytesIO()
    Image.merge("RGB", tint).save(jpeg, "JPEG", quality=int(random.integers(50, 91)))
    return Shot(jpeg.getvalue(), corners, tilt)


def _tint(random: np.random.Generator) -> list[float]:
    """Return how much of the light a camera that takes white for another colour keeps."""
    return [float(part) for part in random.uniform(0.8, 1.0, 3)]


def _sheet(modules: NDArray[np.bool_], random: np.random.Generator) -> Image.Image:
    """Return the print: the code in the middle of a light sheet with words around it."""
    ink, paper = random.uniform(30, 80), random.uniform(185, 250)
    code = np.kron(np.pad(modules, _QUIET), np.ones((_FINE, _FINE), bool))
    if random.random() < 0.4:  # ink that runs: an eighth of a module on every side
        spread = Image.fromarray(~code).convert("L").filter(ImageFilter.MinFilter(3))
        code = np.asarray(spread) < 128
    side = int(len(code) * _MARGIN)
    sheet = np.full((side, side), paper, np.float32)
    start = (side - len(code)) // 2
    for top in range(_FINE * 3, side - _FINE * 6, _FINE * 6):
        words = np.repeat(random.random(side // (2 * _FINE)) < 0.7, 2 * _FINE)
        rows = sheet[top : top + _FINE * 2, : len(words)]
        rows[:, words & (random.random(len(words)) < 0.6)] = ink
    sheet[start : start + len(code), start : start + len(code)] = np.where(code, ink, paper)
    return Image.fromarray(sheet.astype(np.uint8))


def _pose(size: tuple[int, int], random: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    """Return where the corners of the code are seen, so that all of it is in the picture."""
    square = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    while True:
        tilt = float(random.uniform(0, MOST_TILT))
        seen = _seen(square, np.radians(tilt), random.uniform(0, 2 * np.pi, 2), size)
        room = np.array(size) - np.ptp(seen, axis=0) - 8
        if (room > 0).all():
            return seen - seen.min(axis=0) + 4 + random.random(2) * room, tilt


def _seen(
    square: NDArray[np.float64], tilt: float, angles: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Project the corners from the distance at which the code covers its part of the picture."""
    turn, axis = angles
    cos, sin = np.cos(turn), np.sin(turn)
    flat = square @ np.array([[cos, sin], [-sin, cos]])
    towards = np.array([np.cos(axis), np.sin(axis)])
    along = flat @ towards
    flat = flat + np.outer(along * (np.cos(tilt) - 1), towards)
    depth = along * np.sin(tilt)
    near, far = 0.6, 20.0
    for _ in range(50):
        distance = (near + far) / 2
        seen: NDArray[np.float64] = flat * (_FOCAL * size[0] / (distance + depth))[:, None]
        if _area(seen) > COVERED * size[0] * size[1]:
            near = distance
        else:
            far = distance
    return seen


def _area(corners: NDArray[np.float64]) -> float:
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _scene(
    sheet: Image.Image,
    corners: NDArray[np.float64],
    size: tuple[int, int],
    random: np.random.Generator,
) -> Floats:
    """Lay the sheet on a table and look at it; drawn in double size against jagged edges."""
    fine = (size[0] * 2, size[1] * 2) if size[0] < PHONE[0] else size
    side = sheet.width
    start = side * (1 - 1 / _MARGIN) / 2
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * (side - 2 * start) + start
    back = _homography(corners * (fine[0] / size[0]), square)
    image = sheet.transform(
        fine, Image.Transform.PERSPECTIVE, tuple(back), Image.Resampling.BILINEAR, fillcolor=0
    )
    table = _table(random).resize(fine, Image.Resampling.BILINEAR)
    table.paste(image, mask=image.point(lambda value: 255 * (value > 0)))  # no ink is that dark
    return np.asarray(table.resize(size, Image.Resampling.BOX), dtype=np.float32)


def _homography(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eight numbers with which Pillow finds, for a place here, the one there."""
    rows, values = [], []
    for (x, y), (u, v) in zip(here, there, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solution: NDArray[np.float64] = np.linalg.solve(np.array(rows), np.array(values))
    return solution


def _table(random: np.random.Generator) -> Image.Image:
    """Return a background: boards, cloth, printed lines or plain."""
    width, height = FRAME[0] // 2, FRAME[1] // 2
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = random.uniform(0, np.pi)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    kind = random.integers(4)
    middle, strength = random.uniform(60, 180), random.uniform(15, 60)
    period = random.uniform(3, 20)
    if kind == 0:
        pattern = np.sin(across / period * 6.28 + 2 * np.sin(along / 45))
    elif kind == 1:
        pattern = np.sign(np.sin(across / period * 6.28) * np.sin(along / period * 6.28))
    elif kind == 2:
        pattern = np.where((across // period) % 3 < 1, np.sign(np.sin(along / 3)), 1)
    else:
        pattern = np.zeros_like(x)
    grain = random.standard_normal(x.shape, np.float32) * 6
    table = np.clip(middle + strength * pattern + grain, 0, 255).astype(np.uint8)
    return Image.fromarray(table)


def _blurred(scene: Floats, scale: float, random: np.random.Generator) -> Floats:
    """Blur by a lens out of focus and by a hand that shakes."""
    radius = random.uniform(0.5, 2.75) * scale
    length, turn = random.uniform(0, 5.5) * scale, random.uniform(0, np.pi)
    reach = int(np.ceil(radius + length / 2)) + 1
    fine = 4
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    grid = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    y, x = np.meshgrid(grid, grid, indexing="ij")
    for step in np.linspace(-length / 2, length / 2, 9):
        disc = np.hypot(x - step * np.cos(turn), y - step * np.sin(turn)) <= radius
        kernel += disc.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean((1, 3))
    kernel /= kernel.sum()
    # What leaves on one side comes back on the other, which nobody sees at the very edge.
    spectrum = np.fft.rfft2(scene) * np.fft.rfft2(kernel.astype(np.float32), scene.shape)
    blurred = np.roll(np.fft.irfft2(spectrum, scene.shape), (-reach, -reach), (0, 1))
    return blurred.astype(np.float32, copy=False)


def _field(size: tuple[int, int], values: Floats) -> Floats:
    small = Image.fromarray(values.astype(np.float32))
    return np.asarray(small.resize(size, Image.Resampling.BILINEAR), dtype=np.float32)


def _grid(random: np.random.Generator) -> tuple[Floats, Floats]:
    """Return two coordinates of a coarse grid, turned and shifted at random, about -1 to 1."""
    y, x = np.mgrid[-0.5625:0.5625:90j, -1:1:160j].astype(np.float32)
    turn = random.uniform(0, 2 * np.pi)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    return x * cos + y * sin, y * cos - x * sin


def _light(size: tuple[int, int], random: np.random.Generator) -> Floats:
    """Return light that falls off to one side, and a shadow with a soft edge on most pictures."""
    along, _ = _grid(random)
    light = random.uniform(0.6, 1.05) * (1 + random.uniform(0, 0.55) * along)
    if random.random() < 0.6:
        along, across = _grid(random)
        edge = along + 0.2 * np.sin(across * random.uniform(1, 4)) - random.uniform(-0.4, 0.4)
        dark = 0.5 - 0.5 * np.tanh(edge / random.uniform(0.01, 0.2))
        light *= 1 - random.uniform(0.3, 0.6) * dark
    return _field(size, light)


def _reflection(size: tuple[int, int], random: np.random.Generator) -> Floats:
    """Return the soft reflection of a lamp on some pictures."""
    if random.random() < 0.7:
        return np.zeros((size[1], size[0]), np.float32)
    along, across = _grid(random)
    middle = random.uniform(-0.5, 0.5, 2)
    far = ((along - middle[0]) / 0.25) ** 2 + ((across - middle[1]) / 0.15) ** 2
    return _field(size, random.uniform(30, 90) * np.exp(-far))
