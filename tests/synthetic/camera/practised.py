"""How to stand so that the networks see what is asked: as whoever knows who tried it often enough.

The guidance is open, and anybody can try before a mirror how far a head, a print or a picture on
a screen has to go. So attackers here go to the middle of what guidance asks for, as nearly as what
they hold up can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from tests.synthetic.camera.film import Camera, Setting
from tests.synthetic.camera.motion import Place, Stance, Tasks, amount
from tests.synthetic.camera.scene import Surface

from visavis.face import FacePipeline
from visavis.liveness._look import look
from visavis.liveness.challenge import Extent, Step
from visavis.liveness.guidance import ALSO_LOOKED, ALSO_TURNED, CLOSER, LOOKED, TURNED, View

__all__ = ["Show", "practised"]

Show = Callable[[Stance], list[Surface]]
"""What is before the camera when the one who moves stands so."""

_TRIES = 6
_STEEPEST = 66.0  # degrees; what is tilted further shows no face
_NEAR_ENOUGH = np.array([1.2, 1.0])  # degrees of yaw and of pitch
_TO_LEFT = {Step.TURN_LEFT: 1.0, Step.TURN_RIGHT: -1.0}
_DOWN = {Step.LOOK_DOWN: 1.0, Step.LOOK_UP: -1.0}

_Array = NDArray[np.float64]


def practised(
    show: Show, tasks: Iterable[Tasks], faces: FacePipeline, *, seed: int, setting: Setting
) -> Mapping[Place, _Array]:
    """Return where to go for every place that is asked for, from the middle.

    Args:
        show: what is before the camera.
        tasks: of one challenge, or of several.
        faces: the pipeline.
        seed: of the room and of the noise.
        setting: the camera.
    """
    tried = _Tried(show, faces, seed, setting)
    return {
        (name, extent, also): tried.place(name, extent, also)
        for asked in tasks
        for name, stays in asked
        for extent, _, also in stays
    }


class _Tried:
    def __init__(self, show: Show, faces: FacePipeline, seed: int, setting: Setting) -> None:
        self._show, self._faces, self._setting = show, faces, setting
        self._camera = Camera(seed, setting, np.random.default_rng([seed, 6]))
        self._usual = self._seen(np.zeros(6))

    def place(self, name: str, extent: str, also: str | None) -> _Array:
        """Return how to stand, from the middle: the best of a few tries, each from the last."""
        first = amount(name, extent, self._setting.distance)
        if also:
            first = first + amount(also, "ALSO", self._setting.distance)
        if self._usual is None:
            return first
        goal, growth = _goal(name, extent, also)
        here, best, least = first, first, np.inf
        gain = np.array([1.3, 1.25])  # degrees that are seen for one of yaw and of pitch
        for _ in range(_TRIES):
            seen = self._seen(here)
            if seen is None:
                here = here * (0.8, 0.8, 1, 1, 1, 1)
                continue
            turned = np.array([seen.yaw - self._usual.yaw, seen.pitch - self._usual.pitch])
            missing = goal - turned
            grown = seen.share / self._usual.share
            misfit = float(np.abs(missing / _NEAR_ENOUGH).max())
            if growth and abs(grown - growth) > 0.04:
                misfit += abs(grown - growth) * 50
            if misfit < least:
                best, least = here, misfit
            if misfit <= 1:
                break
            here = here.copy()
            moved = np.abs(here[:2]) > 5
            gain = np.where(moved, np.clip(turned / np.where(moved, here[:2], 1), 0.4, 2.5), gain)
            here[:2] = np.clip(here[:2] + np.clip(missing / gain, -18, 18), -_STEEPEST, _STEEPEST)
            if growth:
                away = self._setting.distance + here[5]
                here[5] = away * grown / growth - self._setting.distance
        return best

    def _seen(self, stance: _Array) -> View | None:
        now = Stance(*stance)
        frame = self._camera.shot(lambda _: self._show(now), _Still(now), 0.0)
        view = View.of(look(frame, self._faces, embed=False))
        return view if view.faces else None


class _Still:
    end = 1.0

    def __init__(self, stance: Stance) -> None:
        self._stance = stance

    def at(self, time: float) -> Stance:
        del time
        return self._stance


def _goal(name: str, extent: str, also: str | None) -> tuple[_Array, float | None]:
    """Return the middle of what guidance asks for: yaw and pitch in degrees, and the growth."""
    goal, growth = np.zeros(2), None
    for step, (turned, looked) in (
        (Step[name], (TURNED.get(Extent[extent]), LOOKED.get(Extent[extent]))),
        *([(Step[also], (ALSO_TURNED, ALSO_LOOKED))] if also else []),
    ):
        if step in _TO_LEFT and turned:
            goal[0] = _TO_LEFT[step] * np.mean(turned)
        elif step in _DOWN and looked:
            goal[1] = _DOWN[step] * np.mean(looked)
        elif step is Step.COME_CLOSER:
            growth = float(np.mean(CLOSER[Extent[extent]]))
    return goal, growth
