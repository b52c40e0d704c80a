"""How an honest person moves when asked: one step at a time, as people move, with a tremor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.liveness.challenge import Task

__all__ = ["Motion", "Place", "Stance", "Stays", "Tasks", "amount", "asked", "named"]

Stays = Sequence[tuple[str, float, str | None]]
"""Names of extents as in `visavis.liveness.challenge.Extent`, seconds to stay there, and the name
of a step on top of it."""

Tasks = Sequence[tuple[str, Stays]]
"""Names of steps as in `visavis.liveness.challenge.Step`, and where to stay."""

Place = tuple[str, str, str | None]
"""Names of a step, of an extent, and of a step on top of it."""


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
    "TURN_LEFT": Stance(yaw=1, roll=0.035, x=0.03),
    "TURN_RIGHT": Stance(yaw=-1, roll=-0.035, x=-0.03),
    "LOOK_UP": Stance(pitch=-1, y=-0.017, z=0.02),
    "LOOK_DOWN": Stance(pitch=1, y=0.02, z=-0.02),
    "COME_CLOSER": Stance(),
}
# Degrees, and how many times as wide as usual a face gets, of somebody with the usual reach, and
# between what bounds guidance brings them. The networks see these heads turn by 1.2 to 1.5 times as
# much as they do, so that this is in the middle of what guidance asks for.
_FULL = {
    "SLIGHT": {"yaw": 15.0, "pitch": 11.0, "closer": 1.27},
    "FAR": {"yaw": 27.0, "closer": 1.57},
    "ALSO": {"yaw": 17.0, "pitch": 13.0},
}
_BOUNDS = {
    "SLIGHT": {"yaw": (14.0, 16.5), "pitch": (10.0, 12.0), "closer": (1.22, 1.32)},
    "FAR": {"yaw": (25.0, 30.0), "closer": (1.49, 1.66)},
    "ALSO": {"yaw": (15.0, 19.0), "pitch": (12.0, 15.0)},
}


def named(tasks: Sequence[Task]) -> list[tuple[str, Stays]]:
    """Return the tasks of a challenge by their names."""
    return [
        (
            task.step.name,
            [
                (stay.extent.name, stay.hold, stay.also.name if stay.also else None)
                for stay in task.stays
            ],
        )
        for task in tasks
    ]


@dataclass(frozen=True)
class Motion:
    """Where a head is at any time: at the last of `marks`, or between two of them.

    Attributes:
        times: seconds.
        marks: shape (times, 6), in the order of `Stance`.
        tremor: shape (waves, 6, 3): size, radians per second, phase.
        begins: places of the marks at which the head leaves the middle, one a step.
    """

    times: NDArray[np.float64]
    marks: NDArray[np.float64]
    tremor: NDArray[np.float64]
    begins: tuple[int, ...] = ()

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


def asked(  # noqa: PLR0913
    tasks: Tasks,
    *,
    seed: int,
    speed: float = 1.0,
    reach: float = 1.0,
    distance: float = 55.0,
    known: Mapping[Place, NDArray[np.float64]] | None = None,
) -> Motion:
    """Return the motion of a person who looks at the camera, does each task, and comes back.

    Args:
        tasks: what is asked.
        seed: of small differences between people and between moves.
        speed: 1 for most people; 0.6 for slow ones, 1.6 for fast ones.
        reach: share of what is usual, within what guidance asks for; 0 to keep still.
        distance: centimetres from the camera, for coming closer.
        known: where to go for each place that is asked for, from the middle, of somebody who has
            tried it (`tests.synthetic.camera.practised`); reach counts for nothing then.
    """
    chance = np.random.default_rng(seed)
    home = np.array(astuple(Stance(*chance.normal(0, (1.5, 1.5, 1.0, 0, 0, 0)))))
    times, marks = [0.0, 0.9 + 0.3 * chance.random()], [home, home]

    def add(seconds: float, mark: NDArray[np.float64]) -> None:
        times.append(times[-1] + seconds)
        marks.append(mark)

    begins = []
    # Whoever has practised moves more evenly, and waits a little longer than they are asked to.
    uneven, patience = (0.5, 0.25) if known else (1.0, 0.0)
    for name, stays in tasks:
        add(chance.uniform(0.4, 0.8) / speed, home)
        begins.append(len(marks) - 1)
        for extent, hold, also in stays:
            own, on_top = reach * chance.uniform(0.9, 1.12, 2)
            full = amount(name, extent, distance, reach=own)
            if also:
                full = full + amount(also, "ALSO", distance, reach=on_top)
            if known:
                full = known[name, extent, also]
            there = home * (name == "COME_CLOSER") + full
            there = there + uneven * chance.normal(0, (0.8, 0.8, 0.8, 0.3, 0.3, 0.3))
            add(chance.uniform(0.6, 0.85) / speed, there)
            # It takes a moment to see that it is enough.
            reaction = float(np.clip(chance.uniform(0.2, 0.6) / speed, 0.2, 0.8))
            add(hold + reaction + patience, there + uneven * chance.normal(0, 0.4, 6))
        home = home + uneven * chance.normal(0, (0.8, 0.8, 0.5, 0.2, 0.2, 0.3))
        add(chance.uniform(0.55, 0.8) / speed, home)
    add(chance.uniform(0.6, 0.9), home)
    size = np.array([0.25, 0.2, 0.15, 0.05, 0.05, 0.08]) * chance.uniform(0.3, 1, (4, 6))
    pace = 2 * np.pi * chance.uniform(0.2, 4.0, (4, 6))
    phase = chance.uniform(0, 2 * np.pi, (4, 6))
    waves = np.stack([size, pace, phase], 2)
    return Motion(np.array(times), np.array(marks), waves, tuple(begins))


def amount(name: str, extent: str, distance: float, *, reach: float = 1.0) -> NDArray[np.float64]:
    """Return how far somebody goes in a step who has not tried it, in the order of `Stance`.

    Args:
        name: of the step.
        extent: name of how far, or ALSO on top of another.
        distance: centimetres from the camera.
        reach: share of what is usual, within what guidance asks for; 0 to keep still.
    """
    if not reach:
        return np.zeros(6)
    usual, bounds = _FULL[extent], _BOUNDS[extent]
    if name == "COME_CLOSER":
        closer = float(np.clip(1 + (usual["closer"] - 1) * reach, *bounds["closer"]))
        return np.array(astuple(Stance(z=-(1 - 1 / closer) * distance)))
    axis = "yaw" if _STEPS[name].yaw else "pitch"
    way = float(np.clip(usual[axis] * reach, *bounds[axis]))
    return np.array(astuple(_STEPS[name])) * way
