"""Does the light of the screen fall on the face? The colours it showed, looked for on the skin.

A camera changes the colours of its whole picture as it likes, and a head that turns shows other
skin in another light. So only the face minus its surround counts, and of that only what neither
time nor the stance of the head explains: a straight line in each of them is taken out, from what
was seen and from what was shown alike. What is left of both must agree.

A print is lit by the screen like skin, and is not told from it here. Whoever makes a picture while
the challenge runs, and knows its colours, can colour it.

The limits were chosen on 100 films of drawn heads of ten people, and held against 100 others, of
other people in other settings (tests/synthetic/camera/light.py: any room, skin, distance and
camera of the settings there, white balance that drifts and follows the screen). Places of the face
were those that were drawn; the networks' own are less exact. What the others gave, by the light of
a white screen on the face as a share of that of the room:

=============  ============  =======================================
light          honest: seen  colours of another challenge: let through
=============  ============  =======================================
none           0 of 20       0 of 400
0.03 to 0.1    8 of 23       0 of 460
0.1 to 0.2     12 of 15      4 of 300
0.2 to 0.5     25 of 25      9 of 500
0.5 to 1       17 of 17      4 of 340
=============  ============  =======================================

No honest film was taken for one of other colours; how these are told was changed once after a look
at the second set, so that this is no independent figure. With the networks, six films more: seen at
0.3, 0.5 and 0.8, not at 0.1 and 0.15, and not without light. No trial with people and screens yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.liveness._colours import EVERY, Colour, shown
from visavis.liveness._look import Look

__all__ = ["ALIKE", "LEAST", "require_light"]

ALIKE: Final = 0.7
"""Correlation of what was shown and what was seen from which the light is that of the screen. At
0.2 of the room's light and more honest films were above 0.7; those of other colours were above it
in 2 of 100. Without light it was 0.31 at most."""

LEAST: Final = 0.006
"""How far a tint must go to and fro with the colours (root of the mean square, logarithms of 8-bit
ratios). Without light it was 0.0035 at most; from 0.1 of the room's light it was mostly above
0.013."""

UNLIKE: Final = 0.4
CLEAR: Final = 0.012
OTHERS: Final = 0.85
"""It is the light of another challenge if its correlation with this one is below the first, the
tint goes to and fro by the second, and with the best colours at the best time the correlation is
above the third. Heads that stay turned for some seconds look a little like that: up to 0.80 in
films without light."""

_LAGS: Final = (0.0, 0.1, 0.2, 0.3, 0.4)
"""Seconds from when a colour is due until it is seen: the screen and the camera take their time."""

_PHASES: Final = tuple(np.arange(0, EVERY, EVERY / 10))
_ROUNDS: Final = 3
_ENOUGH: Final = 20  # frames, with twelve colours and five things that are taken out
_GAMMA: Final = 2.2  # from 8-bit values to light, near enough

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Seen:
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
    clear = float(np.sqrt((left**2).mean())) >= CLEAR and _of_others(seen, left) >= OTHERS
    if alike < UNLIKE and clear:
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


def _of_others(seen: _Seen, left: _Array) -> float:
    """Return the highest correlation found with any colours that change as ours do, at any time."""
    turns = [((seen.at - seen.at[0] + phase) // EVERY).astype(int) for phase in _PHASES]
    return max(_best_colours(turn, seen, left) for turn in turns)


def _best_colours(turn: _Array, seen: _Seen, left: _Array) -> float:
    """Choose a colour for each turn, one after the other, until no other one fits better."""
    light = (np.array([colour.rgb for colour in Colour]) / 255) ** _GAMMA
    due = light[:, ::2] - light[:, 1:2]
    # Shape (turns, colours, frames, 2): what each colour in each turn would add.
    each = np.array(
        [
            [_unexplained(((turn == number) * seen.width**2)[:, None] * one, seen) for one in due]
            for number in range(int(turn.max()) + 1)
        ]
    )
    chosen = [int(np.argmax([(one * left).sum() for one in several])) for several in each]
    best = -1.0
    for _ in range(_ROUNDS):
        for number, several in enumerate(each):
            others = sum(each[n][c] for n, c in enumerate(chosen) if n != number)
            fits = [_correlation(others + one, left) for one in several]
            chosen[number] = int(np.argmax(fits))
            best = max(best, *fits)
    return best


def _correlation(one: _Array, other: _Array) -> float:
    energy = float((one**2).sum() * (other**2).sum())
    return float((one * other).sum()) / energy**0.5 if energy > 0 else 0.0
