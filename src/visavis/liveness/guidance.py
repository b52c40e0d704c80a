"""What to tell the person now: one frame's measurements in, one instruction out.

Made for webcams and telephones at 40 to 80 cm. The limits come from geometry and have not been
tried on people.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Final

from visavis.liveness._look import Look
from visavis.liveness.challenge import Extent, Step

__all__ = ["Goal", "Instruction", "View", "guide"]

# MediaPipe's canonical face model, as wide as the mesh: 2 x 7.743 cm between points 127 and 356.
_FACE: Final = 0.155  # metres


def share_at(metres: float, field_of_view: float) -> float:
    """Return the share of a picture's longer side that a face takes.

    Args:
        metres: from the camera to the face.
        field_of_view: degrees that the camera sees along that side.
    """
    return _FACE / (2 * metres * math.tan(math.radians(field_of_view / 2)))


# Webcams see 60 to 70 degrees across: each end is that of the camera which needs more room.
FAR: Final = share_at(0.80, 70)  # 0.14
NEAR: Final = share_at(0.40, 60)  # 0.34
# A head that turns looks narrower, and leaves the middle, without going anywhere.
_ROOM_TO_TURN: Final = 1.25
_MIDDLE: Final = (0.15, 0.12)
_MIDDLE_IN_STEP: Final = (0.25, 0.22)
_LEAST_LIGHT: Final = 12.0  # as the quality gate of photos

FACING: Final = (12.0, 16.0)
"""Degrees of yaw and of pitch up to which somebody faces the camera before the challenge begins;
pitch has more room, because cameras stand above or below the eyes."""
BACK: Final = (7.0, 6.5)
"""Degrees of yaw and pitch up to which a head is back where it was; a little inside STRAY."""
# Degrees of yaw and of pitch to stray from a movement: less than shows another one to a check.
_STRAY: Final = (13.0, 9.0)
_STRAY_FAR: Final = 12.0  # a head that is turned far is not measured so well
_UPRIGHT: Final = 20.0
_UPRIGHT_IN_STEP: Final = 35.0  # a head that turns and nods looks tilted
TURNED: Final = {Extent.SLIGHT: (16.0, 25.0), Extent.FAR: (31.0, 42.0)}
"""Degrees of yaw to turn at least and at most. Few pictures that are tilted, bent or warped look
turned far."""
LOOKED: Final = {Extent.SLIGHT: (11.0, 18.0)}
"""Degrees of pitch, up or down, at least and at most. Nobody is asked to nod far: of a face that
looks far up or down too little is seen."""
CLOSER: Final = {Extent.SLIGHT: (1.20, 1.34), Extent.FAR: (1.47, 1.70)}
"""How many times as wide as usual the face looks after coming closer, at least and at most."""
_CLOSER_BEGUN: Final = 1.1
ALSO_TURNED: Final = (18.0, 27.0)
ALSO_LOOKED: Final = (13.0, 23.0)
"""Degrees of yaw and of pitch at least and at most, on top of another movement."""
# How near to what is asked for somebody is who needs to go but a little further, and how much of
# a slip is none while somebody stays: degrees of yaw, of pitch, and share of the width.
_NEARLY: Final = (7.0, 4.0, 0.12)
_SLIP: Final = (1.5, 0.8, 0.03)

# Where a slight movement still is one, while another one is on top of it.
_SLIGHT_STILL: Final = ((9.0, 33.0), (6.0, 23.0), (1.11, 1.5))

_TO_LEFT: Final = {Step.TURN_LEFT: 1.0, Step.TURN_RIGHT: -1.0}
_DOWN: Final = {Step.LOOK_DOWN: 1.0, Step.LOOK_UP: -1.0}


class Instruction(enum.Enum):
    """One sentence to show. Left and right are the person's own."""

    SHOW_FACE = "Look into the camera."
    ONE_PERSON = "One person only, please."
    MORE_LIGHT = "More light on your face, please."
    MOVE_CLOSER = "Move closer."
    MOVE_BACK = "Move back a little."
    MOVE_LEFT = "Move a little to your left."
    MOVE_RIGHT = "Move a little to your right."
    MOVE_UP = "Move up a little, or point the camera lower."
    MOVE_DOWN = "Move down a little, or point the camera higher."
    UPRIGHT = "Hold your head upright."
    MIDDLE = "Back to the middle: face the camera."
    TURN_LEFT = "Turn your head far to your left."
    TURN_RIGHT = "Turn your head far to your right."
    COME_CLOSER = "Come much closer to the camera."
    TURN_LEFT_SLIGHTLY = "Turn your head a little to your left."
    TURN_RIGHT_SLIGHTLY = "Turn your head a little to your right."
    LOOK_UP_SLIGHTLY = "Look up a little."
    LOOK_DOWN_SLIGHTLY = "Look down a little."
    COME_CLOSER_SLIGHTLY = "Come a little closer to the camera."
    FURTHER = "A little further."
    LESS_FAR = "Not quite so far."
    HALFWAY_BACK = "Come back halfway."
    ALSO_TURN_LEFT = "Stay so, and turn to your left as well."
    ALSO_TURN_RIGHT = "Stay so, and turn to your right as well."
    ALSO_LOOK_UP = "Stay so, and look up as well."
    ALSO_LOOK_DOWN = "Stay so, and look down as well."
    FURTHER_LEFT = "A little further to your left."
    FURTHER_RIGHT = "A little further to your right."
    FURTHER_UP = "A little further up."
    FURTHER_DOWN = "A little further down."
    LESS_FAR_LEFT = "Not quite so far to your left."
    LESS_FAR_RIGHT = "Not quite so far to your right."
    LESS_FAR_UP = "Not quite so far up."
    LESS_FAR_DOWN = "Not quite so far down."
    HOLD_IT = "Hold it."
    HOLD_STILL = "Hold still."


