"""What colour the light on a face has, and on what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["tint_of"]

_SKIN: Final = [
    *(151, 9, 108, 337, 69, 299),  # forehead
    *(50, 101, 118, 117, 36, 205, 123, 187),  # the person's right cheek
    *(280, 330, 347, 346, 266, 425, 352, 411),
]
"""Points of the mesh where there is skin, and seldom hair, beard or glasses."""

_FACE, _PICTURE = 24, 60
"""Pixels of the shorter side of the face and of the picture when they are measured, at least."""

_AWAY: Final = 0.3
"""Widths of the face by which the surround is away from it."""

_LEAST: Final = 0.02
"""Share of the picture from which there is a surround at all."""

_Array = NDArray[np.float64]

_DARK, _BRIGHT = 6.0, 250.0  # grey levels between which a pixel tells its colour


def tint_of(image: Image.Image, mesh: _Array, box: Sequence[float]) -> _Array | None:
    """Return the tints of a face and of its surround.

    A tint is the logarithm of red over green, and of blue over green. How bright something is
    cancels out, and what a camera does to the colours of a whole picture is the same sum for both.

    Args:
        image: RGB.
        mesh: of the face, shape (468, 3), in pixels.
        box: of the face: left, top, right, bottom, in pixels.

    Returns:
        Shape (2, 2): of the face (the mean colour of places with skin) and of the surround (that of
        everything beside and above it; not below it, where people go on). None where either is
        not seen, too dark or too bright.
    """
    skin = _skin(image, mesh[_SKIN, :2], box)
    surround, whole = _surround(image, box)
    if len(skin) < len(_SKIN) / 2 or len(surround) < _LEAST * whole:
        return None
    return np.stack([_ratios(skin.mean(0)), _ratios(surround.mean(0))])


def _skin(image: Image.Image, places: _Array, box: Sequence[float]) -> _Array:
    """Return what the picture shows at these places, averaged over some pixels."""
    left, top = (max(0, int(edge)) for edge in box[:2])
    right, bottom = (
        min(side, int(edge) + 1) for side, edge in zip(image.size, box[2:], strict=True)
    )
    if right <= left or bottom <= top:
        return np.empty((0, 3))
    factor = max(1, min(right - left, bottom - top) // _FACE)
    pixels = np.asarray(image.reduce(factor, (left, top, right, bottom)), np.float64)
    x, y = np.floor((places - (left, top)) / factor).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < pixels.shape[1]) & (y < pixels.shape[0])
    skin: _Array = pixels[y[inside], x[inside]]
    return skin[_tells(skin)]


def _surround(image: Image.Image, box: Sequence[float]) -> tuple[_Array, int]:
    """Return the pixels around a face, and how many the picture has, both reduced."""
    factor = max(1, min(image.size) // _PICTURE)
    pixels = np.asarray(image.reduce(factor), np.float64)
    left, top, right, _ = (edge / factor for edge in box)
    away = _AWAY * (right - left)
    y, x = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    around: _Array = pixels[(x < left - away) | (x > right + away) | (y < top - away)]
    return around[_tells(around)], pixels.shape[0] * pixels.shape[1]


def _tells(pixels: _Array) -> NDArray[np.bool_]:
    return np.asarray((pixels.min(-1) >= _DARK) & (pixels.max(-1) <= _BRIGHT))


def _ratios(pixels: _Array) -> _Array:
    logs = np.log(pixels)
    return np.asarray(logs[::2] - logs[1])
