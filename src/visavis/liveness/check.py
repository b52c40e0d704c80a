"""Is someone there who does what was asked? Every part of the answer, and no number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from visavis.errors import CannotDecide, InvalidArgument
from visavis.liveness._continuity import require_continuity, require_one_face
from visavis.liveness._freshness import require_freshness
from visavis.liveness._light import require_light
from visavis.liveness._look import Look
from visavis.liveness._movement import require_movement
from visavis.liveness._relief import require_relief
from visavis.liveness.challenge import Challenge

__all__ = ["Live", "check"]


@dataclass(frozen=True, slots=True)
class Live:
    """Someone was there, as far as the frames can tell.

    Attributes:
        rests: places of the frames that are frontal and good enough, one group for each time in
            the middle: before the first step, between steps, and after the last.

    """

    rests: tuple[tuple[int, ...], ...]

    @property
    def frontal(self) -> tuple[int, ...]:
        """All of those places. These frames, and no others, may be compared with a pass."""
        return tuple(place for rest in self.rests for place in rest)


def check(
    challenge: Challenge,
    looks: Sequence[Look],
    *,
    strictness: float = 1.0,
    begun: float | None = None,
) -> Live:
    """Decide from what the frames show whether a person did what a challenge asks.

    Whether the challenge itself is genuine, in time and unused is not looked at here, nor whether
    the frontal faces are all of one person: that is decided where faces are compared.

    Args:
        challenge: that was answered.
        looks: of every frame, in order.
        strictness: factor on the limits that a solid head has to pass. For measuring how errors
            of one kind are traded for those of the other; decisions are made with 1.
        begun: seconds on the clock of the frames at which the screen began to show the colours of
            the challenge; of no use where it has none.

    Raises:
        CannotDecide: the frames are not good enough, with the one remedy.
        SpoofSuspected: `flat` (the face moves like a picture), `other_movement` or `other_light`.
        InvalidArgument: `light_not_begun`: the challenge has colours, and nothing says since when.

    """
    places = require_one_face(looks)
    used = [looks[place] for place in places]
    require_continuity(used)
    require_freshness(used)
    walk = require_movement(challenge.tasks, used)
    require_relief(challenge.tasks, walk, used, strictness=strictness)
    if challenge.colours:
        if begun is None or not math.isfinite(begun):
            raise InvalidArgument(
                "light_not_begun",
                "When the screen began to show its colours is not known.",
                "Show them as the capture says, or give the time at which they began.",
            )
        require_light(challenge.colours, used, begun)
    rests = tuple(tuple(places[n] for n in rest if used[n].row is not None) for rest in walk.rests)
    if not all(rests):
        raise CannotDecide(
            "not_frontal",
            "The face was not seen well enough from the front.",
            "Look straight at the camera between the movements.",
        )
    return Live(rests)
