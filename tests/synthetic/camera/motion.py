"""How an honest person moves when asked: one step at a time, as people move, with a tremor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Motion", "Stance", "Tasks", "asked"]

Tasks = Sequence[tuple[str, float]]
"""Names of steps as in `visavis.liveness.challenge.Step`, and seconds to stay there."""


@dataclass(frozen=True)
class Stance:
    """Degrees as in `visavis.face._pose.Pose`, and centimetres from where the head began."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


# The camera's picture is not mirrored: the person's left is at its right. A head that turns
# also moves a little.
_STEPS = {
    "TURN_LEFT": Stance(yaw=28, roll=1, x=0.8),
    "TURN_RIGHT": Stance(yaw=-28, roll=-1, x=-0.8),
    "LOOK_UP": Stance(pitch=-23, y=-0.4, z=0.5),
    "LOOK_DOWN": Stance(pitch=23, y=0.5, z=-0.5),
    "COME_CLOSER": Stance(),
}
# How many times as wide as usual a face gets, of somebody with the usual reach.
_CLOSER = 1.38
# What guidance asks for at least, with a little more, and what nobody does: see
# visavis.liveness.guidance.
_LEAST = {"yaw": 23.0, "pitch": 19.0, "closer": 1.28}
_MOST = {"yaw": 35.0, "pitch": 28.0, "closer": 1.5}


@dataclass(frozen=True)
class Motion:
    """Where a head is at any time: at the last of `marks`, or between two of them.

    Attributes:
        times: seconds.
        marks: shape (times, 6), in the order of `Stance`.
        tremor: shape (waves, 6, 3): size, radians per second, phase.
    """

    times: NDArray[np.float64]
    marks: NDArray[np.float64]
    tremor: NDArray[np.float64]

    @property
    def end(self) -> float:
        """Seconds."""
        return float(self.times[-1])

    def at(self, time: float) -> Stance:
        """Return the stance at a time, between marks with the least jerk (Flash, Hogan 1985)."""
        after = int(np.clip(np.searchsorted(self.times, time), 1, len(self.times) - 1))
        start, stop = self.times[after - 1 : after + 1]
        share = float(np.clip((time - start) / (stop - start), 0, 1))
        done = share**3 * (10 - 15 * share + 6 * share**2)
        size, pace, phase = self.tremor.transpose(2, 0, 1)
        shaking = (size * np.sin(pace * time + phase)).sum(0)
        return Stance(*((1 - done) * self.marks[after - 1] + done * self.marks[after] + shaking))


def asked(
    tasks: Tasks,
    *,
    seed: int,
    speed: float = 1.0,
    reach: float = 1.0,
    distance: float = 55.0,
) -> Motion:
    """Return the motion of a person who looks at the camera, does each task, and comes back.

    Args:
        tasks: what is asked.
        seed: of small differences between people and between moves.
        speed: 1 for most people; 0.6 for slow ones, 1.6 for fast ones.
        reach: share of the usual 28 degrees of turn, 23 of pitch, 1.38 times as wide; 0 to keep
            still, and otherwise as far as guidance asks for at least.
        distance: centimetres from the camera, for coming closer.
    """
    chance = np.random.default_rng(seed)
    home = np.array(astuple(Stance(*chance.normal(0, (1.5, 1.5, 1.0, 0, 0, 0)))))
    times, marks = [0.0, 0.9 + 0.3 * chance.random()], [home, home]

    def add(seconds: float, mark: NDArray[np.float64]) -> None:
        times.append(times[-1] + seconds)
        marks.append(mark)

    for name, hold in tasks:
        full = _full(name, reach * chance.uniform(0.9, 1.12), distance)
        there = home * (name == "COME_CLOSER") + full
        there = there + chance.normal(0, (0.8, 0.8, 0.8, 0.3, 0.3, 0.3))
        add(chance.uniform(0.4, 0.8) / speed, home)
        add(chance.uniform(0.6, 0.85) / speed, there)
        # It takes a moment to see that it is enough.
        reaction = float(np.clip(chance.uniform(0.2, 0.6) / speed, 0.2, 0.8))
        add(hold + reaction, there + chance.normal(0, 0.4, 6))
        home = home + chance.normal(0, (0.8, 0.8, 0.5, 0.2, 0.2, 0.3))
        add(chance.uniform(0.55, 0.8) / speed, home)
    add(chance.uniform(0.6, 0.9), home)
    size = np.array([0.25, 0.2, 0.15, 0.05, 0.05, 0.08]) * chance.uniform(0.3, 1, (4, 6))
    pace = 2 * np.pi * chance.uniform(0.2, 4.0, (4, 6))
    phase = chance.uniform(0, 2 * np.pi, (4, 6))
    return Motion(np.array(times), np.array(marks), np.stack([size, pace, phase], 2))


def _full(name: str, reach: float, distance: float) -> NDArray[np.float64]:
    """Return how far somebody goes in a step."""
    stance = _STEPS[name]
    if not reach:
        return np.zeros(6)
    turns = {"yaw": stance.yaw * reach, "pitch": stance.pitch * reach}
    for axis, turn in turns.items():
        turns[axis] = float(np.sign(turn) * np.clip(abs(turn), _LEAST[axis], _MOST[axis]))
    closer = float(np.clip(1 + (_CLOSER - 1) * reach, _LEAST["closer"], _MOST["closer"]))
    ahead = -(1 - 1 / closer) * distance if name == "COME_CLOSER" else stance.z
    return np.array(astuple(replace(stance, **turns, z=ahead)))
