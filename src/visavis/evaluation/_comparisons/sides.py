"""Features of many photos, in whole numbers, so that counts are exact.

A score is a sum of products. In floating point it depends on the order of the sum, which
changes with the size of blocks, the number of threads and the machine; a comparison at the edge
of a threshold would then count on one machine and not on another. Here both sides are whole
numbers small enough that every sum is exact, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.types import FloatArray, feature_step, round_features

__all__ = ["STRIPE", "Numbers", "People", "Side", "enrolled", "presented", "unrounded"]

Numbers = NDArray[np.float64]
People = NDArray[np.int32]

STRIPE: Final = 1024
"""Rows that are compared with as many others at a time: 8 MB of scores."""

# A template's length is at most 127 sqrt(d), below 2**13 for d = 4096; 2**13 * 2**30 < 2**53.
_PRESENTED: Final = 2.0**-30
_UNROUNDED: Final = 2.0**-20


@dataclass(frozen=True, slots=True, repr=False)
class Side:
    """One side of many comparisons: what was enrolled, or what is presented.

    Attributes:
        values: shape (n, dimension): whole numbers, held as float64.
        person: shape (n,): whose each row is; not decreasing.
        unit: what a one in `values` stands for.

    """

    values: Numbers
    person: People
    unit: float

    def stripes(self) -> Iterator[tuple[int, Side]]:
        """Yield parts of `STRIPE` rows with the number of their first row."""
        for start in range(0, len(self.person), STRIPE):
            part = slice(start, start + STRIPE)
            yield start, Side(self.values[part], self.person[part], self.unit)


def enrolled(features: FloatArray, person: People) -> Side:
    """Round as a pass does."""
    return Side(round_features(features).astype(float), person, feature_step(features.shape[-1]))


def presented(features: FloatArray | Numbers, person: People) -> Side:
    """Take features as they are, to nine digits after the point."""
    return Side(np.rint(features.astype(float) / _PRESENTED), person, _PRESENTED)


def unrounded(features: FloatArray | Numbers, person: People) -> Side:
    """Take the enrolled side as it is, to six digits, where nothing is put in a pass."""
    return Side(np.rint(features.astype(float) / _UNROUNDED), person, _UNROUNDED)
