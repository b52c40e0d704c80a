"""A person, or somebody with a picture of one, who is guided before the real check.

Frames are looked at as they come, the guidance says what to do, and a moment later it is done: the
same loop as in front of a real camera, so that holding times and how far heads turn come from the
guidance and not from a script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import LOOKED_AT, Camera, Setting, dressed, placed
from tests.synthetic.camera.head import Person
from tests.synthetic.camera.motion import Stance
from tests.synthetic.camera.scene import Surface

from visavis.face import FacePipeline
from visavis.liveness import Challenge, Extent, Frame, Instruction, LiveCapture, Step

__all__ = ["Manner", "guided", "honestly"]

LONGEST = 55.0  # seconds before somebody gives up

_STANCES = {
    Step.TURN_LEFT: Stance(yaw=1),
    Step.TURN_RIGHT: Stance(yaw=-1),
    Step.LOOK_UP: Stance(pitch=-1),
    Step.LOOK_DOWN: Stance(pitch=1),
    Step.COME_CLOSER: Stance(z=-1),
}
_MOVEMENTS = {
    Instruction[step.name + how]: (step, extent)
    for step in Step
    for how, extent in (("", Extent.FAR), ("_SLIGHTLY", Extent.SLIGHT))
    if step.name + how in Instruction.__members__
}
_FURTHER = {said for said in Instruction if said.name.startswith("FURTHER")}
_LESS_FAR = {said for said in Instruction if said.name.startswith("LESS_FAR")}
_AXES = {step: 0 if stance.yaw else 1 if stance.pitch else 2 for step, stance in _STANCES.items()}
_ALSO = {
    Instruction["ALSO_" + step.name]: step
    for step in (Step.TURN_LEFT, Step.TURN_RIGHT, Step.LOOK_UP, Step.LOOK_DOWN)
}
# Centimetres to go, as a person would who is told to.
_PLACES = {
    Instruction.MOVE_CLOSER: Stance(z=-4),
    Instruction.MOVE_BACK: Stance(z=4),
    Instruction.MOVE_LEFT: Stance(x=2),
    Instruction.MOVE_RIGHT: Stance(x=-2),
    Instruction.MOVE_UP: Stance(y=-2),
    Instruction.MOVE_DOWN: Stance(y=2),
}


@dataclass(frozen=True)
class Manner:
    """How somebody moves.

    Attributes:
        turn, nod: degrees that are turned and nodded at first, slightly and far; guidance asks for
            more or less.
        near: share of the distance that is left after coming closer, at first.
        also: degrees that are turned and nodded on top of something else.
        reaction: seconds from an instruction to a movement.
        speed: 1 for most people.
    """

    turn: tuple[float, float] = (16.0, 28.0)
    nod: tuple[float, float] = (11.5, 20.0)
    near: tuple[float, float] = (0.79, 0.64)
    also: tuple[float, float] = (17.0, 13.0)
    reaction: float = 0.35
    speed: float = 1.0


class Someone:
    """Moves as told, a moment later."""

    def __init__(self, manner: Manner, distance: float, chance: np.random.Generator) -> None:
        self._manner = manner
        self._distance = distance
        self._chance = chance
        self._straight = np.array(astuple(Stance(*chance.normal(0, (1.5, 1.5, 1.0, 0, 0, 0)))))
        self._home = self._start = self._goal = self._straight
        self._from, self._until = 0.0, 0.1
        self._step: Step | None = None
        self._extent = Extent.FAR
        self._also: Step | None = None
        self._on_top = 0.0
        self._known_on_top: dict[int, float] = {}
        self._known: dict[tuple[int, Extent], float] = {}
        self._amount = 0.0
        self._heard: Instruction | None = None
        self._pending: list[tuple[float, Instruction]] = []
        self._tremor = (
            np.array([0.25, 0.2, 0.15, 0.05, 0.05, 0.08]) * chance.uniform(0.3, 1, (4, 6)),
            2 * np.pi * chance.uniform(0.2, 4.0, (4, 6)),
            chance.uniform(0, 2 * np.pi, (4, 6)),
        )

    @property
    def end(self) -> float:
        """Seconds."""
        return LONGEST

    def at(self, time: float) -> Stance:
        """Return where the head is."""
        size, pace, phase = self._tremor
        shaking = (size * np.sin(pace * time + phase)).sum(0)
        return Stance(*(self._steady(time) + shaking))

    def hear(self, said: Instruction, time: float) -> None:
        """Take an instruction in, and do what earlier ones said."""
        again = said in {
            Instruction.HALFWAY_BACK,
            Instruction.MIDDLE,
            Instruction.SHOW_FACE,
            Instruction.UPRIGHT,
            *_FURTHER,
            *_LESS_FAR,
            *_MOVEMENTS,
            *_ALSO,
            *_PLACES,
        }
        if said is not self._heard or (again and not self._pending):
            spread = self._chance.uniform(0.8, 1.25)
            self._pending.append((time + self._manner.reaction * spread, said))
        self._heard = said
        while self._pending and self._pending[0][0] <= time:
            self._do(self._pending.pop(0)[1], time)

    def _do(self, said: Instruction, time: float) -> None:
        if (
            self._is_to_move(said, time)
            or self._is_to_correct(said, time)
            or self._is_to_go(said, time)
        ):
            self._go(time)

    def _is_to_move(self, said: Instruction, time: float) -> bool:
        if said in _MOVEMENTS:
            step, extent = _MOVEMENTS[said]
            if (self._step, self._extent) == (step, extent):
                # Still not enough, or it slipped while another movement was made.
                if time < self._until:
                    return False
                usual = self._usual(_AXES[step], extent)
                self._amount = max(1.2 * self._amount, 0.8 * usual)
                return True
            self._step, self._extent = step, extent
            self._amount = self._far(step, extent)
        elif said in _ALSO and self._step is not None:
            if self._also is _ALSO[said]:
                if time < self._until:
                    return False
                self._on_top *= 1.2
                return True
            self._also = _ALSO[said]
            axis = _AXES[self._also]
            self._on_top = self._known_on_top.get(axis, self._manner.also[axis])
        else:
            return False
        return True

    def _is_to_correct(self, said: Instruction, time: float) -> bool:
        if self._step is None:
            return False
        if said in {Instruction.SHOW_FACE, Instruction.UPRIGHT}:
            self._amount *= 0.6
            return True
        # Said once more by now, and no movement is under way that may be enough.
        if time < self._until or self._heard is not said:
            return False
        if said is Instruction.HALFWAY_BACK:
            self._remember()
            self._extent = Extent.SLIGHT
            self._amount = min(self._far(self._step, self._extent), 0.75 * self._amount)
            return True
        if said not in _FURTHER | _LESS_FAR:
            return False
        part = 0.16 if said in _FURTHER else -0.13
        factor = 1 + part * self._chance.uniform(0.7, 1.3)
        if self._also is None:
            self._amount *= factor
        else:
            self._on_top *= factor
        return True

    def _is_to_go(self, said: Instruction, time: float) -> bool:
        if said is Instruction.MIDDLE or (said in _PLACES and self._step is not None):
            if self._step is None and time < self._until:
                return False
            self._remember()
            self._step = self._also = None
            # Nobody comes back to quite the same place.
            self._home = self._straight + self._chance.normal(0, (1.5, 1.5, 0.8, 0.3, 0.3, 0.4))
        elif said in _PLACES and time >= self._until:
            self._straight = self._straight + np.array(astuple(_PLACES[said]))
            self._home = self._straight
        else:
            return False
        return True

    def _go(self, time: float) -> None:
        goal = self._home
        if self._step is not None:
            aside = self._chance.normal(0, (1.2, 1.2, 0.8, 0.3, 0.3, 0.3))
            goal = goal + np.array(astuple(_STANCES[self._step])) * self._amount + aside
            if self._also is not None:
                goal = goal + np.array(astuple(_STANCES[self._also])) * self._on_top
        self._start, self._goal, self._from = self._steady(time), goal, time
        way = float(np.abs(goal - self._start).max())
        self._until = time + (0.35 + 0.013 * way) / self._manner.speed

    def _far(self, step: Step, extent: Extent) -> float:
        """Return how far to go: as far as was right before, or what seems so the first time."""
        place = _AXES[step], extent
        return self._known.get(place, self._usual(*place))

    def _usual(self, axis: int, extent: Extent) -> float:
        number = tuple(Extent).index(extent)
        return (self._manner.turn, self._manner.nod, self._near)[axis][number]

    @property
    def _near(self) -> tuple[float, float]:
        slight, far = ((1 - near) * self._distance for near in self._manner.near)
        return slight, far

    def _remember(self) -> None:
        if self._also is not None:
            axis = _AXES[self._also]
            self._known_on_top[axis] = _like(self._on_top, self._manner.also[axis])
        if self._step is not None:
            place = _AXES[self._step], self._extent
            self._known[place] = _like(self._amount, self._usual(*place))

    def _steady(self, time: float) -> NDArray[np.float64]:
        """Return the place between two others with the least jerk (Flash, Hogan 1985)."""
        share = float(np.clip((time - self._from) / (self._until - self._from), 0, 1))
        done = share**3 * (10 - 15 * share + 6 * share**2)
        return np.asarray((1 - done) * self._start + done * self._goal)


def _like(amount: float, usual: float) -> float:
    """Return an amount to remember: whoever had to stop halfway knows that it was not enough."""
    return float(np.clip(amount, 0.75 * usual, 1.6 * usual))


def guided(  # noqa: PLR0913
    show: Callable[[Stance], list[Surface]],
    challenge: Challenge,
    faces: FacePipeline,
    *,
    seed: int,
    manner: Manner,
    setting: Setting,
) -> list[Frame]:
    """Return the frames of one answer to a challenge that are kept for the check.

    Args:
        show: what is before the camera when the one who is guided stands so.
        challenge: to answer.
        faces: the pipeline.
        seed: of everything that differs from run to run.
        manner: how the one who is guided moves.
        setting: the camera.
    """
    chance = np.random.default_rng(seed + 1)
    camera = Camera(seed, setting, chance)
    someone = Someone(manner, setting.distance, chance)
    capture = LiveCapture(challenge, faces)
    frames: dict[float, Frame] = {}
    time = 0.0
    while time < LONGEST and not capture.finished:
        frame = camera.shot(lambda now: show(someone.at(now)), someone, time)
        # Cameras give pictures at their own pace; the newest one is looked at.
        said = capture.add(frame)
        frames[frame.at] = frame
        late = 0.08  # until it was looked at, and the instruction is on the screen
        someone.hear(said, time + late)
        pause = 2 if chance.random() < setting.lost else 1
        time += np.ceil(pause * setting.rate / LOOKED_AT) / setting.rate + chance.normal(0, 0.002)
    return [frames[look.at] for look in capture.looks]


def honestly(
    person: Person, challenge: Challenge, faces: FacePipeline, *, seed: int, setting: Setting
) -> list[Frame]:
    """Return what is kept of a person who does what is asked."""
    chance = np.random.default_rng(seed + 3)
    someone, reach = dressed(person, setting), setting.reach
    manner = Manner(
        turn=(16 * reach * chance.uniform(0.9, 1.1), 28 * reach * chance.uniform(0.9, 1.1)),
        nod=(11.5 * reach * chance.uniform(0.9, 1.1), 20 * reach * chance.uniform(0.9, 1.1)),
        near=(1 - 0.21 * reach, 1 - 0.36 * reach),
        also=(17 * reach * chance.uniform(0.9, 1.1), 13 * reach * chance.uniform(0.9, 1.1)),
        reaction=chance.uniform(0.2, 0.5) / setting.speed**0.5,
        speed=setting.speed,
    )
    return guided(
        lambda now: [placed(someone, now, setting)],
        challenge,
        faces,
        seed=seed,
        manner=manner,
        setting=setting,
    )
