"""Does the head do what was asked: every step, in order, in time, at human speed?

A step must be held as long as was asked, less a quarter. That it is not held much longer is not
checked yet, so the holding times surprise less than their number says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.face.pipeline import Pose
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness._relief import eye_span
from visavis.liveness.challenge import Step, Task

__all__ = ["FASTEST_TURN", "LEAST_GROWTH", "LEAST_NOD", "LEAST_TURN", "require_movement"]

LEAST_TURN = 18.0
"""Degrees of yaw from which a head is turned: relief is told from none from about 15 on."""

LEAST_NOD = 15.0
"""Degrees of pitch from which a head looks up or down. A guess; no trial yet."""

LEAST_GROWTH = 1.2
"""Factor by which the face grows when the person comes closer: from 60 to 50 cm. A guess."""

FASTEST_TURN = 300.0
"""Most degrees a second between two frames. A guess; no trial yet."""

LONGEST_STEP = 10.0
"""Most seconds from the end of one step to the end of the next. A guess; no trial yet."""

HELD = 0.75
"""Share of the asked holding time that must be seen: the frames may miss its ends."""

_FURTHER = {
    Step.TURN_LEFT: "Turn a little further to your left.",
    Step.TURN_RIGHT: "Turn a little further to your right.",
    Step.LOOK_UP: "Look a little further up.",
    Step.LOOK_DOWN: "Look a little further down.",
    Step.COME_CLOSER: "Come a little closer.",
}


def require_movement(tasks: Sequence[Task], looks: Sequence[Look]) -> None:
    """Refuse frames in which the asked steps are not seen, one after the other and no other.

    Args:
        tasks: what was asked, in order.
        looks: each with a face, in the order in which the frames were taken.

    Raises:
        CannotDecide: `not_frontal` (the first frame is not), `too_fast`, `too_slow` or
            `step_not_seen`, with the remedy for the first missing step.
        SpoofSuspected: `other_movement`, a step that was not asked for then.

    """
    poses = [_pose(look) for look in looks]
    if not poses or not tasks or max(abs(poses[0].yaw), abs(poses[0].pitch)) > FRONTAL:
        raise CannotDecide(
            "not_frontal",
            "The movements did not begin with a look at the camera.",
            "Look straight at the camera first.",
        )
    for (before, earlier), (after, later) in pairwise(
        zip(poses, (look.at for look in looks), strict=True)
    ):
        turn = max(abs(after.yaw - before.yaw), abs(after.pitch - before.pitch))
        if not turn <= FASTEST_TURN * (later - earlier):
            raise CannotDecide("too_fast", "The movement was too fast to see.", "Slower, please.")
    walk = _Walk(tasks, looks[0])
    for look, pose in zip(looks, poses, strict=True):
        walk.see(look, pose)
    if walk.open is not None:
        raise CannotDecide(
            "step_not_seen", "One of the movements was not seen.", _FURTHER[walk.open.step]
        )


class _Walk:
    """How far the asked steps were seen, frame by frame."""

    def __init__(self, tasks: Sequence[Task], first: Look) -> None:
        self._tasks = tasks
        self._done = 0
        self._ended = first.at
        self._since: float | None = None
        self._span = _span(first)

    @property
    def open(self) -> Task | None:
        """The first step that has not been seen yet."""
        return self._tasks[self._done] if self._done < len(self._tasks) else None

    def see(self, look: Look, pose: Pose) -> None:
        shown, task = _shown(pose), self.open
        # A head that comes back from the last step still shows it.
        former = self._tasks[self._done - 1].step if self._done else None
        if shown is not None and shown != former and (task is None or shown != task.step):
            raise SpoofSuspected(
                "other_movement",
                "Another movement was seen than the one that was asked for.",
            )
        if task is None:
            return
        span = _span(look)
        closer = shown is None and span >= LEAST_GROWTH * self._span
        there = closer if task.step is Step.COME_CLOSER else shown == task.step
        if look.at - self._ended > LONGEST_STEP:
            raise CannotDecide("too_slow", "The movement came too late.", "Start again.")
        if not there:
            self._since = None
            self._span = min(self._span, span)
            return
        self._since = look.at if self._since is None else self._since
        if look.at - self._since >= HELD * task.hold:
            self._done, self._ended, self._since, self._span = self._done + 1, look.at, None, span


def _shown(pose: Pose) -> Step | None:
    """Return the step that a pose shows; yaw is positive towards the person's own left."""
    parts = {
        Step.TURN_LEFT: pose.yaw / LEAST_TURN,
        Step.TURN_RIGHT: -pose.yaw / LEAST_TURN,
        Step.LOOK_UP: -pose.pitch / LEAST_NOD,
        Step.LOOK_DOWN: pose.pitch / LEAST_NOD,
    }
    step = max(parts, key=parts.__getitem__)
    return step if parts[step] >= 1 else None


def _pose(look: Look) -> Pose:
    if look.pose is None or look.mesh is None:
        raise CannotDecide(
            "no_face", "The face was not seen all the time.", "Keep your face in the oval."
        )
    return look.pose


def _span(look: Look) -> float:
    return eye_span(look.mesh) if look.mesh is not None else 0.0
