"""Does the light of the screen fall on the face? The colours it showed, looked for on the skin.

A camera changes the colours of its whole picture as it likes, and a head that turns shows other
skin in another light. So only the face minus its surround counts, and of that only what neither
time nor the stance of the head explains: a straight line in each of them is taken out, from what
was seen and from what was shown alike. What is left of both must agree.

A print is lit by the screen like skin, and is not told from it here. Whoever makes a picture while
the challenge runs, and knows its colours, can colour it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.liveness._colours import EVERY, Colour, shown
from visavis.liveness._look import Look

__all__ = ["ALIKE", "LEAST", "require_light"]

ALIKE: Final = 0.6
LEAST: Final = 0.006

STEPS: Final = 0.8
CLEAR: Final = 0.012

_LAGS: Final = (0.0, 0.1, 0.2, 0.3, 0.4)
"""Seconds from when a colour is due until it is seen: the screen and the camera take their time."""

_PHASES: Final = tuple(np.arange(0, EVERY, EVERY / 10))
_ENOUGH: Final = 20  # frames, with twelve colours and five things that are taken out
_GAMMA: Final = 2.2  # from 8-bit values to light, near enough

_Array = NDArray[np.float64]


class _Seen(NamedTuple):
    at: _Array  # seconds, shape (frames,)
    tint: _Array  # of the face minus its surround, shape (frames, 2)
    width: _Array  # of the face, as a share of its usual one
    stance: _Array  # what explains other light on a head, shape (frames, 5), orthonormal


def require_light(colours: Sequence[Colour], looks: Sequence[Look], begun: float) -> None:
    """Refuse a face on which the light of the screen is not seen.

    Args:
        colours: that the screen showed.
        looks: in order.
        begun: seconds on the clock of the frames at which the first colour began.

    Raises:
        CannotDecide: `light_not_seen`.
        SpoofSuspected: `other_light`: colours fell on the face, and clearly not these.

    """
    seen = _measured(looks)
    if seen is None:
        raise _not_seen()
    left = _unexplained(seen.tint, seen)
    alike, strength = max(_agreement(colours, seen, left, begun + lag) for lag in _LAGS)
    if alike >= ALIKE and strength >= LEAST:
        return
    if float(np.sqrt((left**2).mean())) >= CLEAR and _in_steps(seen, left) >= STEPS:
        raise SpoofSuspected("other_light", "The light on the face is not that of the screen.")
    raise _not_seen()


def _not_seen() -> CannotDecide:
    return CannotDecide(
        "light_not_seen",
        "The light of the screen was not seen on the face.",
        "Make the screen brighter or the room darker, or come closer; or go on without the light.",
    )


def _measured(looks: Sequence[Look]) -> _Seen | None:
    """Return what there is to compare; None if that is too little."""
    rows = [
        (look.at, *(look.tint[0] - look.tint[1]), look.pose.yaw, look.pose.pitch, _width(look.box))
        for look in looks
        if look.tint is not None and look.pose is not None and look.box is not None
    ]
    if len(rows) < max(_ENOUGH, len(looks) / 2):
        return None
    at, red, blue, yaw, pitch, width = np.array(rows, np.float64).T
    width = np.maximum(width / max(float(np.median(width)), 1.0), 0.1)
    explains = np.stack([np.ones_like(at), at - at.mean(), yaw, pitch, np.log(width)], 1)
    if not np.isfinite(explains).all() or not np.isfinite(red + blue).all():
        return None
    stance = np.linalg.qr(explains / np.maximum(np.abs(explains).max(0), 1e-9))[0]
    return _Seen(at, np.stack([red, blue], 1), width, stance)


def _width(box: tuple[float, float, float, float]) -> float:
    return box[2] - box[0]


def _unexplained(values: _Array, seen: _Seen) -> _Array:
    """Take out what time and the stance of the head explain, as straight lines do."""
    return np.asarray(values - seen.stance @ (seen.stance.T @ values))


def _agreement(
    colours: Sequence[Colour], seen: _Seen, left: _Array, begun: float
) -> tuple[float, float]:
    """Return the correlation of what was shown and seen, and how strong that part is."""
    light = np.array([shown(colours, at - begun) for at in seen.at]) / 255
    light = light**_GAMMA
    # Twice as near, a screen shines four times as bright.
    due = (light[:, ::2] - light[:, 1:2]) * seen.width[:, None] ** 2
    due = _unexplained(due, seen)
    together, own = float((due * left).sum()), float((due**2).sum())
    whole = float((left**2).sum())
    if not (own > 0 and whole > 0):
        return 0.0, 0.0
    return together / (own * whole) ** 0.5, together / own * float(np.sqrt((due**2).mean()))


def _in_steps(seen: _Seen, left: _Array) -> float:
    """Return the share of what is left that colours explain which change as ours do, any time."""
    whole = float((left**2).sum())
    since = seen.at - seen.at[0]
    best = 0.0
    for phase in _PHASES:
        turn = ((since + phase) // EVERY).astype(int)
        steps = _unexplained(np.eye(turn.max() + 1)[turn], seen)
        fitted = steps @ np.linalg.lstsq(steps, left, rcond=None)[0]
        best = max(best, float((fitted**2).sum()) / whole)
    return best
