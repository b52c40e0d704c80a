"""A live capture guides a person through a challenge, and keeps no more than it needs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.liveness import heads
from tests.unit.liveness.shown import look as shown_look
from tests.unit.liveness.tasks import Pose, asking, both, every_way, far, goals, pose_of
from tests.unit.staged_verification import Staged, frames

from visavis.errors import CannotDecide, InvalidArgument
from visavis.face import Photo, Seen
from visavis.liveness import (
    Extent,
    Frame,
    Instruction,
    LiveCapture,
    Look,
    Step,
    Task,
    looks,
    recorded,
)
from visavis.liveness import capture as module
from visavis.liveness._continuity import LONGEST_LOSS
from visavis.liveness.challenge import HOLDS
from visavis.liveness.check import check
from visavis.liveness.guidance import BACK, Goal

TASKS = (
    far(Step.TURN_LEFT, 0.4),
    both(Step.COME_CLOSER, Step.LOOK_DOWN, 1.3, 0.4),
    both(Step.LOOK_UP, Step.TURN_RIGHT, 0.4, 0.4),
)
SAY = Instruction
MIDDLE = (0.0, 0.0, 65.0)
EVERY = 0.1
GOAL = Goal(Step.TURN_LEFT, Extent.FAR)


class Obedient:
    """Somebody who does what is said, three frames later, on the way for a few frames."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capture: LiveCapture) -> None:
        self.capture = capture
        self.frame = 0
        self.faces = 1
        self.pose = self.goal = np.array(MIDDLE)
        self.asked: Goal | None = None
        self.heard: list[Instruction] = []
        self.seen: list[Look] = []
        self.near: list[Look | None] = []
        # Where this one goes frame by frame, whatever is said.
        self.own_way: list[Pose] = []
        monkeypatch.setattr(module, "look", lambda frame, _faces, near: self._look(frame.at, near))

    def _look(self, at: float, near: Look | None) -> Look:
        self.near.append(near)
        mesh = heads.seen(
            heads.turned(heads.head(), *self.pose[:2]), self.pose[2], noise=0.2, seed=self.frame
        )
        if not self.faces:
            return Look(at, (640, 480), 0, None, None, None, 0.0, -1.0, None, at.hex().encode())
        frontal = max(abs(self.pose[:2])) <= 20
        self.seen.append(shown_look(at, mesh, faces=self.faces, row=bool(frontal)))
        return self.seen[-1]

    def step(self) -> Instruction:
        said = self.capture.add(Frame(b"", self.frame * EVERY))
        self.heard.append(said)
        late = self.heard[-4] if len(self.heard) > 3 else SAY.HOLD_STILL
        if goal := asking(late, self.asked):
            self.asked, self.goal = goal, np.array(pose_of(goal, home=MIDDLE[2]))
        elif late in {SAY.MIDDLE, SAY.MOVE_BACK}:
            self.goal = np.array(MIDDLE)
        if self.own_way:
            self.goal = np.array(self.own_way.pop(0))
        way = self.goal - self.pose
        most = np.array([7.0, 7.0, 5.0])
        self.pose = self.pose + np.clip(way, -most, most)
        self.frame += 1
        return said

    def goes(self, *places: tuple[Goal | None, float]) -> None:
        """Go to places and stay there for so many seconds, whatever is said; None: the middle."""
        for goal, seconds in places:
            pose = pose_of(goal, home=MIDDLE[2]) if goal else MIDDLE
            self.own_way += [pose] * round(seconds / EVERY)
        while self.own_way:
            self.step()

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
    asked = [said for said in dict.fromkeys(person.heard) if asking(said, GOAL)]
    assert asked == [
        SAY.TURN_LEFT,
        SAY.COME_CLOSER_SLIGHTLY,
        SAY.ALSO_LOOK_DOWN,
        SAY.LOOK_UP_SLIGHTLY,
        SAY.ALSO_TURN_RIGHT,
    ]


EVERY_WAY = [way for step in Step for way in every_way(step, HOLDS[0], HOLDS[0])]


@pytest.mark.parametrize("task", EVERY_WAY, ids=str)
def test_every_way_of_a_step_can_be_done(monkeypatch: pytest.MonkeyPatch, task: Task) -> None:
    turn = far(Step.TURN_RIGHT if task.step is Step.TURN_LEFT else Step.TURN_LEFT, 0.4)
    capture = LiveCapture(recorded((task, turn)), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: capture.finished)
    # Nothing was asked for more than once.
    asked = [goal for said in heard_since(person, 0) if (goal := asking(said, goals(task)[0]))]
    assert asked == [*goals(task), *goals(turn)]
    check(capture.challenge, capture.looks)


