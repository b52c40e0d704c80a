"""How far a head has gone in each step, measured from where it was at rest.

Guidance and check measure alike: whoever is told that it is enough has done what is checked.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.liveness.challenge import Step

__all__ = ["ALSO", "FAR", "SLIGHT", "STEPS", "STILL", "STRAY", "amounts", "at_rest"]

SLIGHT: Final = (13.0, 9.0, 0.15)
FAR: Final = (28.0, 16.7, 0.40)
"""From where on a movement is slight, and from where on far: degrees of yaw and of pitch, and the
share by which the face looks wider. From slight on it is a movement at all."""

ALSO: Final = 1.15
"""Amount from which on a movement is one on top of another: 15.2 degrees of yaw, 10.2 of pitch."""

STILL: Final = 0.5
"""Amount down to which a movement is still there while another one is on top of it: a head that
looks up seems to look up less when it turns."""

STRAY: Final = (9.0, 8.0)
"""Degrees of yaw and of pitch up to which a head is at rest."""
_BACK: Final = 1.12
"""Factor up to which somebody is back from coming closer."""

STEPS: Final = tuple(Step)
_AXES: Final = {
    Step.TURN_LEFT: (0, 1.0),
    Step.TURN_RIGHT: (0, -1.0),
    Step.LOOK_UP: (1, -1.0),
    Step.LOOK_DOWN: (1, 1.0),
    Step.COME_CLOSER: (2, 1.0),
}


def amounts(yaw: float, pitch: float, growth: float) -> NDArray[np.float64]:
    """Return how far every step is done, in the order of `STEPS`: 1 is slight, 2 is far.

    Args:
        yaw: degrees from rest, positive to the person's own left.
        pitch: degrees from rest, positive downwards.
        growth: width of the face, as a multiple of that at rest.
    """
    gone = (yaw, pitch, growth - 1)
    found = np.empty(len(STEPS))
    for place, step in enumerate(STEPS):
        axis, sign = _AXES[step]
        # Straight lines from rest to slight, and from there over far to wherever it ends.
        slight, far = SLIGHT[axis], FAR[axis]
        value = gone[axis] * sign
        found[place] = value / slight if value < slight else 1 + (value - slight) / (far - slight)
    return found


def at_rest(yaw: float, pitch: float, growth: float) -> bool:
    """Return whether a head is where it began; arguments as those of `amounts`."""
    return abs(yaw) <= STRAY[0] and abs(pitch) <= STRAY[1] and growth <= _BACK
