"""Colours that a screen shows while somebody answers a challenge: slow, soft and equally bright.

The general flash limit of WCAG 2.2, success criterion 2.3.1, is three flashes a second; a flash is
a pair of opposing changes of relative luminance by a tenth or more, or a pair of changes to and
from a saturated red, whose share of the linear light is 0.8 or more. Here a colour changes at most
0.8 times a second, fades in, is as bright as its neighbours within 0.05, and has at most 0.67 of
red. That keeps far away from the limit, and is no promise to anybody who is photosensitive: the
light is off unless somebody chooses it.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

__all__ = [
    "EVERY",
    "FADE",
    "MANY",
    "NEUTRAL",
    "RGB",
    "Colour",
    "can_repeat",
    "drawn_colours",
    "shown",
]

RGB = tuple[int, int, int]
"""What a screen is told to show: red, green and blue, 0 to 255, sRGB."""

EVERY: Final = 1.25
"""Seconds for which each colour lasts."""

FADE: Final = 0.4
"""Seconds in which one colour becomes the next."""

MANY: Final = 12
"""Colours of one challenge: 15 seconds, after which they begin anew."""

NEUTRAL: Final[RGB] = (190, 190, 190)
"""What is shown before the first colour: a grey as bright as all of them."""


class Colour(enum.Enum):
    """A colour of the screen, far from the others and as bright as they are.

    Relative luminances, as WCAG 2.2 defines them: 0.51, 0.53 and 0.50; that of `NEUTRAL` is 0.51.
    """

    WARM = "warm"
    GREEN = "green"
    BLUE = "blue"

    @property
    def rgb(self) -> RGB:
        """What to show."""
        return _RGB[self]


_RGB: Final[dict[Colour, RGB]] = {
    Colour.WARM: (255, 172, 80),
    Colour.GREEN: (120, 214, 110),
    Colour.BLUE: (120, 193, 255),
}


def drawn_colours(choose: Callable[[Sequence[Any]], Any]) -> tuple[Colour, ...]:
    """Draw the colours of a challenge, none of which follows itself, the first after the last.

    Args:
        choose: takes one of several, each with the same probability.
    """
    drawn: list[Colour] = []
    while len(drawn) < MANY:
        others = drawn[-1:] + drawn[:1] * (len(drawn) == MANY - 1)
        drawn.append(choose([colour for colour in Colour if colour not in others]))
    return tuple(drawn)


def can_repeat(colours: Sequence[Colour]) -> bool:
    """Return whether these can follow each other, and the first of them the last."""
    return all(one is not other for one, other in pairwise([*colours, *colours[:1]]))


def shown(colours: Sequence[Colour], since: float) -> RGB:
    """Return what the screen shows.

    Args:
        colours: of a challenge; at least two.
        since: seconds since the first began; before that it is `NEUTRAL`.
    """
    if not 0 <= since < math.inf:
        return NEUTRAL
    turn, within = divmod(since, EVERY)
    now = colours[int(turn) % len(colours)].rgb
    before = colours[(int(turn) - 1) % len(colours)].rgb if turn else NEUTRAL
    part = min(1.0, within / FADE)
    red, green, blue = (
        round(old + part * (new - old)) for old, new in zip(before, now, strict=True)
    )
    return red, green, blue
