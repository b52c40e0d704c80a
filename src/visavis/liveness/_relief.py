"""Is it a solid head that turns, or a flat picture of one?

All points of a plane move from one view to another by one homography, however the plane is moved,
turned or tilted. Those of a head do not: the nose runs ahead of the eyes. Two measures see that,
one over all points and one between the left and the right half of the face. A third one sees that a
head that turns far does not get narrower, as a picture does, bent or not, whose mesh is made up.

A mask, and a picture warped the way a head would move, are not told from a head here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.liveness._look import Look
from visavis.liveness.challenge import Extent, Step, Task

if TYPE_CHECKING:
    from visavis.liveness._movement import Walk

__all__ = [
    "LEAST_BREADTH",
    "LEAST_RELIEF",
    "LEAST_SHIFT",
    "MOST_SHIFT",
    "breadth",
    "eye_span",
    "half_shift",
    "relief",
    "require_relief",
]

LEAST_RELIEF = 0.035
"""Relief from which a turned face is no plane. Honest people on the tuning films of the synthetic
camera, turned by 17 to 45 degrees, had 0.05 to 0.12. In a first trial, on eight rendered heads,
flat prints of them that were moved, tilted and turned had at most 0.018."""

LEAST_SHIFT = 0.9
MOST_SHIFT = 1.8
"""Between what bounds the nose of a solid face runs ahead, as a multiple of what that of the
canonical face does. On tuning films of the synthetic camera, turned by 29 to 45 degrees, heads had
0.98 to 1.23, bent prints and warped photos 0.85 to 1.1; in slight turns a head may have less, 0.82
was seen once. From geometry, 1.3 to 1.7 for the canonical face at 35 to 80 cm, and less than 0.1
for a plane there, tilted by 25 degrees."""

LEAST_BREADTH = 1.03
"""Breadth from which a face that is turned far is a head's. On tuning films, turned by 29 to 45
degrees, 72 of 73 heads had 1.045 or more (in the other one two people changed places), 9 of 10 bent
prints and warped photos 1.03 or less. Nine photos of real people from the ORL database, turned by
20 to 30 degrees, had 0.99 to 1.11; of real people turned further we have none."""

_EYES = ((33, 133), (263, 362))  # corners of the right eye and of the left, as the person's own
_AROUND = [33, 263, 10, 152]  # outer eye corners, forehead and chin
_SIDES = [234, 454]  # of the face, before the ears
_NOSE = 4
_NOSE_RELIEF = 0.85  # tip of the nose before those, by half the width between the eye corners

_Points = NDArray[np.float64]


_FRAMES = 3  # frames of each kind that are held against each other; the median counts
_TURNS: Final = (Step.TURN_LEFT, Step.TURN_RIGHT)


def require_relief(
    tasks: Sequence[Task], walk: Walk, looks: Sequence[Look], *, strictness: float = 1.0
) -> None:
    """Refuse a face that turns as a flat picture of one does.

    Args:
        tasks: what was asked, in order.
        walk: where in the frames each step is.
        looks: each with a face.
        strictness: factor on the limits.

    Raises:
        CannotDecide: `no_turn`: no turn to a side was asked for.
        SpoofSuspected: `flat`.

    """
    turns = [
        (task, run) for task, run in zip(tasks, walk.steps, strict=True) if task.step in _TURNS
    ]
    if not turns:
        raise CannotDecide(
            "no_turn", "The face was never seen from the side.", "Turn a little further."
        )
    straight = _meshes(looks, [place for rest in walk.rests for place in rest], lambda yaw: -yaw)
    for task, run in turns:
        sides = _meshes(looks, run, lambda yaw: yaw)
        pairs = list(product(straight, sides))
        solid = np.median([relief(front[1], side[1]) for front, side in pairs])
        shift = np.median(
            [half_shift(front[1], side[1], side[0] - front[0]) for front, side in pairs]
        )
        if not (
            solid >= strictness * LEAST_RELIEF and strictness * LEAST_SHIFT <= shift <= MOST_SHIFT
        ):
            raise _flat()
        far = any(stay.extent is Extent.FAR for stay in task.stays)
        wide = np.median([breadth(front[1], side[1]) for front, side in pairs])
        if far and not wide >= LEAST_BREADTH**strictness:
            raise _flat()


def _flat() -> SpoofSuspected:
    return SpoofSuspected("flat", "The face moved like a picture of one.")


def _meshes(
    looks: Sequence[Look], places: Sequence[int], most: Callable[[float], float]
) -> list[tuple[float, _Points]]:
    """Return yaw and mesh of the few frames that are turned most, or least."""
    seen = [
        (look.pose.yaw, look.mesh)
        for look in (looks[place] for place in places)
        if look.pose is not None and look.mesh is not None
    ]
    return sorted(seen, key=lambda one: most(abs(one[0])), reverse=True)[:_FRAMES]


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


def breadth(frontal: _Points, turned: _Points) -> float:
    """Return how much broader a face seems when it is turned than from the front.

    The mesh takes what it sees for a head, and its depth from that. As a head turns, one side of it
    comes into view that was not, and the mesh gets broader and its nose longer. A picture that is
    turned gets narrower than it should, and one that is warped stays as it is.

    Args:
        frontal: mesh, shape (points, 3), in pixels.
        turned: mesh of the same face, turned.

    Returns:
        The geometric mean of two shares of the face's height, turned over frontal: from side to
        side, and from between the eyes to the tip of the nose, all in three dimensions; 0 where
        that cannot be told.

    """
    if not (np.isfinite(frontal).all() and np.isfinite(turned).all()):
        return 0.0
    before, after = _breadths(frontal), _breadths(turned)
    grown = float(np.sqrt(np.prod(after / before))) if before.all() else math.nan
    return grown if math.isfinite(grown) else 0.0


def _breadths(mesh: _Points) -> _Points:
    eyes = mesh[_AROUND[:2]].mean(0)
    across, nose, height = (
        float(np.linalg.norm(one - other))
        for one, other in (
            (mesh[_SIDES[0]], mesh[_SIDES[1]]),
            (mesh[_NOSE], eyes),
            (mesh[_AROUND[2]], mesh[_AROUND[3]]),
        )
    )
    return np.array([across, nose]) / max(height, 1e-9)


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
