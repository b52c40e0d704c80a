"""Which of many frames tells least: where a head moves all count, where it stays few do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Moment", "least_telling"]

_LONGEST: Final = 1.1
"""Seconds between two frames that are kept; a capture with longer ones counts as interrupted."""

_A_SECOND: Final = 4.0
"""Degrees that a gap of a second counts for: of frames that tell alike, close ones go first."""

_TWICE_AS_WIDE: Final = 40.0
"""Degrees that a face counts for that gets twice as wide."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a head is in a frame.

    Attributes:
        at: seconds.
        yaw: degrees.
        pitch: degrees.
        width: of the face, in any unit.
    """

    at: float
    yaw: float
    pitch: float
    width: float


def least_telling(moments: Sequence[Moment]) -> int:
    """Return the place of the frame that is missed least.

    It is the one that lies nearest to the straight line between its neighbours (as lines are
    simplified: Visvalingam, Whyatt 1993), never the first, nor one of the last two.

    Args:
        moments: five at least, in order.
    """
    table = np.array([(m.at, m.yaw, m.pitch, m.width) for m in moments], np.float64)
    at = table[:, 0]
    place = np.column_stack(
        [table[:, 1:3], np.log2(np.maximum(table[:, 3], 1e-9)) * _TWICE_AS_WIDE]
    )
    before, after = place[:-2], place[2:]
    gap = at[2:] - at[:-2]
    share = ((at[1:-1] - at[:-2]) / np.maximum(gap, 1e-9))[:, None]
    missed = np.abs(place[1:-1] - before - share * (after - before)).max(1) + _A_SECOND * gap
    missed[gap > _LONGEST] = math.inf
    missed = missed[:-1]
    return 1 + int((missed if np.isfinite(missed).any() else gap[:-1]).argmin())
