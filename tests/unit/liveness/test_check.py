from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.liveness import heads
from tests.unit.liveness.shown import look, moved

from visavis.errors import CannotDecide, NotVerified, SpoofSuspected
from visavis.liveness._look import FRONTAL, Look
from visavis.liveness.challenge import HOLDS, Challenge, Step, Task
from visavis.liveness.check import check

NOW = datetime(2026, 1, 1, tzinfo=UTC)
POSES = {
    Step.TURN_LEFT: (27.0, 0.0, 55.0),
    Step.TURN_RIGHT: (-27.0, 0.0, 55.0),
    Step.LOOK_UP: (0.0, -22.0, 55.0),
    Step.LOOK_DOWN: (0.0, 22.0, 55.0),
    Step.COME_CLOSER: (0.0, 0.0, 42.0),
}
LEFT_UP_RIGHT = (Step.TURN_LEFT, Step.LOOK_UP, Step.TURN_RIGHT)


def challenge(*steps: Step, hold: float = 0.4) -> Challenge:
    tasks = tuple(Task(step, hold) for step in steps)
    return Challenge(bytes(16), bytes(16), "door", tasks, NOW, NOW + timedelta(seconds=60))


def path(*steps: Step, hold: int = 4) -> list[tuple[float, float, float]]:
    """Return a head that does these steps, each from the middle and back."""
    middle = (0.0, 0.0, 55.0)
    poses = [middle] * 3
    for step in steps:
        way = [
            tuple(a + (b - a) * part / 4 for a, b in zip(middle, POSES[step], strict=True))
            for part in range(5)
        ]
        poses += [*way, *[POSES[step]] * hold, *way[::-1]]  # type: ignore[list-item]
    return [*poses, middle]


def fails(kind: type[NotVerified], asked: Challenge, looks: list[Look]) -> str:
    with pytest.raises(kind) as caught:
        check(asked, looks)
    return caught.value.reason


@pytest.mark.parametrize(
    "steps",
    [
        LEFT_UP_RIGHT,
        (Step.TURN_RIGHT, Step.COME_CLOSER),
        (Step.LOOK_DOWN, Step.TURN_LEFT, Step.LOOK_UP, Step.TURN_RIGHT),
    ],
)
def test_a_head_that_does_what_was_asked_is_live(steps: tuple[Step, ...]) -> None:
    looks = moved(path(*steps), every=0.15)
    live = check(challenge(*steps), looks)
    assert len(live.rests) == len(steps) + 1
    assert live.frontal == tuple(sorted(live.frontal))
    assert 0 in live.rests[0]
    assert len(looks) - 1 in live.rests[-1]
    for place in live.frontal:
        pose = looks[place].pose
        assert pose is not None
        assert max(abs(pose.yaw), abs(pose.pitch)) <= FRONTAL


def test_only_frames_with_features_may_be_compared() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=0.15)
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
    looks = moved(path(*LEFT_UP_RIGHT), every=0.15)
    for steps in (LEFT_UP_RIGHT[::-1], (Step.LOOK_DOWN, Step.TURN_LEFT, Step.COME_CLOSER)):
        assert fails(SpoofSuspected, challenge(*steps), looks) == "other_movement"


def test_one_wrong_step_may_be_a_mistake() -> None:
    looks = moved(path(*LEFT_UP_RIGHT), every=0.15)
    for steps in (
        (Step.TURN_LEFT, Step.LOOK_DOWN, Step.TURN_RIGHT),
        (Step.TURN_LEFT, Step.TURN_RIGHT),
        LEFT_UP_RIGHT[:2],
    ):
        assert fails(CannotDecide, challenge(*steps), looks) == "other_movement"


def test_a_print_turned_as_asked_is_a_spoof() -> None:
    head = heads.head()
    flat = heads.print_of(head)
    looks = []
    for number, (yaw, pitch, away) in enumerate(path(*LEFT_UP_RIGHT)):
        mesh = heads.seen(heads.turned(flat, yaw, pitch), away, noise=0.3, seed=number)
        # The network sees the head that the print shows, as if it were turned.
        solid = heads.pose(heads.seen(heads.turned(head, yaw, pitch), away))
        looks.append(dataclasses.replace(look(number * 0.15, mesh), pose=solid))
    assert fails(SpoofSuspected, challenge(*LEFT_UP_RIGHT), looks) == "flat"


@pytest.mark.parametrize("steps", [(), (Step.TURN_LEFT,), LEFT_UP_RIGHT[:2]])
def test_a_step_that_is_missing_is_asked_for(steps: tuple[Step, ...]) -> None:
    looks = moved(path(*steps, hold=6), every=0.15)
    assert fails(CannotDecide, challenge(*LEFT_UP_RIGHT), looks) == "step_not_seen"


@pytest.mark.parametrize("asked", HOLDS)
def test_every_holding_time_is_told_from_the_others(asked: float) -> None:
    """A person who is a second late, seen every 0.15 s."""
    for shown in HOLDS:
        looks = moved(path(*LEFT_UP_RIGHT, hold=round((shown + 1.0 - 0.35) / 0.15)), every=0.15)
        if shown == asked:
            check(challenge(*LEFT_UP_RIGHT, hold=asked), looks)
        else:
            reason = "left_early" if shown < asked else "left_late"
            assert fails(CannotDecide, challenge(*LEFT_UP_RIGHT, hold=asked), looks) == reason


def test_it_must_be_at_human_speed_and_in_time() -> None:
    looks = moved(path(Step.TURN_LEFT), every=0.01)
    assert fails(CannotDecide, challenge(Step.TURN_LEFT), looks) in {"jumped", "too_fast"}
    slow = moved([*[(0.0, 0.0, 55.0)] * 70, *path(Step.TURN_LEFT)], every=0.2)
    assert fails(CannotDecide, challenge(Step.TURN_LEFT), slow) == "too_slow"


def test_it_begins_frontal_and_without_a_turn_there_is_no_answer() -> None:
    whole = path(Step.TURN_LEFT)
    for part in (whole[6:], whole[:-5]):
        looks = moved(part, every=0.15)
        assert fails(CannotDecide, challenge(Step.TURN_LEFT), looks) == "not_frontal"
    nods = (Step.LOOK_UP, Step.LOOK_DOWN)
    assert fails(CannotDecide, challenge(*nods), moved(path(*nods), every=0.15)) == "no_turn"
    assert fails(CannotDecide, challenge(), []) == "no_face"
