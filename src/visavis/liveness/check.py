"""Is someone there who does what was asked? Every part of the answer, and no number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.liveness._continuity import require_continuity
from visavis.liveness._freshness import require_freshness
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness._movement import LEAST_TURN, require_movement
from visavis.liveness._relief import LEAST_RELIEF, LEAST_SHIFT, MOST_SHIFT, half_shift, relief
from visavis.liveness.challenge import Challenge

__all__ = ["LEAST_FRONTAL", "Live", "check"]

LEAST_FRONTAL = 2
"""Frontal frames from which one can be held against another, so that both are of one person."""


@dataclass(frozen=True, slots=True)
class Live:
    """Someone was there, as far as the frames can tell.

    Attributes:
        frontal: places of the frames that are frontal and good enough. All of them, and nothing
            else, may be compared with a pass.

    """

    frontal: tuple[int, ...]


def check(challenge: Challenge, looks: Sequence[Look]) -> Live:
    """Decide from what the frames show whether a person did what a challenge asks.

    Whether the challenge itself is genuine, in time and unused is not looked at here.

    Args:
        challenge: that was answered.
        looks: of every frame, in order.

    Raises:
        CannotDecide: the frames are not good enough, with the one remedy.
        SpoofSuspected: `flat` (the face moves like a picture) or `other_movement`.

    """
    require_continuity(looks)
    require_freshness(looks)
    require_movement(challenge.tasks, looks)
    _require_solid(looks)
    frontal = tuple(place for place, look in enumerate(looks) if look.row is not None)
    if len(frontal) < LEAST_FRONTAL:
        raise CannotDecide(
            "not_frontal",
            "The face was not seen well enough from the front.",
            "Look straight at the camera between the movements.",
        )
    return Live(frontal)


def _require_solid(looks: Sequence[Look]) -> None:
    seen = [(look.pose, look.mesh) for look in looks]
    sides = {
        side: [
            (pose.yaw, mesh)
            for pose, mesh in seen
            if pose is not None and mesh is not None and side * pose.yaw >= LEAST_TURN
        ]
        for side in (-1, 1)
    }
    straight = [
        mesh
        for pose, mesh in seen
        if pose is not None and mesh is not None and max(abs(pose.yaw), abs(pose.pitch)) <= FRONTAL
    ]
    if not straight or not any(sides.values()):
        raise CannotDecide(
            "no_turn", "The face was never seen from the side.", "Turn a little further."
        )
    for turns in filter(None, sides.values()):
        # The frame that is turned furthest shows the most.
        yaw, mesh = max(turns, key=lambda turn: abs(turn[0]))
        shift = half_shift(straight[0], mesh, yaw)
        solid = LEAST_SHIFT <= shift <= MOST_SHIFT
        if not (solid and relief(straight[0], mesh) >= LEAST_RELIEF):
            raise SpoofSuspected(
                "flat",
                "The face moved like a picture of one.",
            )
