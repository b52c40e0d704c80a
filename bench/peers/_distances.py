"""Peers compare by distance, and the core that counts compares by products of whole numbers.

With A and B the features in steps of 2**-22 of the tolerance, the product of [2A, -A.A, -1] and
[B, 1, B.B] is -(A - B).(A - B): all of it whole numbers whose sums are exact in any order.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from visavis.evaluation._comparisons.comparing import GRID
from visavis.evaluation._comparisons.sides import Numbers, People, Side
from visavis.evaluation._comparisons.trials import Draw, Plan, Trial
from visavis.types import FloatArray

__all__ = ["ACCEPTED", "every_distance", "unit_rows", "with_angle"]

ACCEPTED: Final = GRID // 2
"""Bin of a distance that is just the tolerance."""

_STEP: Final = 2.0**-22
_ONE: Final = 2.0 / _STEP**2
_LONGEST: Final = 8.0


def every_distance(
    rows: FloatArray | Numbers, person: People, people: int, *, tolerance: float
) -> Trial:
    """Compare every photo with every other once, by euclidean distance.

    A distance d becomes a score of 1 - (d / tolerance)**2 / 2: the closer, the higher, and one
    half for those that a peer just accepts.

    Args:
        rows: features as the peer gives them, shape (n, dimension), no longer than eight times
            the tolerance.
        person: whose they are, shape (n,), never falling.
        people: how many there are.
        tolerance: the largest distance that the peer accepts by itself.

    Raises:
        ValueError: features are too long for exact sums.

    """
    whole = np.rint(rows.astype(float) / (tolerance * _STEP))
    squares = (whole**2).sum(1)
    if squares.max(initial=0.0) > (_LONGEST / _STEP) ** 2:
        raise ValueError(f"Features are longer than {_LONGEST} tolerances.")
    ones = np.ones_like(squares)
    left = np.column_stack([2 * whole, -squares, -ones])
    right = np.column_stack([whole, ones, squares - _ONE])
    draw = Draw(Side(left, person, 1 / _ONE), (Side(right, person, 1.0),))
    photos = np.bincount(person, minlength=people).astype(float)
    return Trial(Plan(1, 1), (draw,), pairs=True, rows=photos)


def unit_rows(rows: FloatArray) -> Numbers:
    """Bring rows to unit length, so that their distances say the same as their cosines."""
    exact = rows.astype(float)
    lengths: Numbers = np.linalg.norm(exact, axis=1, keepdims=True)
    return exact / lengths


def with_angle(cosine: float) -> float:
    """Return how far apart the ends of two unit vectors are."""
    return float(np.sqrt(2.0 - 2.0 * cosine))
