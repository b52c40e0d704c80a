from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.liveness import heads
from tests.unit.liveness.shown import look, moved
from tests.unit.liveness.tasks import Pose, between, both, every_way, far, goals, pose_of

from visavis.errors import CannotDecide, NotVerified, SpoofSuspected
from visavis.liveness._amounts import FAR
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness._movement import LONGEST_STEP
from visavis.liveness._stays import SHORTEST_LAG
from visavis.liveness.challenge import HOLDS, Challenge, Step, Task
from visavis.liveness.check import check

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = 0.15
MIDDLE = (0.0, 0.0, 55.0)
LEFT_UP_RIGHT = (
    far(Step.TURN_LEFT, 0.7),
    both(Step.LOOK_UP, Step.TURN_RIGHT, 0.7, 0.4),
    both(Step.TURN_RIGHT, Step.LOOK_DOWN, 0.7, 0.7),
)


def challenge(*tasks: Task) -> Challenge:
    return Challenge(bytes(16), bytes(16), "door", tasks, NOW, NOW + timedelta(seconds=60))


def path(*tasks: Task, late: float = 0.6) -> list[Pose]:
    """Return a head that does this, each from the middle and back, as seen every `EVERY` seconds.

    Args:
        tasks: what it does.
        late: seconds that it stays longer than asked.
    """
    poses = [MIDDLE] * 3
    for task in tasks:
        here = MIDDLE
        for goal, stay in zip(goals(task), task.stays, strict=True):
            there = pose_of(goal, home=MIDDLE[2])
            poses += [between(here, there, part / 4) for part in range(5)]
            poses += [there] * round((stay.hold + late) / EVERY)
            here = there
        poses += [between(here, MIDDLE, part / 4) for part in range(5)]
    return [*poses, MIDDLE]


def fails(kind: type[NotVerified], asked: Challenge, looks: list[Look]) -> str:
    with pytest.raises(kind) as caught:
        check(asked, looks)
    return caught.value.reason


@pytest.mark.parametrize(
    "tasks",
    [
        LEFT_UP_RIGHT,
        (far(Step.TURN_RIGHT, 0.7), far(Step.COME_CLOSER, 0.7)),
        (
            both(Step.LOOK_DOWN, Step.TURN_LEFT, 0.4, 0.4),
            far(Step.TURN_LEFT, 0.4),
            both(Step.COME_CLOSER, Step.LOOK_UP, 0.4, 0.4),
            both(Step.TURN_RIGHT, Step.LOOK_DOWN, 0.4, 0.4),
        ),
        (far(Step.TURN_LEFT, 0.7), both(Step.LOOK_UP, Step.TURN_LEFT, 0.7, 0.7)),
    ],
)
def test_a_head_that_does_what_was_asked_is_live(tasks: tuple[Task, ...]) -> None:
    looks = moved(path(*tasks), every=EVERY)
    live = check(challenge(*tasks), looks)
    assert len(live.rests) == len(tasks) + 1
    assert live.frontal == tuple(sorted(live.frontal))
    assert 0 in live.rests[0]
    assert len(looks) - 1 in live.rests[-1]
    for place in live.frontal:
        pose = looks[place].pose
        assert pose is not None
        assert max(abs(pose.yaw), abs(pose.pitch)) <= FRONTAL


def test_only_frames_with_features_may_be_compared() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=EVERY)
    none = [dataclasses.replace(each, row=None) for each in looks]
    rests = check(challenge(*LEFT_UP_RIGHT), looks).rests
    chosen = [rest[0] for rest in rests]
    some = [looks[n] if n in chosen else none[n] for n in range(len(looks))]
    assert check(challenge(*LEFT_UP_RIGHT), some).rests == tuple((n,) for n in chosen)
    for missing in chosen:
        some[missing], kept = none[missing], some[missing]
        assert fails(CannotDecide, challenge(*LEFT_UP_RIGHT), some) == "not_frontal"
        some[missing] = kept


def test_another_order_is_a_spoof() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=EVERY)
    nod = both(Step.LOOK_DOWN, Step.TURN_LEFT, 0.7, 0.7)
    others = (nod, far(Step.TURN_LEFT, 0.7), far(Step.COME_CLOSER, 0.7))
    for tasks in (LEFT_UP_RIGHT[::-1], others):
        assert fails(SpoofSuspected, challenge(*tasks), looks) == "other_movement"


def test_one_wrong_step_may_be_a_mistake() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=EVERY)
    left, up, right = LEFT_UP_RIGHT
    down = both(Step.LOOK_DOWN, Step.TURN_LEFT, 0.7, 0.7)
    for tasks in ((left, down, right), (left, right), (left, up)):
        assert fails(CannotDecide, challenge(*tasks), looks) == "other_movement"


