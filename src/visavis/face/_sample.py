"""Cut an upright square out of an image along a similarity transform."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Affine", "apply", "cut", "fit_transform"]

Affine: TypeAlias = NDArray[np.float64]
"""Shape (2, 3): maps a point (x, y) of the cut-out to a point of the image, in pixels."""


def cut(image: Image.Image, to_image: Affine, side: int) -> Image.Image:
    """Return the square cut-out, RGB, side by side pixels; black where the image ends.

    Where one cut-out pixel covers several image pixels, those are averaged first, so that
    fine patterns do not alias.
    """
    corners = apply(to_image, np.array([(0, 0), (side, 0), (0, side), (side, side)], float))
    factor = int(math.hypot(to_image[0, 0], to_image[1, 0]))
    matrix = to_image.copy()
    if factor > 1:
        left, top = np.floor(corners.min(0)) - factor
        right, bottom = np.ceil(corners.max(0)) + factor
        box = (
            max(0, int(left)),
            max(0, int(top)),
            min(image.width, int(right)),
            min(image.height, int(bottom)),
        )
        if box[2] - box[0] < factor or box[3] - box[1] < factor:
            return Image.new("RGB", (side, side))
        image = image.reduce(factor, box)
        matrix[:, 2] -= box[:2]
        matrix /= factor
    return image.transform(
        (side, side),
        Image.Transform.AFFINE,
        tuple(matrix.ravel()),
        resample=Image.Resampling.BILINEAR,
    )


def apply(to_image: Affine, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points, shape (n, 2), in cut-out pixels to image pixels."""
    mapped: NDArray[np.float64] = points @ to_image[:, :2].T + to_image[:, 2]
    return mapped


def fit_transform(source: NDArray[np.float64], target: NDArray[np.float64]) -> Affine:
    """Return the rotation, scale and shift that take source to target with least squares.

    Args:
        source: shape (n, 2), n at least 2, not all equal.
        target: shape (n, 2).

    Closed form in the complex plane: a shift between the centroids and one complex factor.

    """
    a = source - source.mean(0)
    b = target - target.mean(0)
    weight = float((a**2).sum())
    real = float((a * b).sum()) / weight
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / weight
    linear = np.array([[real, -imaginary], [imaginary, real]])
    return np.column_stack([linear, target.mean(0) - linear @ source.mean(0)])
