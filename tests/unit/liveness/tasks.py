"""Tasks in short, and how a head is held that does them as guidance asks."""

from __future__ import annotations

import functools

import numpy as np
from tests.unit.liveness import heads

from visavis.liveness import Extent, Instruction, Stay, Step, Task
from visavis.liveness.guidance import ALSO_LOOKED, ALSO_TURNED, CLOSER, LOOKED, TURNED, Goal

Pose = tuple[float, float, float]
"""Degrees of yaw and of pitch, and centimetres from the camera."""

_WAYS = {
    Step.TURN_LEFT: (0, 1),
    Step.TURN_RIGHT: (0, -1),
    Step.LOOK_UP: (1, -1),
    Step.LOOK_DOWN: (1, 1),
}
_ALSO = "ALSO_"
_SLIGHTLY = "_SLIGHTLY"


def far(step: Step, hold: float) -> Task:
    """Ask for much."""
    return Task(step, (Stay(Extent.FAR, hold),))


def both(step: Step, also: Step, hold: float, then: float) -> Task:
    """Ask for a little, and then for another movement on top of it."""
    return Task(step, (Stay(Extent.SLIGHT, hold), Stay(Extent.SLIGHT, then, also)))


def every_way(step: Step, hold: float, then: float) -> list[Task]:
    """Return every way in which a challenge may ask for a step."""
    turns, nods = (Step.TURN_LEFT, Step.TURN_RIGHT), (Step.LOOK_UP, Step.LOOK_DOWN)
    on_top = {
        **dict.fromkeys(turns, nods),
        **dict.fromkeys(nods, turns),
        Step.COME_CLOSER: (*turns, *nods),
    }
    much = [far(step, hold)] if step not in nods else []
    return [*much, *(both(step, also, hold, then) for also in on_top[step])]


def goals(task: Task) -> list[Goal]:
    """Return where somebody is asked to go in a task, one after the other."""
    return [Goal(task.step, stay.extent, stay.also) for stay in task.stays]


def asking(said: Instruction, last: Goal | None) -> Goal | None:
    """Return where an instruction asks somebody to go who was last asked for something else.

    None for an instruction that asks for no movement.
    """
    if last and said is Instruction.HALFWAY_BACK:
        return Goal(last.step, Extent.SLIGHT)
    if last and said.name.startswith(_ALSO):
        return Goal(last.step, Extent.SLIGHT, Step[said.name.removeprefix(_ALSO)])
    name = said.name.removesuffix(_SLIGHTLY)
    if name not in Step.__members__:
        return None
    return Goal(Step[name], Extent.FAR if name == said.name else Extent.SLIGHT)


@functools.cache
def pose_of(goal: Goal, *, home: float) -> Pose:
    """Return where to hold a head that looks as asked, in the middle of what guidance takes.

    Args:
        goal: what is asked.
        home: centimetres from the camera when it began.
    """
    wanted = np.array([0.0, 0.0, 1.0])
    if goal.step is Step.COME_CLOSER:
        wanted[2] = _middle(CLOSER[goal.extent])
    else:
        axis, sign = _WAYS[goal.step]
        wanted[axis] = sign * _middle((TURNED, LOOKED)[axis][goal.extent])
    if goal.also:
        axis, sign = _WAYS[goal.also]
        wanted[axis] = sign * _middle((ALSO_TURNED, ALSO_LOOKED)[axis])
    usual = _looks((0.0, 0.0, home))
    yaw, pitch, away = 0.0, 0.0, home
    # A head looks turned a little further than it is, and narrower than it was.
    for _ in range(20):
        seen = _looks((yaw, pitch, away))
        yaw += wanted[0] - (seen[0] - usual[0])
        pitch += wanted[1] - (seen[1] - usual[1])
        if goal.step is Step.COME_CLOSER:
            away *= (seen[2] / usual[2]) / wanted[2]
    return float(yaw), float(pitch), float(away)


def between(start: Pose, end: Pose, part: float) -> Pose:
    """Return a pose on the way from one to another."""
    yaw, pitch, away = (a + (b - a) * part for a, b in zip(start, end, strict=True))
    return yaw, pitch, away


def _middle(span: tuple[float, float]) -> float:
    return sum(span) / 2


def _looks(pose: Pose) -> tuple[float, float, float]:
    """Return yaw, pitch and width as they are measured."""
    mesh = heads.seen(heads.turned(heads.head(), *pose[:2]), pose[2])
    seen = heads.pose(mesh)
    return seen.yaw, seen.pitch, float(np.ptp(mesh[:, 0]))