@pytest.mark.parametrize("step", Step)
def test_one_way_of_a_step_is_not_another_one(step: Step) -> None:
    """What a challenge may ask for is told apart, however long each of it is held."""
    turn = far(Step.TURN_LEFT if step is not Step.TURN_LEFT else Step.TURN_RIGHT, 0.7)
    for shown in every_way(step, HOLDS[0], HOLDS[1]):
        looks = moved(path(turn, shown), every=EVERY)
        for asked in every_way(step, HOLDS[0], HOLDS[1]):
            if asked == shown:
                check(challenge(turn, asked), looks)
            else:
                assert fails(CannotDecide, challenge(turn, asked), looks) in {
                    "left_early",
                    "other_place",
                }


def test_what_comes_on_top_of_a_movement_is_no_movement_of_its_own() -> None:
    asked = (far(Step.TURN_LEFT, 0.7), both(Step.LOOK_UP, Step.TURN_LEFT, 0.7, 0.7))
    check(challenge(*asked), moved(path(*asked), every=EVERY))
    # One after the other, and not at once.
    up, left = (Task(step, asked[1].stays[:1]) for step in (Step.LOOK_UP, Step.TURN_LEFT))
    looks = moved(path(asked[0], up, left), every=EVERY)
    assert fails(CannotDecide, challenge(*asked), looks) == "other_movement"


def test_a_print_turned_as_asked_is_a_spoof() -> None:
    head = heads.head()
    flat = heads.print_of(head)
    looks = []
    for number, (yaw, pitch, away) in enumerate(path(*LEFT_UP_RIGHT)):
        mesh = heads.seen(heads.turned(flat, yaw, pitch), away, noise=0.3, seed=number)
        # The network sees the head that the print shows, as if it were turned.
        solid = heads.pose(heads.seen(heads.turned(head, yaw, pitch), away))
        looks.append(dataclasses.replace(look(number * EVERY, mesh), pose=solid))
    assert fails(SpoofSuspected, challenge(*LEFT_UP_RIGHT), looks) == "flat"


@pytest.mark.parametrize(("narrower", "stopped"), [(1.0, False), (0.8, True)])
def test_a_face_that_gets_narrower_as_it_turns_far_is_a_picture(
    narrower: float, stopped: bool
) -> None:
    asked = challenge(*LEFT_UP_RIGHT)
    looks = moved(path(*LEFT_UP_RIGHT), every=EVERY)
    turned = [n for n, each in enumerate(looks) if each.pose and abs(each.pose.yaw) > FAR[0]]
    assert turned
    for place in turned:
        mesh = looks[place].mesh
        assert mesh is not None
        narrow = mesh.copy()
        narrow[[234, 454]] = mesh[[234, 454]].mean(0) + narrower * (
            mesh[[234, 454]] - mesh[[234, 454]].mean(0)
        )
        looks[place] = dataclasses.replace(looks[place], mesh=narrow)
    if stopped:
        assert fails(SpoofSuspected, asked, looks) == "flat"
    else:
        check(asked, looks)


@pytest.mark.parametrize("done", range(3))
def test_a_step_that_is_missing_is_asked_for(done: int) -> None:
    looks = moved([*path(*LEFT_UP_RIGHT[:done]), *[MIDDLE] * 6], every=EVERY)
    assert fails(CannotDecide, challenge(*LEFT_UP_RIGHT), looks) == "step_not_seen"


@pytest.mark.parametrize("hold", HOLDS)
def test_a_stay_lasts_as_long_as_asked_and_a_little_longer(hold: float) -> None:
    """On the way there and back a head is where it stays already: for about half a second."""
    asked = challenge(far(Step.TURN_LEFT, hold), both(Step.LOOK_UP, Step.TURN_LEFT, hold, hold))
    for late in (0.3, 1.0, 8.0):
        check(asked, moved(path(*asked.tasks, late=late), every=EVERY))
    early = moved(path(*asked.tasks, late=SHORTEST_LAG - 0.8), every=EVERY)
    assert fails(CannotDecide, asked, early) == "left_early"


def test_it_must_be_at_human_speed_and_in_time() -> None:
    turn = far(Step.TURN_LEFT, 0.4)
    looks = moved(path(turn), every=0.01)
    assert fails(CannotDecide, challenge(turn), looks) in {"jumped", "too_fast"}
    waiting = [MIDDLE] * math.ceil(LONGEST_STEP / EVERY)
    slow = moved([*waiting, *path(turn)], every=EVERY)
    assert fails(CannotDecide, challenge(turn), slow) == "too_slow"
    check(challenge(turn), moved([*waiting[: len(waiting) // 2], *path(turn)], every=EVERY))


def test_it_begins_frontal_and_without_a_turn_there_is_no_answer() -> None:
    turn = far(Step.TURN_LEFT, 0.4)
    whole = path(turn)
    for part in (whole[6:], whole[:-5]):
        looks = moved(part, every=EVERY)
        assert fails(CannotDecide, challenge(turn), looks) == "not_frontal"
    nods = (
        both(Step.LOOK_UP, Step.TURN_LEFT, 0.4, 0.4),
        both(Step.LOOK_DOWN, Step.TURN_LEFT, 0.4, 0.4),
    )
    assert fails(CannotDecide, challenge(*nods), moved(path(*nods), every=EVERY)) == "no_turn"
    assert fails(CannotDecide, challenge(), []) == "no_face"
