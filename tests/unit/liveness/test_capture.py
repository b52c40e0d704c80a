"""A live capture guides a person through a challenge, and keeps no more than it needs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from tests.unit.liveness import heads
from tests.unit.liveness.shown import look as shown_look
from tests.unit.staged_verification import Staged, frames

from visavis.errors import CannotDecide, InvalidArgument
from visavis.face import Photo, Seen
from visavis.liveness import Frame, Instruction, LiveCapture, Look, Step, Task, recorded
from visavis.liveness import capture as module
from visavis.liveness.check import check

TASKS = (Task(Step.TURN_LEFT, 0.3), Task(Step.COME_CLOSER, 1.5), Task(Step.LOOK_UP, 0.3))
SAY = Instruction
POSES = {
    SAY.TURN_LEFT: (27.0, 0.0, 65.0),
    SAY.TURN_RIGHT: (-27.0, 0.0, 65.0),
    SAY.LOOK_UP: (0.0, -24.0, 65.0),
    SAY.LOOK_DOWN: (0.0, 24.0, 65.0),
    SAY.COME_CLOSER: (0.0, 0.0, 46.0),
}
MIDDLE = (0.0, 0.0, 65.0)
EVERY = 0.1


class Obedient:
    """Somebody who does what is said, three frames later, on the way for four frames."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: LiveCapture) -> None:
        self.capture = capture
        self.frame = 0
        self.faces = 1
        self.pose = self.goal = np.array(MIDDLE)
        self.heard: list[Instruction] = []
        monkeypatch.setattr(module, "look", lambda frame, _faces: self._look(frame.at))

    def _look(self, at: float) -> Look:
        mesh = heads.seen(
            heads.turned(heads.head(), *self.pose[:2]), self.pose[2], noise=0.2, seed=self.frame
        )
        frontal = max(abs(self.pose[:2])) <= 20
        return shown_look(at, mesh, faces=self.faces, row=bool(frontal))

    def step(self) -> Instruction:
        said = self.capture.add(Frame(b"", self.frame * EVERY))
        self.heard.append(said)
        late = self.heard[-4] if len(self.heard) > 3 else SAY.HOLD_STILL
        if late in POSES:
            self.goal = np.array(POSES[late])
        elif late in {SAY.MIDDLE, SAY.MOVE_BACK}:
            self.goal = np.array(MIDDLE)
        way = self.goal - self.pose
        most = np.array([7.0, 7.0, 5.0])
        self.pose = self.pose + np.clip(way, -most, most)
        self.frame += 1
        return said

    def until(self, so: Callable[[], bool], most: int = 400) -> None:
        for _ in range(most):
            if so():
                return
            self.step()
        raise AssertionError(f"never, last heard {self.heard[-5:]}")


@pytest.fixture
def capture() -> LiveCapture:
    return LiveCapture(recorded(TASKS), Staged())


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, capture: LiveCapture) -> Obedient:
    return Obedient(monkeypatch, capture)


def test_who_does_what_is_said_has_done_what_is_checked(
    person: Obedient, capture: LiveCapture
) -> None:
    steps = []
    while not capture.finished:
        person.step()
        steps.append(capture.step)
        assert len(steps) < 400
    assert sorted(set(steps)) == [0, 1, 2, 3]
    assert steps == sorted(steps)
    live = check(capture.challenge, capture.looks)
    assert len(live.rests) == 4
    asked = [said for said in dict.fromkeys(person.heard) if said in POSES]
    assert asked == [SAY.TURN_LEFT, SAY.COME_CLOSER, SAY.LOOK_UP]


def test_nothing_is_asked_before_somebody_faces_the_camera_for_a_moment(
    person: Obedient, capture: LiveCapture
) -> None:
    for _ in range(30):
        person.pose = person.goal = np.array((0.0, 25.0, 65.0))
        assert person.step() is SAY.MIDDLE
    assert capture.step == 0
    assert len(capture.looks) <= 7
    person.goal = np.array(MIDDLE)
    person.until(lambda: person.heard[-1] is SAY.TURN_LEFT)


def test_a_frame_after_the_end_changes_nothing_about_the_end(
    person: Obedient, capture: LiveCapture
) -> None:
    person.until(lambda: capture.finished)
    for _ in range(5):
        assert person.step() is SAY.HOLD_STILL
    assert capture.finished
    assert capture.step == 3


def test_for_a_moment_the_face_may_be_lost_while_a_step_is_held(
    person: Obedient, capture: LiveCapture
) -> None:
    person.until(lambda: person.heard[-1:] == [SAY.HOLD_IT])
    person.faces = 2
    assert person.step() is SAY.ONE_PERSON
    person.faces = 1
    person.until(lambda: capture.finished)
    # It was held no longer than those who were seen all the time.
    check(capture.challenge, capture.looks)


def test_no_more_than_60_are_kept_evenly_and_the_others_are_overwritten(
    person: Obedient, capture: LiveCapture
) -> None:
    seen: dict[int, Look] = {}
    while not capture.finished:
        person.step()
        seen.update({id(each): each for each in capture.looks})
        assert person.frame < 400
    assert person.frame > 66
    assert len(capture.looks) == 60
    times = np.diff([each.at for each in capture.looks])
    assert times.max() <= 0.45
    kept = {id(each) for each in capture.looks}
    for name, each in seen.items():
        assert each.mesh is not None
        assert bool(each.mesh.any()) == (name in kept)


def test_erasing_overwrites(person: Obedient, capture: LiveCapture) -> None:
    person.until(lambda: capture.step == 1)
    looks = capture.looks
    capture.erase()
    assert capture.looks == ()
    for each in looks:
        assert each.mesh is not None
        assert not each.mesh.any()
        assert each.row is None or not each.row.any()


def test_frames_without_a_face_are_passed_over() -> None:
    class Blind(Staged):
        blind = 0

        def look(
            self, photo: Photo, *, embed_within: float | None = None, tint: bool = False
        ) -> Seen:
            self.blind += 1
            seen = super().look(photo, embed_within=embed_within, tint=tint)
            return Seen(seen.size, seen.digest) if self.blind % 5 == 0 else seen

    given = frames(TASKS)
    assert (
        len(LiveCapture.of(recorded(TASKS), given, Blind()).looks) == len(given) - len(given) // 5
    )


def test_a_series_must_be_one() -> None:
    given = frames(TASKS)
    with pytest.raises(CannotDecide) as caught:
        LiveCapture.of(recorded(TASKS), given[:7], Staged())
    assert caught.value.reason == "too_few_frames"
    for wrong in (given[::-1], [*given, *given]):
        with pytest.raises(InvalidArgument):
            LiveCapture.of(recorded(TASKS), wrong, Staged())
    with pytest.raises(CannotDecide) as caught:
        LiveCapture(recorded(TASKS), Staged()).add(Frame(b"no picture", 0.0))
    assert caught.value.reason == "not_an_image"


def test_it_is_redacted_and_goes_nowhere(capture: LiveCapture) -> None:
    assert repr(capture) == "<LiveCapture: redacted>"
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(capture)
    assert capture.made_with == ("fake", "fake")
    assert not hasattr(capture, "__dict__")
