"""Who is filmed, where and how, for two sets of films that share no person, seed or value.

One set is for choosing limits, the other for reporting how often they are wrong. Every number is
drawn from one grid: the first, third, ... value is for tuning, the second, fourth, ... for
reporting.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
from tests.synthetic.camera.film import Setting

__all__ = ["SETS", "Set", "drawn", "first_person", "seed_of"]

Set = Literal["tuning", "reported"]
SETS: Final[tuple[Set, ...]] = get_args(Set)

_STEPS: Final = 24
_RANGES: Final = {
    "speed": (0.6, 1.6),
    "reach": (0.75, 1.15),
    "distance": (40.0, 80.0),
    "light": (0.6, 1.2),
    "dim": (0.25, 0.5),
    "skin": (0.45, 1.2),
    "aside": (-1.0, 1.0),
    "noise": (1.5, 4.5),
    "exposure": (0.2, 1.0),
    "shake": (0.1, 1.2),
    "lost": (0.0, 0.06),
}
_JPEG: Final = (70, 96)
_RATES: Final = (15.0, 30.0)
# Shares of a distance by which a face is beside the middle, across and down: a little less than
# those from which guidance sends a person back.
_ASIDE: Final = (0.11, 0.06)


def first_person(which: Set) -> int:
    """Return the number of a set's first person; there are less than a hundred."""
    return 100 * SETS.index(which)


def seed_of(which: Set, group: int, run: int) -> int:
    """Return a seed that belongs to one set: `run` below 10,000 of a `group` below 90."""
    return 10_000_000 * (SETS.index(which) + 1) + 100_000 * group + 10 * run


def drawn(which: Set, seed: int) -> Setting:
    """Draw a setting of a set: any distance, light, skin, pace and camera."""
    chance = np.random.default_rng([SETS.index(which), seed])

    def value(name: str) -> float:
        own = np.linspace(*_RANGES[name], _STEPS)[SETS.index(which) :: 2]
        return round(float(chance.choice(own)), 4)

    distance = value("distance")
    low_light = chance.random() < 0.2
    off_centre = 1.0 if chance.random() < 0.4 else 0.25
    x, y = (value("aside") * part * distance * off_centre for part in _ASIDE)
    return Setting(
        rate=float(chance.choice(_RATES)),
        speed=value("speed"),
        reach=value("reach"),
        distance=distance,
        aside=(round(x, 4), round(y, 4)),
        light=value("dim") if low_light else value("light"),
        skin=value("skin"),
        glasses=bool(chance.random() < 0.3),
        noise=value("noise"),
        exposure=value("exposure"),
        jpeg=int(chance.choice(np.arange(*_JPEG)[SETS.index(which) :: 2])),
        shake=value("shake"),
        lost=value("lost"),
    )
