"""What is seen while somebody answers one challenge, frame by frame, in memory only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, NoReturn, final

import numpy as np
from numpy.typing import NDArray

from visavis.errors import CannotDecide
from visavis.face import FacePipeline
from visavis.liveness._amounts import STEPS, amounts, at_rest
from visavis.liveness._colours import NEUTRAL, RGB, shown
from visavis.liveness._continuity import LONGEST_LOSS, goes_on
from visavis.liveness._look import Look, look
from visavis.liveness._stays import astray, require_stays
from visavis.liveness._thinning import Moment, least_telling
from visavis.liveness.challenge import Challenge, Extent, Task
from visavis.liveness.frames import MOST_FRAMES, Frame, require_frames
from visavis.liveness.guidance import Goal, Instruction, View, guide

__all__ = ["NEUTRAL", "LiveCapture"]

_STEADY: Final = 0.5
"""Seconds to face the camera before the first step."""

_REST: Final = 0.2
"""Seconds to be back in the middle before the next step: the head has come to a stop."""

_SLIP: Final = 0.3
"""Seconds for which somebody who stays may seem to be elsewhere."""

_BLINK: Final = 0.4
"""Seconds for which a face may be lost, or a second one be seen, and time still runs."""


@final
class LiveCapture:
    """What is seen while somebody answers one challenge, and what to tell them meanwhile.

    Frames are looked at as they come and then forgotten. Of what was seen in them, no more than
    60 are kept, more of them where the head moves; those without a face are passed over.

    Args:
        challenge: to be answered.
        faces: what finds and measures faces.
    """

    __slots__ = ("_begun", "_challenge", "_faces", "_guide", "_looks", "_newest")

    def __init__(self, challenge: Challenge, faces: FacePipeline) -> None:
        self._challenge = challenge
        self._faces = faces
        self._looks: list[Look] = []
        self._guide = _Coach(challenge.tasks)
        self._begun: float | None = None
        self._newest: float | None = None

    @classmethod
    def of(
        cls,
        challenge: Challenge,
        frames: Sequence[Frame],
        faces: FacePipeline,
        *,
        begun: float | None = None,
    ) -> LiveCapture:
        """Return what is seen in a finished series of frames.

        Args:
            challenge: that was answered.
            frames: in order.
            faces: what finds and measures faces.
            begun: seconds on the clock of the frames at which the screen began to show the colours
                of the challenge, if it has any.

        Raises:
            CannotDecide: `too_few_frames`, or a frame is not a picture that can be read.
            InvalidArgument: `too_many_frames`, `frame_times`.
        """
        require_frames(frames)
        capture = cls(challenge, faces)
        for number, frame in enumerate(frames, 1):
            near = capture._looks[-1] if capture._looks else None
            capture._keep(capture._look(frame, faces, name=f"frame {number}", near=near))
        capture._begun, capture._newest = begun, frames[-1].at
        return capture

    @property
    def challenge(self) -> Challenge:
        """What is answered."""
        return self._challenge

    @property
    def made_with(self) -> tuple[str, str]:
        """Ids of the embedder, and of the steps before it, that frames were looked at with."""
        return self._faces.embedder, self._faces.preprocessing

    @property
    def looks(self) -> tuple[Look, ...]:
        """What was seen, in order: at most 60."""
        return tuple(self._looks)

    @property
    def step(self) -> int:
        """Place of the task that is asked for now; as many as there are when all were seen."""
        return self._guide.step

    @property
    def finished(self) -> bool:
        """Whether every step was seen, and the face from the front again."""
        return self._guide.finished

    @property
    def begun(self) -> float | None:
        """Seconds on the clock of the frames at which the first step was asked for, if it was."""
        return self._begun

    @property
    def light(self) -> RGB | None:
        """What the screen is to show now, at the time of the newest frame: faded, slow colours.

        None where the challenge has no colours, and before the first step was asked for: `NEUTRAL`
        suits, a grey of the same brightness.
        """
        if not self._challenge.colours or self._begun is None or self._newest is None:
            return None
        return shown(self._challenge.colours, self._newest - self._begun)

    def add(self, frame: Frame) -> Instruction:
        """Look at the newest frame and say what to tell the person.

        Args:
            frame: taken after all the others.

        Raises:
            CannotDecide: the frame is not a picture that can be read.
        """
        last = self._looks[-1] if self._looks else None
        seen = self._look(frame, self._faces, near=last)
        if last is not None and self._guide.begun and not self._guide.finished:
            seen = self._without_a_break(last, seen)
        said = self._guide.see(seen)
        self._newest = seen.at
        if self._guide.begun:
            self._begun = seen.at if self._begun is None else self._begun
        else:
            # Whoever gets ready may take as long as it takes.
            while self._looks and seen.at - self._looks[0].at > _STEADY:
                _erase(self._looks.pop(0))
        self._keep(seen)
        return said

    def _without_a_break(self, last: Look, seen: Look) -> Look:
        """Begin anew where a check would not go on: somebody came to stay, left, or jumped."""
        together = last.faces > 1 and seen.faces > 1
        if not together and (seen.faces > 1 or goes_on(last, seen)):
            return seen
        if together or seen.at - last.at > LONGEST_LOSS:
            self._begin_anew()
            return seen
        # Nobody gets there so soon: for a moment the networks saw a face in what is none.
        _erase(seen)
        return replace(seen, faces=0, box=None, mesh=None, pose=None, row=None, patch=None)

    def _begin_anew(self) -> None:
        self.erase()
        self._guide = _Coach(self._challenge.tasks)
        self._begun = None

    @property
    def _look(self) -> Callable[..., Look]:
        # What colour light has is measured where somebody chose that the screen shows colours.
        return partial(look, tint=True) if self._challenge.colours else look

    def erase(self) -> None:
        """Forget everything that was seen."""
        for seen in self._looks:
            _erase(seen)
        self._looks.clear()
        self._guide.forget()

    def _keep(self, seen: Look) -> None:
        if not seen.faces:
            # Nothing of it is used; how long nobody was seen shows in the times of the others.
            return
        self._looks.append(seen)
        if len(self._looks) > MOST_FRAMES:
            _erase(self._looks.pop(least_telling([_moment(each) for each in self._looks])))

    def __repr__(self) -> str:
        return "<LiveCapture: redacted>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A live capture cannot be copied or pickled.")


def _moment(seen: Look) -> Moment:
    if seen.pose is None or seen.mesh is None:
        return Moment(seen.at, 0.0, 0.0, 0.0)
    return Moment(seen.at, seen.pose.yaw, seen.pose.pitch, float(np.ptp(seen.mesh[:, 0])))


def _as_asked(task: Task, times: Sequence[float], way: Sequence[NDArray[np.float64]]) -> bool:
    first = next(gone for gone in way if gone.max() >= 1)
    if STEPS[int(first.argmax())] is not task.step:
        return False
    try:
        require_stays(task, times, way, margin=_MARGIN)
    except CannotDecide:
        return False
    return True


def _erase(seen: Look) -> None:
    if seen.row is not None:
        seen.row.fill(0)
    if seen.mesh is not None:
        seen.mesh.fill(0)
    if seen.patch is not None:
        seen.patch.erase()
    if seen.tint is not None:
        seen.tint.fill(0)


_MARGIN: Final = 0.12
"""Seconds by which movements are judged more strictly than by the check, which sees less."""


class _Coach:
    """Which step it is time for: each begins in the middle, is stayed at, and ends there.

    A step that was not done as a check wants it is asked for once more.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._usual: View | None = None
        self._since: float | None = None
        self._alone = self._last = -math.inf
        self._stays = 0
        self._way: list[tuple[float, NDArray[np.float64]]] = []
        self._views: list[View] = []
        self._back = self._moved = self._done = False
        self.step = 0

    @property
    def begun(self) -> bool:
        """Whether the first step was asked for."""
        return self._usual is not None

    @property
    def finished(self) -> bool:
        """Whether everything was seen."""
        return self.begun and self.step == len(self._tasks)

    def see(self, seen: Look) -> Instruction:
        """Return what to say after one more frame."""
        view = View.of(seen)
        if view.faces == 1:
            self._alone = seen.at
        elif seen.at - self._alone <= _BLINK:
            return guide(view, None)
        calm = self._calm(view)
        self._follow(seen.at, view)
        if not self.begun or self._back or self.finished:
            said = guide(calm, None, usual=self._usual)
            steady = said is Instruction.HOLD_STILL and seen.row is not None
            if not self._lasts(seen.at, _REST if self.begun else _STEADY, so=steady, slip=0.0):
                return said
            self._usual = self._usual or calm
            if self._back:
                self._back, self.step = False, self.step + self._done
                self._done, self._stays = False, 0
            if self.finished:
                return said
        return self._ask(seen.at, calm)

    def _ask(self, at: float, view: View) -> Instruction:
        task = self._tasks[self.step]
        stay = task.stays[self._stays]
        goal = Goal(task.step, stay.extent, stay.also)
        said = guide(view, goal, usual=self._usual, held=self._since is not None)
        # Who goes further than far is far.
        enough = said is Instruction.HOLD_IT or (
            said is Instruction.LESS_FAR and stay.extent is Extent.FAR
        )
        if not self._lasts(at, stay.hold, so=enough):
            return said
        self._stays += 1
        if self._stays == len(task.stays):
            self._back = True
            return Instruction.MIDDLE
        following = task.stays[self._stays]
        goal = Goal(task.step, following.extent, following.also)
        return guide(view, goal, usual=self._usual)

    def _follow(self, at: float, view: View) -> None:
        """Judge a movement on its way, and once more when the head is back."""
        usual = self._usual
        if usual is None or self.finished or view.faces != 1:
            return
        task = self._tasks[self.step]
        gone = (view.yaw - usual.yaw, view.pitch - usual.pitch, view.share / usual.share)
        every = amounts(*gone)
        self._moved = self._moved or bool(every.max() >= 1)
        self._way.append((at, every))
        times, way = zip(*self._way, strict=True)
        if not at_rest(*gone):
            if not self._back and astray(task, times, way):
                self._back, self._since = True, None
            return
        if self._moved:
            self._done = self._stays == len(task.stays) and _as_asked(task, times, way)
            if self._stays and not self._back:
                self._stays, self._since = 0, None
        self._way, self._moved = [(at, every)], False

    def _calm(self, view: View) -> View:
        """Return the view with the median stance of the last three: one may be off."""
        self._views = [*self._views[-2:], view]
        yaw, pitch, share = np.median([(one.yaw, one.pitch, one.share) for one in self._views], 0)
        return replace(view, yaw=float(yaw), pitch=float(pitch), share=float(share))

    def forget(self) -> None:
        """Forget how the head was held. What was done stays known."""
        for _, gone in self._way:
            gone.fill(0)
        self._way, self._views = [], []

    def _lasts(self, at: float, seconds: float, *, so: bool, slip: float = _SLIP) -> bool:
        """Return whether something was so for so long, but for a slip; then begin anew."""
        if not so:
            if at - self._last > slip:
                self._since = None
            return False
        self._since = at if self._since is None else self._since
        self._last = at
        if at - self._since < seconds:
            return False
        self._since = None
        return True
