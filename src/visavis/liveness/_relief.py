"""Is it a solid head that turns, or a flat picture of one?

All points of a plane move from one view to another by one homography, however the plane is moved,
turned or tilted. Those of a head do not: the nose runs ahead of the eyes. Two measures see that,
one over all points and one between the left and the right half of the face.

A picture bent like a head, a mask, and a picture warped the way a head would move are not told
from a head here.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_RELIEF", "LEAST_SHIFT", "MOST_SHIFT", "eye_span", "half_shift", "relief"]

LEAST_RELIEF = 0.02
"""Relief from which a turned face is no plane. First trial, on eight rendered heads and flat
prints of them: heads 0.023 to 0.031 at 15 degrees of yaw and at least 0.029 at 22; prints moved,
tilted and turned further than that at most 0.018, and at most 0.013 at 22 degrees."""

LEAST_SHIFT = 0.4
MOST_SHIFT = 2.5
"""Between what bounds the nose of a solid face runs ahead, as a multiple of what that of the
canonical face does. From geometry with 0.5 pixels of noise, and no trial with pictures yet: 1.3
to 1.7 for that face at 35 to 80 cm, and less than 0.1 for a plane there, tilted by 25 degrees."""

_EYES = ((33, 133), (263, 362))  # corners of the right eye and of the left, as the person's own
_AROUND = [33, 263, 10, 152]  # outer eye corners, forehead and chin
_NOSE = 4
_NOSE_RELIEF = 0.85  # tip of the nose before those, by half the width between the eye corners

_Points = NDArray[np.float64]


def eye_span(mesh: _Points) -> float:
    """Return how far the middles of the eyes are apart in three dimensions, in pixels."""
    right, left = (mesh[list(corners)].mean(0) for corners in _EYES)
    return float(np.linalg.norm(left - right))


def relief(frontal: _Points, turned: _Points) -> float:
    """Return how far the points of a face are from moving as those of a plane do.

    Args:
        frontal: mesh, shape (points, 3), in pixels.
        turned: mesh of the same face, turned.

    Returns:
        The median residual of the best homography from the first to the second, as a share of
        what lies between the eyes in the second; 0 where that cannot be told.

    """
    span = eye_span(turned)
    if not (np.isfinite(frontal).all() and np.isfinite(turned).all() and span > 0):
        return 0.0
    moved = _mapped(_homography(frontal[:, :2], turned[:, :2]), frontal[:, :2])
    residual = float(np.median(np.hypot(*(moved - turned[:, :2]).T))) / span
    return residual if math.isfinite(residual) else 0.0


def half_shift(frontal: _Points, turned: _Points, yaw: float) -> float:
    """Return how the halves of a face change, as a multiple of what a solid head's do.

    Args:
        frontal: mesh, shape (points, 3), in pixels.
        turned: mesh of the same face, turned.
        yaw: by which it is turned, in degrees, positive to the right of the picture.

    Returns:
        About 1 for a solid head and about 0 for a plane; 0 where that cannot be told.

    """
    expected = _NOSE_RELIEF * math.tan(math.radians(yaw))
    if not (np.isfinite(frontal).all() and np.isfinite(turned).all() and abs(expected) > 0):
        return 0.0
    shift = _nose_ahead(frontal, turned) / expected
    return shift if math.isfinite(shift) else 0.0


def _nose_ahead(frontal: _Points, turned: _Points) -> float:
    """Return how far the nose runs ahead of its surroundings, in halves of the eye line.

    The surroundings are the outer eye corners, the forehead and the chin. What they do as a plane
    would, tilted or sheared, is taken out.
    """
    around, target = frontal[_AROUND, :2], turned[_AROUND, :2]
    fitted = np.linalg.lstsq(np.column_stack([around, np.ones(len(around))]), target, rcond=None)[0]
    ahead = turned[_NOSE, :2] - np.append(frontal[_NOSE, :2], 1.0) @ fitted
    along = target[1] - target[0]
    length = float(along @ along)
    return float(ahead @ along) / length * 2 if length > 0 else math.nan


def _homography(source: _Points, target: _Points) -> _Points:
    """Fit a homography to all points (direct linear transform; Hartley 1997, normalised)."""
    to_source, to_target = _normaliser(source), _normaliser(target)
    x, y = _mapped(to_source, source).T
    u, v = _mapped(to_target, target).T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate(
        [
            np.column_stack([x, y, one, none, none, none, -u * x, -u * y, -u]),
            np.column_stack([none, none, none, x, y, one, -v * x, -v * y, -v]),
        ]
    )
    least: _Points = np.linalg.eigh(rows.T @ rows)[1][:, 0].reshape(3, 3)
    fitted: _Points = np.linalg.inv(to_target) @ least @ to_source
    return fitted


def _normaliser(points: _Points) -> _Points:
    """Return the transform that brings points to mean 0 and a mean size of about 1."""
    middle = points.mean(0)
    scale = 1 / max(float(np.hypot(*(points - middle).T).mean()), 1e-9)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _mapped(transform: _Points, points: _Points) -> _Points:
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ transform.T
    with np.errstate(divide="ignore", invalid="ignore"):
        mapped: _Points = homogeneous[:, :2] / homogeneous[:, 2:]
    return mapped