def test_a_step_is_done_only_when_the_head_is_back(person: Obedient, capture: LiveCapture) -> None:
    person.until(lambda: SAY.MIDDLE in person.heard)
    assert person.heard[-4:-1] == [SAY.HOLD_IT] * 3
    assert capture.step == 0
    person.until(lambda: capture.step == 1)
    assert (abs(person.pose[:2]) <= BACK).all()
    # Still in the middle, the next one is asked for at once.
    assert person.heard[-1] is SAY.COME_CLOSER_SLIGHTLY


def heard_since(person: Obedient, frame: int) -> list[Instruction]:
    """Return what movements were asked for, each once in a row, since a frame."""
    asked = [said for said in person.heard[frame:] if asking(said, GOAL)]
    return [said for n, said in enumerate(asked) if n == 0 or said is not asked[n - 1]]


LITTLE, MUCH = Goal(Step.TURN_LEFT, Extent.SLIGHT), Goal(Step.TURN_LEFT, Extent.FAR)
SIMPLE = (both(Step.TURN_LEFT, Step.LOOK_UP, 1.3, 0.4), far(Step.TURN_RIGHT, 0.4))


def test_whoever_goes_too_far_at_first_comes_back_a_little_and_has_done_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = LiveCapture(recorded(SIMPLE), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: person.heard[-1:] == [SAY.TURN_LEFT_SLIGHTLY])
    began = person.frame
    person.goes((MUCH, 1.5))
    assert person.heard[-1] is SAY.HALFWAY_BACK
    person.until(lambda: capture.finished)
    assert heard_since(person, began) == [
        SAY.TURN_LEFT_SLIGHTLY,
        SAY.HALFWAY_BACK,
        SAY.ALSO_LOOK_UP,
        SAY.TURN_RIGHT,
    ]
    check(capture.challenge, capture.looks)


def test_whoever_goes_too_far_again_does_the_step_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = LiveCapture(recorded(SIMPLE), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: person.heard[-1:] == [SAY.TURN_LEFT_SLIGHTLY])
    person.goes((MUCH, 1.5), (LITTLE, 0.9), (MUCH, 1.5))
    assert person.heard[-1] is SAY.MIDDLE
    assert capture.step == 0
    began = person.frame
    person.until(lambda: capture.finished)
    assert heard_since(person, began) == [
        SAY.TURN_LEFT_SLIGHTLY,
        SAY.ALSO_LOOK_UP,
        SAY.TURN_RIGHT,
    ]
    check(capture.challenge, capture.looks)