@dataclass(frozen=True, slots=True)
class Goal:
    """Where somebody is asked to go now.

    Attributes:
        step: the movement.
        extent: how far.
        also: another movement on top of it, or None.
    """

    step: Step
    extent: Extent
    also: Step | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What guidance needs to know of one frame, as the camera took it, not mirrored.

    Attributes:
        faces: how many there are.
        share: width of the face, as a share of the picture's longer side.
        across: from the middle of the picture to that of the face, as a share of the width;
            positive to the right of the picture, which is the person's left.
        down: the same downwards, as a share of the height.
        yaw: degrees, positive to the person's left.
        pitch: degrees, positive when looking down.
        roll: degrees, of the head to a shoulder.
        light: grey levels between the darkest and the brightest twentieth of the face.
    """

    faces: int
    share: float
    across: float
    down: float
    yaw: float
    pitch: float
    roll: float
    light: float

    @classmethod
    def of(cls, look: Look) -> View:
        """Take it from what is seen in a frame."""
        if look.mesh is None or look.pose is None:
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        width, height = look.size
        left, top = look.mesh[:, :2].min(axis=0)
        right, bottom = look.mesh[:, :2].max(axis=0)
        return cls(
            faces=look.faces,
            share=float(right - left) / max(width, height),
            across=float(left + right) / 2 / width - 0.5,
            down=float(top + bottom) / 2 / height - 0.5,
            yaw=look.pose.yaw,
            pitch=look.pose.pitch,
            roll=look.pose.roll,
            light=look.light,
        )


def guide(
    view: View, goal: Goal | None, *, usual: View | None = None, held: bool = False
) -> Instruction:
    """Return the one thing to tell the person.

    Args:
        view: of the newest frame.
        goal: what is asked for now; None to face the camera, before the first and between two.
        usual: the view when the challenge began, which movements are measured from; None before
            it has begun, and then nobody is asked to come closer.
        held: whether the person was as far as asked already; then a small slip is none.
    """
    seen = _sight(view)
    if seen:
        return seen
    said = _movement(view, goal, usual, held=held)
    # Further than that a face looks tilted, or beside the middle, though it is neither.
    if said in {Instruction.LESS_FAR, Instruction.HALFWAY_BACK}:
        return said
    return (
        _reach(view, goal, usual.share if usual else None)
        or _centre(view, goal)
        or _lean(view, goal)
        or said
    )


def _sight(view: View) -> Instruction | None:
    """Return what must be right for anything to be seen."""
    if view.faces != 1:
        return Instruction.ONE_PERSON if view.faces else Instruction.SHOW_FACE
    return Instruction.MORE_LIGHT if view.light < _LEAST_LIGHT else None


def _reach(view: View, goal: Goal | None, usual: float | None) -> Instruction | None:
    # Whoever began is not sent to and fro for a little.
    room = _ROOM_TO_TURN if goal or usual else 1.0
    if view.share < FAR / room:
        return Instruction.MOVE_CLOSER
    if goal and goal.step is Step.COME_CLOSER and usual:
        return None
    if view.share > NEAR * room:
        return Instruction.MOVE_BACK
    if not goal and usual and view.share > usual * _CLOSER_BEGUN:
        return Instruction.MOVE_BACK
    return None


def _centre(view: View, goal: Goal | None) -> Instruction | None:
    across, down = _MIDDLE_IN_STEP if goal else _MIDDLE
    if abs(view.across) > across:
        return Instruction.MOVE_RIGHT if view.across > 0 else Instruction.MOVE_LEFT
    if abs(view.down) > down:
        return Instruction.MOVE_UP if view.down > 0 else Instruction.MOVE_DOWN
    return None


def _lean(view: View, goal: Goal | None) -> Instruction | None:
    most = _UPRIGHT_IN_STEP if goal else _UPRIGHT
    return Instruction.UPRIGHT if abs(view.roll) > most else None


def _movement(view: View, goal: Goal | None, usual: View | None, *, held: bool) -> Instruction:
    yaw, pitch = (
        (view.yaw - usual.yaw, view.pitch - usual.pitch) if usual else (view.yaw, view.pitch)
    )
    if goal is None or (goal.step is Step.COME_CLOSER and not usual):
        most_yaw, most_pitch = BACK if usual else FACING
        facing = abs(yaw) <= most_yaw and abs(pitch) <= most_pitch
        return Instruction.HOLD_STILL if facing else Instruction.MIDDLE
    growth = view.share / (usual.share if usual else 1.0)
    axis, done = _along_axis(goal.step, yaw, pitch, growth)
    if goal.also is None:
        if _astray(goal, axis, yaw, pitch):
            return Instruction.MIDDLE
        return _said(goal, done, axis, slip=held)
    # The first movement may slip meanwhile, as long as it still is one, and a slight one.
    if done < _SLIGHT_STILL[axis][0]:
        return Instruction[goal.step.name + "_SLIGHTLY"]
    if done > _SLIGHT_STILL[axis][1]:
        return Instruction.HALFWAY_BACK
    return _said_on_top(goal.also, *_along_axis(goal.also, yaw, pitch, growth), slip=held)


def _along_axis(step: Step, yaw: float, pitch: float, growth: float) -> tuple[int, float]:
    """Return the axis of a step, and how far it is done."""
    if step in _TO_LEFT:
        return 0, yaw * _TO_LEFT[step]
    return (1, pitch * _DOWN[step]) if step in _DOWN else (2, growth)


def _astray(goal: Goal, axis: int, yaw: float, pitch: float) -> bool:
    """Return whether the head also goes elsewhere than it was asked to."""
    most = (_STRAY_FAR, _STRAY_FAR) if goal.extent is Extent.FAR else _STRAY
    return any(abs(way) > most[n] for n, way in enumerate((yaw, pitch)) if n != axis)


def _said(goal: Goal, done: float, axis: int, *, slip: bool) -> Instruction:
    """Return what to say on the way to a slight or a far movement."""
    slightly = "_SLIGHTLY" if goal.extent is Extent.SLIGHT else ""
    least, most = (TURNED, LOOKED, CLOSER)[axis][goal.extent]
    room = _SLIP[axis] if slip else 0.0
    ask = Instruction[goal.step.name + slightly]
    said = _between(done, (least - room, most + room), _NEARLY[axis], ask)
    if said is Instruction.LESS_FAR and slightly and done > most + _NEARLY[axis]:
        return Instruction.HALFWAY_BACK
    return said


def _said_on_top(also: Step, axis: int, done: float, *, slip: bool) -> Instruction:
    """Return what to say on the way to another movement on top of the first."""
    room = _SLIP[axis] if slip else 0.0
    least, most = (ALSO_TURNED, ALSO_LOOKED)[axis]
    ask = Instruction["ALSO_" + also.name]
    said = _between(done, (least - room, most + room), _NEARLY[axis], ask)
    if said in {Instruction.FURTHER, Instruction.LESS_FAR}:
        # Two movements at once: the sentence says which of them.
        return Instruction[f"{said.name}_{also.name.split('_')[1]}"]
    return said


def _between(
    done: float, span: tuple[float, float], nearly: float, ask: Instruction
) -> Instruction:
    least, most = span
    if done < least - nearly:
        return ask
    if done < least:
        return Instruction.FURTHER
    return Instruction.HOLD_IT if done <= most else Instruction.LESS_FAR
