"""Does the head do what was asked: every step, in order, as long as asked, at human speed?

A movement is measured from where the head was at rest at first, not from the camera's axis:
a camera above or below the eyes, and the shape of a face, move what is straight ahead by 10 degrees
and more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide, SpoofSuspected
from visavis.face.pipeline import Pose
from visavis.liveness._amounts import STEPS, amounts, at_rest
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness._stays import require_stays
from visavis.liveness.challenge import Step, Task

__all__ = ["FASTEST_TURN", "LONGEST_STEP", "Walk", "require_movement"]

FASTEST_TURN: Final = 300.0
"""Most degrees a second between two frames."""

LONGEST_STEP: Final = 30.0
"""Most seconds from the end of one step to the end of the next, with once more if need be."""

_FURTHER: Final = {
    Step.TURN_LEFT: "Turn a little further to your left.",
    Step.TURN_RIGHT: "Turn a little further to your right.",
    Step.LOOK_UP: "Look a little further up.",
    Step.LOOK_DOWN: "Look a little further down.",
    Step.COME_CLOSER: "Come a little closer.",
}


@dataclass(frozen=True, slots=True)
class Walk:
    """Where in a series of frames the steps are.

    Attributes:
        rests: places of the frames in the middle, one group before each step and one at the end.
        steps: places of the frames of each step, from the middle and back to it.
    """

    rests: tuple[tuple[int, ...], ...]
    steps: tuple[tuple[int, ...], ...]


def require_movement(tasks: Sequence[Task], looks: Sequence[Look]) -> Walk:
    """Refuse frames in which the asked steps are not seen, one after the other and no other.

    Args:
        tasks: what was asked, in order.
        looks: each with a face, in the order in which the frames were taken.

    Raises:
        CannotDecide: `not_frontal` (it begins or ends elsewhere), `too_fast`, `too_slow`,
            `step_not_seen`, with the remedy for the first missing step, `other_movement` (one
            wrong step), or what `visavis.liveness._stays` says of a step that was not stayed at
            as asked.
        SpoofSuspected: `other_movement`: more than one step is another.

    """
    times = np.array([look.at for look in looks])
    poses = [_pose(look) for look in looks]
    _require_human_speed(times, poses)
    gone, resting = _gone(looks, poses)
    if not resting.size or not resting[0]:
        raise _not_frontal("begin", "Look straight at the camera first.")
    seen: list[tuple[int, NDArray[np.int64]]] = []
    for run in _runs(~resting):
        far_enough = np.flatnonzero((gone[run] >= 1).any(1))
        if far_enough.size:
            # What comes on top of a movement comes later.
            step = int(gone[run[far_enough[0]]].argmax())
            # Whoever slips back does a step once more, which is never asked for twice in a row.
            seen = [*(seen[:-1] if seen and seen[-1][0] == step else seen), (step, run)]
    _require_same([task.step for task in tasks], [STEPS[step] for step, _ in seen])
    if not resting[-1]:
        raise _not_frontal("end", "Come back to the middle after the last movement.")
    ended = times[0]
    for task, (_, run) in zip(tasks, seen, strict=True):
        if times[run[-1]] - ended > LONGEST_STEP:
            raise CannotDecide("too_slow", "The movement came too late.", "Start again.")
        ended = times[run[-1]]
        # From rest to rest.
        whole = slice(run[0] - 1, run[-1] + 2)
        require_stays(task, times[whole].tolist(), list(gone[whole]))
    return _walk([run for _, run in seen], resting)


def _require_human_speed(times: NDArray[np.float64], poses: Sequence[Pose]) -> None:
    for (before, earlier), (after, later) in pairwise(zip(poses, times, strict=True)):
        turn = max(abs(after.yaw - before.yaw), abs(after.pitch - before.pitch))
        if not turn <= FASTEST_TURN * (later - earlier):
            raise CannotDecide("too_fast", "The movement was too fast to see.", "Slower, please.")


def _gone(
    looks: Sequence[Look], poses: Sequence[Pose]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return how far every step is done in every frame, and which frames are at rest.

    Yaw is positive towards the person's own left. All is measured, as guidance does, from how the
    head was held before the first step.
    """
    gone, resting = np.zeros((len(looks), len(STEPS))), np.zeros(len(looks), bool)
    usual: list[tuple[float, float, float]] = []
    begun = False
    for place, (look, pose) in enumerate(zip(looks, poses, strict=True)):
        width = float(np.ptp(look.mesh[:, 0])) if look.mesh is not None else 0.0
        if not usual:
            usual = [(pose.yaw, pose.pitch, width)]
        usual_yaw, usual_pitch, usual_width = np.median(usual, axis=0)
        way = (
            float(pose.yaw - usual_yaw),
            float(pose.pitch - usual_pitch),
            float(width / usual_width) if usual_width > 0 else 0.0,
        )
        gone[place] = amounts(*way)
        resting[place] = at_rest(*way) and max(abs(pose.yaw), abs(pose.pitch)) <= FRONTAL
        begun = begun or not resting[place]
        if not begun:
            usual.append((pose.yaw, pose.pitch, width))
    return gone, resting


def _runs(where: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the places of each unbroken run of True."""
    places = np.flatnonzero(where)
    return [run for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if run.size]


def _require_same(asked: Sequence[Step], seen: Sequence[Step]) -> None:
    if list(seen) == list(asked):
        return
    if list(seen) == list(asked[: len(seen)]):
        missing = asked[len(seen)]
        raise CannotDecide("step_not_seen", "One of the movements was not seen.", _FURTHER[missing])
    matcher = SequenceMatcher(None, asked, seen, autojunk=False)
    alike = sum(block.size for block in matcher.get_matching_blocks())
    message = "Another movement was seen than the one that was asked for."
    if max(len(asked), len(seen)) - alike > 1:
        raise SpoofSuspected("other_movement", message)
    raise CannotDecide(
        "other_movement", message, "Do what is asked and nothing else; left and right are yours."
    )


def _walk(runs: Sequence[NDArray[np.int64]], resting: NDArray[np.bool_]) -> Walk:
    ends = [0, *(int(run[-1]) for run in runs), len(resting)]
    rests = tuple(
        tuple(int(place) for place in np.flatnonzero(resting[:after]) if place >= before)
        for before, after in zip(
            ends[:-1], [*(int(run[0]) for run in runs), len(resting)], strict=True
        )
    )
    return Walk(rests, tuple(tuple(int(place) for place in run) for run in runs))


def _pose(look: Look) -> Pose:
    if look.pose is None or look.mesh is None:
        raise CannotDecide(
            "no_face", "The face was not seen all the time.", "Keep your face in the oval."
        )
    return look.pose


def _not_frontal(when: str, remedy: str) -> CannotDecide:
    return CannotDecide(
        "not_frontal", f"The movements did not {when} with a look at the camera.", remedy
    )