@pytest.mark.parametrize("task", SIMPLE, ids=str)
def test_whoever_takes_their_time_is_asked_for_nothing_twice(
    monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    other = next(each for each in SIMPLE if each is not task)
    capture = LiveCapture(recorded((task, other)), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: person.asked == goals(task)[0])
    person.goes((goals(task)[0], 8.0))
    person.until(lambda: capture.finished)
    asked = [goal for said in heard_since(person, 0) if (goal := asking(said, LITTLE))]
    assert asked == [*goals(task), *goals(other)]
    check(capture.challenge, capture.looks)


@pytest.mark.parametrize(
    "task",
    [
        way
        for step in (Step.TURN_LEFT, Step.COME_CLOSER)
        for way in every_way(step, 0.7, 0.7)
        if len(way.stays) > 1
    ],
    ids=str,
)
def test_whoever_comes_back_before_the_second_stay_begins_with_the_first_again(
    monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    capture = LiveCapture(recorded((task, far(Step.TURN_RIGHT, 0.4))), Staged())
    person = Obedient(monkeypatch, capture)
    first, second = goals(task)
    person.until(lambda: person.asked == first)
    began = person.frame
    person.goes((first, 1.5), (None, 1.0))
    # It was asked to go on, and did not.
    assert asking(heard_since(person, began)[-2], first) == second
    assert asking(person.heard[-1], None) == first
    assert capture.step == 0
    person.until(lambda: capture.finished)
    check(capture.challenge, capture.looks)


@pytest.mark.parametrize("tasks", [SIMPLE, SIMPLE[::-1]], ids=["slight", "far"])
def test_what_the_coach_lets_pass_the_check_lets_pass_though_it_sees_less(
    monkeypatch: pytest.MonkeyPatch, tasks: tuple[Task, ...]
) -> None:
    """However long somebody stays: what is too short is asked for once more."""
    first = goals(tasks[0])[0]
    for late in np.arange(0.0, 1.8, 0.1):
        capture = LiveCapture(recorded(tasks), Staged())
        person = Obedient(monkeypatch, capture)
        person.until(lambda: person.asked == first)  # noqa: B023
        person.goes((first, float(late)), (None, 0.8))
        person.until(lambda: capture.finished)  # noqa: B023
        check(capture.challenge, capture.looks)


def held_for(monkeypatch: pytest.MonkeyPatch, slip: int) -> int:
    """Return for how many frames a turn is held by somebody who slips back for some of them."""
    capture = LiveCapture(recorded((far(Step.TURN_LEFT, 1.3), SIMPLE[1])), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: person.heard[-1:] == [SAY.HOLD_IT])
    began = person.frame
    person.goes((MUCH, 0.5))
    place = person.pose
    for _ in range(slip):
        person.pose = place - (10.0, 0.0, 0.0)
        person.step()
    person.pose = place
    person.until(lambda: person.heard[-1] is SAY.MIDDLE)
    lasted = person.frame - began
    person.until(lambda: capture.finished)
    check(capture.challenge, capture.looks)
    return lasted


def test_a_slip_while_somebody_holds_a_movement_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = held_for(monkeypatch, 0)
    assert usual == 13
    for slip in (1, 2):
        assert held_for(monkeypatch, slip) == usual
    # Who was elsewhere for longer holds it once more, from then on.
    for slip in (5, 6):
        assert held_for(monkeypatch, slip) > usual + slip


def test_nothing_is_asked_before_somebody_faces_the_camera_for_a_moment(
    person: Obedient, capture: LiveCapture
) -> None:
    for _ in range(30):
        person.pose = person.goal = np.array((0.0, 25.0, 65.0))
        assert person.step() is SAY.MIDDLE
    assert capture.step == 0
    assert len(capture.looks) <= 7
    person.goal = np.array(MIDDLE)
    person.until(lambda: person.heard[-1:] == [SAY.TURN_LEFT])


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


def test_a_face_that_is_lost_for_longer_begins_anew(person: Obedient, capture: LiveCapture) -> None:
    person.until(lambda: capture.step == 1)
    person.until(lambda: person.heard[-1] is SAY.HOLD_IT)
    before, begun = capture.looks, capture.begun
    person.faces = 0
    while (person.frame - 1) * EVERY <= before[-1].at + LONGEST_LOSS:
        person.step()
    assert capture.step == 0
    assert capture.begun is None
    assert capture.looks == ()
    assert not any(each.mesh is not None and each.mesh.any() for each in before)
    person.faces = 1
    person.goal, person.asked = np.array(MIDDLE), None
    person.until(lambda: capture.finished)
    assert begun is not None
    assert capture.begun is not None
    assert capture.looks[0].at > begun + LONGEST_LOSS
    check(capture.challenge, capture.looks)


def test_somebody_who_comes_to_stay_beside_begins_it_anew(
    person: Obedient, capture: LiveCapture
) -> None:
    person.until(lambda: capture.step == 1)
    begun = capture.begun
    person.faces = 2
    person.step()
    # For one frame the networks may see a face in what is none.
    assert (capture.step, capture.begun) == (1, begun)
    person.step()
    assert (capture.step, capture.begun) == (0, None)
    person.faces = 1
    person.goal, person.asked = np.array(MIDDLE), None
    person.until(lambda: capture.finished)
    check(capture.challenge, capture.looks)


SOMEBODY_ELSE = (0.0, 0.0, 20.0)
"""So much nearer that nobody gets there before a lost face is given up."""


def test_a_frame_in_which_the_face_seems_to_jump_is_passed_over(
    person: Obedient, capture: LiveCapture
) -> None:
    person.until(lambda: capture.step == 1)
    person.until(lambda: person.heard[-1] is SAY.HOLD_IT)
    before, place = capture.looks, person.pose
    person.pose = np.array(SOMEBODY_ELSE)
    assert person.step() is SAY.SHOW_FACE
    assert (capture.step, capture.looks) == (1, before)
    seen = person.seen[-1]
    assert seen.mesh is not None
    assert not seen.mesh.any()
    assert seen.row is not None
    assert not seen.row.any()
    person.pose = place
    person.until(lambda: capture.finished)
    assert SAY.COME_CLOSER_SLIGHTLY not in person.heard[person.heard.index(SAY.SHOW_FACE) :]
    check(capture.challenge, capture.looks)


def test_a_face_that_stays_elsewhere_begins_anew(person: Obedient, capture: LiveCapture) -> None:
    person.until(lambda: capture.step == 1)
    before = capture.looks
    while capture.step:
        person.pose = person.goal = np.array(SOMEBODY_ELSE)
        assert capture.looks == before
        person.step()
    # It was not begun anew before that much time had gone by, and nothing is left of the first.
    at = (person.frame - 1) * EVERY
    assert before[-1].at + LONGEST_LOSS < at <= before[-1].at + LONGEST_LOSS + 1.1 * EVERY
    assert [each.at for each in capture.looks] == [at]
    assert not any(each.mesh is not None and each.mesh.any() for each in before)
    person.pose = person.goal = np.array(MIDDLE)
    person.asked = None
    person.until(lambda: capture.finished)
    check(capture.challenge, capture.looks)


def test_the_face_is_followed_from_the_last_frame_that_was_kept(
    person: Obedient, capture: LiveCapture
) -> None:
    last: list[Look | None] = []

    def step() -> None:
        last.append(capture.looks[-1] if capture.looks else None)
        person.step()

    while not capture.step:
        step()
    place = person.pose
    for faces, pose in ((0, place), (1, SOMEBODY_ELSE), (2, place), (1, place)):
        person.faces, person.pose = faces, np.array(pose)
        step()
    assert last[0] is None
    assert all(one is other for one, other in zip(last, person.near, strict=True))
    # Neither the frame without a face nor the one in which it jumped.
    assert last[-4] is last[-3] is last[-2]
    assert last[-1] is not last[-2]


def test_once_finished_nothing_is_begun_anew(person: Obedient, capture: LiveCapture) -> None:
    person.until(lambda: capture.finished)
    looks = capture.looks
    person.faces = 0
    for _ in range(15):
        person.step()
    assert capture.finished
    assert capture.looks == looks
    check(capture.challenge, capture.looks)


def test_no_more_than_60_are_kept_and_the_others_are_overwritten(
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


def test_what_is_kept_says_where_the_head_was_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    longest = HOLDS[-1]
    nod = both(Step.LOOK_UP, Step.TURN_LEFT, longest, longest)
    tasks = (nod, far(Step.TURN_LEFT, longest), nod, far(Step.TURN_RIGHT, longest))
    capture = LiveCapture(recorded(tasks), Staged())
    person = Obedient(monkeypatch, capture)
    person.until(lambda: capture.finished)
    times = [each.at for each in capture.looks]
    assert len(times) == 60 < len(person.seen) - 15
    begun = [each for each in person.seen if each.at >= times[0]]
    for name in ("yaw", "pitch"):
        told = np.interp(
            [each.at for each in begun],
            times,
            [getattr(each.pose, name) for each in capture.looks],
        )
        assert np.abs(told - [getattr(each.pose, name) for each in begun]).max() < 5
    # Of frames in which it turns more are kept than of others.
    poses = np.array([(each.pose.yaw, each.pose.pitch) for each in begun if each.pose])
    moves = np.abs(np.diff(poses, axis=0)).max(1) > 2
    kept = np.isin([each.at for each in begun[1:]], times)
    assert kept[moves].mean() > 1.5 * kept[~moves].mean()


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
            self,
            photo: Photo,
            *,
            embed_within: float | None = None,
            tint: bool = False,
            near: NDArray[np.float64] | None = None,
        ) -> Seen:
            self.blind += 1
            seen = super().look(photo, embed_within=embed_within, tint=tint, near=near)
            return Seen(seen.size, seen.digest) if self.blind % 5 == 0 else seen

    given = frames(TASKS)
    assert (
        len(LiveCapture.of(recorded(TASKS), given, Blind()).looks) == len(given) - len(given) // 5
    )


def test_in_a_finished_series_the_face_is_followed_too() -> None:
    class Following(Staged):
        """Sees nobody in every fifth frame, and notes where it was told to look."""

        def __init__(self) -> None:
            super().__init__()
            self.near: list[NDArray[np.float64] | None] = []

        def look(
            self,
            photo: Photo,
            *,
            embed_within: float | None = None,
            tint: bool = False,
            near: NDArray[np.float64] | None = None,
        ) -> Seen:
            self.near.append(near)
            seen = super().look(photo, embed_within=embed_within, tint=tint, near=near)
            return Seen(seen.size, seen.digest) if len(self.near) % 5 == 0 else seen

    faces, given = Following(), frames(TASKS)
    kept = iter(LiveCapture.of(recorded(TASKS), given, faces).looks)
    assert faces.near[0] is None
    last = next(kept)
    for place, near in enumerate(faces.near[1:], 2):
        assert last.mesh is not None
        np.testing.assert_array_equal(near, last.mesh[:, :2] / last.size[0])
        last = next(kept) if place % 5 else last


def test_looks_at_frames_follow_the_face_too(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = Staged()
    genuine = faces.look

    def noting(photo: Photo, *, near: NDArray[np.float64] | None, **more: Any) -> Seen:
        told.append(near)
        return genuine(photo, near=near, **more)

    told: list[NDArray[np.float64] | None] = []
    monkeypatch.setattr(faces, "look", noting)
    found = looks(frames(TASKS)[:8], faces)
    assert told[0] is None
    for each, near in zip(found, told[1:], strict=False):
        assert each.mesh is not None
        np.testing.assert_array_equal(near, each.mesh[:, :2] / each.size[0])
    assert len(told) == len(found) == 8


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
