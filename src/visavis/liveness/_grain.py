"""Was a picture made from others? The noise of a sensor tells: no two pictures share it.

What is left of the middle of a face when everything smooth is taken out is part texture, which
moves with the face, and part noise, which is new in every picture. A picture that is shown again,
however it was stored meanwhile, brings its noise along; one that was mixed of its neighbours has
theirs. How much two honest pictures agree depends on the light and the camera, so that each
capture is its own measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.face.pipeline import Patch

__all__ = ["MIXED", "REPEATED", "copied"]

REPEATED: Final = 0.17
REPEATED_OFTEN: Final = 0.33
MIXED: Final = 0.33
"""How much less than two usual neighbours differ two pictures may differ at the least, the third
of the most alike pairs that are not neighbours, and the third of the pictures that are most alike
the mean of the two beside them.
Differing is one minus correlation. On the tuning films of the synthetic camera honest people stayed
above 0.20, 0.38 and 0.49; loops that were stored again as JPEG of quality 80 to 90, with noise of
1.2 grey levels, were mostly at 0.06 to 0.22, 0.08 to 0.25 and, where pictures were mixed, at 0.2 to
0.35."""

_LEAST: Final = 0.6
"""Correlation below which nothing was copied, whatever is usual."""

_USUAL: Final = 1 / 3
"""Share of the neighbours that are most alike, whose median is what is usual: the others move."""

_OFTEN: Final = 3  # pairs, or pictures that were mixed
_NEAR: Final = 4  # pixels by which a copy is searched beside its place
_ENOUGH: Final = 24  # pixels, sides of what three patches have in common

_Grain = NDArray[np.float64]


def copied(patches: Sequence[Patch]) -> bool:
    """Return whether any picture repeats another, or was mixed of the two beside it.

    Args:
        patches: of the pictures in their order.
    """
    grains = np.array([_without_the_smooth(patch.pixels) for patch in patches])
    if len(grains) < 3:  # noqa: PLR2004 - one that has two neighbours
        return False
    alike = _correlations(grains)
    beside = np.sort([alike[later, later - 1] for later in range(1, len(alike))])
    usual = float(np.median(beside[-max(1, round(len(beside) * _USUAL)) :]))
    apart = 1 - min(usual, 1 - 1e-6)
    once = 1 - float(np.tril(alike, -1).max())
    often = 1 - float(np.sort(np.tril(alike, -2), axis=None)[-_OFTEN])
    mixed = 1 - _mixture(grains, [patch.corner for patch in patches])
    least = 1 - _LEAST
    return (
        once < min(REPEATED * apart, least)
        or often < min(REPEATED_OFTEN * apart, least)
        or mixed < min(MIXED * apart, least)
    )


def _without_the_smooth(pixels: NDArray[np.float32]) -> _Grain:
    """Take a Gaussian blur of 1.5 pixels out; edges count what there is of it."""
    place = np.arange(len(pixels))
    blur = np.exp(-((place[:, None] - place) ** 2) / (2 * 1.5**2))
    blur /= blur.sum(1, keepdims=True)
    grey = pixels.astype(np.float64)
    return np.asarray(grey - blur @ grey @ blur.T)


def _correlations(grains: _Grain) -> _Grain:
    """Return the correlation of each with each, at the best shift of a few pixels."""
    side = grains.shape[1]
    level = (grains - grains.mean((1, 2), keepdims=True)) * np.outer(
        np.hanning(side), np.hanning(side)
    )
    energy = np.sqrt((level**2).sum((1, 2), keepdims=True))
    level = (level / np.maximum(energy, 1e-9)).astype(np.float32)
    # Row by row: products so small stay on one core, where the others wait for something else.
    rows = np.ascontiguousarray(level.transpose(1, 0, 2))
    turned = rows.transpose(0, 2, 1)
    alike = np.full((len(level), len(level)), -1.0)
    # One half of all shifts: the others are those of the second against the first.
    for down, across in product(range(_NEAR), range(1 - _NEAR, _NEAR)):
        shifted = np.roll(rows, (down, across), (0, 2))
        alike = np.maximum(alike, (shifted @ turned).sum(0))
    alike = np.maximum(alike, alike.T)
    np.fill_diagonal(alike, 1.0)
    return np.asarray(alike, np.float64)


def _mixture(grains: _Grain, corners: Sequence[tuple[int, int]]) -> float:
    """Return how pictures go with the mean of their two neighbours, the third highest correlation.

    Once or twice it is high where a head moves slowly, and evenly.
    """
    found = [-1.0] * _OFTEN
    for place in range(len(grains) - 2):
        parts = _common(grains[place : place + 3], corners[place : place + 3])
        if parts is not None:
            found.append(_correlation(parts[1], parts[0] + parts[2]))
    return sorted(found)[-_OFTEN]


def _common(grains: _Grain, corners: Sequence[tuple[int, int]]) -> list[_Grain] | None:
    """Return what all show of the same part of the picture; None where that is too little."""
    side = grains.shape[1]
    (left, top), (right, bottom) = np.max(corners, 0), np.min(corners, 0) + side
    if min(right - left, bottom - top) < _ENOUGH:
        return None
    return [
        grain[top - y : bottom - y, left - x : right - x]
        for grain, (x, y) in zip(grains, corners, strict=True)
    ]


def _correlation(one: _Grain, other: _Grain) -> float:
    one, other = one - one.mean(), other - other.mean()
    energy = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / energy if energy > 0 else 0.0
