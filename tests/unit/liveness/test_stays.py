"""Where a head stays in a movement: what counts as a stay, and which of them were asked for."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.liveness.tasks import both, every_way, far, further, halfway_back, slight

from visavis.errors import CannotDecide
from visavis.liveness._amounts import ALSO, STEPS, STILL
from visavis.liveness._stays import LONGEST_LAG, PAUSE, SHORTEST_LAG, require_stays, stayed
from visavis.liveness.challenge import HOLDS, Extent, Step, Task

LEFT, UP = Step.TURN_LEFT, Step.LOOK_UP
SLIGHT, FAR = (Extent.SLIGHT, None), (Extent.FAR, None)
# How far a head goes, in the middle of what is slight and well into what is far.
LITTLE, MUCH = 1.5, 2.5
EVERY, WAY = 0.1, 0.3  # seconds from frame to frame, and from one place to the next

Seen = tuple[list[float], list[NDArray[np.float64]]]


def seen(
    step: Step,
    *places: tuple[float, float],
    also: dict[int, Step] | None = None,
    every: float = EVERY,
) -> Seen:
    """Return times and amounts of a head that goes to places, from rest and back.

    Args:
        step: the movement.
        places: how far it goes, and seconds for which it is there.
        also: by the number of a place, a step that is made on top of it.
        every: seconds from frame to frame.
    """
    at, corners = [0.0], [np.zeros(len(STEPS))]
    for number, (amount, seconds) in enumerate([*places, (0.0, 0.0)]):
        place = np.zeros(len(STEPS))
        place[STEPS.index(step)] = amount
        if also and number in also:
            place[STEPS.index(also[number])] = LITTLE
        at += [at[-1] + WAY, at[-1] + WAY + seconds]
        corners += [place, place]
    times = np.arange(0, at[-1] + every / 2, every)
    table = np.array([np.interp(times, at, column) for column in np.transpose(corners)])
    return times.tolist(), list(table.T)


def done(task: Task, longer: float = 0.5, *, every: float = EVERY) -> Seen:
    """Return what is seen of somebody who does a task, and stays so much longer than asked."""
    places = [
        (LITTLE if stay.extent is Extent.SLIGHT else MUCH, stay.hold + longer)
        for stay in task.stays
    ]
    also = {number: stay.also for number, stay in enumerate(task.stays) if stay.also}
    return seen(task.step, *places, also=also, every=every)


def refused(task: Task, shown: Seen, *, margin: float = 0.0) -> str:
    with pytest.raises(CannotDecide) as caught:
        require_stays(task, *shown, margin=margin)
    assert caught.value.remedy.endswith(".")
    return caught.value.reason


EVERY_WAY = [
    way
    for step in Step
    for way in (slight(step, 0.7), far(step, 0.7), *every_way(step, HOLDS[0], HOLDS[1]))
]


@pytest.mark.parametrize("every", [0.05, 0.125, 0.25, 0.4])
@pytest.mark.parametrize("task", EVERY_WAY, ids=str)
def test_whoever_stays_where_it_was_asked_has_done_it(task: Task, every: float) -> None:
    require_stays(task, *done(task, every=every))


@pytest.mark.parametrize("step", Step)
def test_another_way_of_the_same_step_is_refused(step: Step) -> None:
    ways = every_way(step, HOLDS[0], HOLDS[0])
    for shown in ways:
        for asked in ways:
            if asked is not shown:
                assert refused(asked, done(shown)) == "other_place"


def test_places_are_told_as_the_head_comes_to_them() -> None:
    task = halfway_back(LEFT, 1.0, 1.0)
    times, gone = done(task)
    told = [stayed(LEFT, times[:count], gone[:count]) for count in range(1, len(times) + 1)]
    assert [each for n, each in enumerate(told) if n == 0 or each != told[n - 1]] == [
        [],
        [FAR],
        [FAR, SLIGHT],
    ]
    two = both(LEFT, UP, 1.0, 1.0)
    assert stayed(LEFT, *done(two)) == [SLIGHT, (Extent.SLIGHT, UP)]


def test_what_is_below_another_movement_may_come_back_a_little() -> None:
    little_less, too_little = (STILL + 1) / 2, STILL - 0.1
    task = both(UP, LEFT, 0.7, 0.7)
    require_stays(task, *seen(UP, (LITTLE, 1.2), (little_less, 1.2), also={1: LEFT}))
    assert refused(task, seen(UP, (LITTLE, 1.2), (too_little, 1.2), also={1: LEFT})) == (
        "other_place"
    )
    # Alone it is no movement any more.
    assert stayed(UP, *seen(UP, (little_less, 1.2))) == []


def test_a_pause_on_the_way_is_no_stay() -> None:
    # With the way through what is slight, which takes a while itself.
    short, long = PAUSE - WAY - 0.1, PAUSE + 0.1
    assert stayed(LEFT, *seen(LEFT, (LITTLE, short), (MUCH, 1.5))) == [FAR]
    assert stayed(LEFT, *seen(LEFT, (LITTLE, long), (MUCH, 1.5))) == [SLIGHT, FAR]
    require_stays(far(LEFT, 0.7), *seen(LEFT, (LITTLE, short), (MUCH, 1.5)))
    assert refused(further(LEFT, 0.7, 0.7), seen(LEFT, (LITTLE, short), (MUCH, 1.5))) == (
        "other_place"
    )


def test_whoever_goes_astray_once_on_the_way_is_forgiven_and_not_twice() -> None:
    require_stays(slight(LEFT, 0.7), *seen(LEFT, (MUCH, 1.2), (LITTLE, 1.2)))
    assert refused(slight(LEFT, 0.7), seen(LEFT, (LITTLE, 1.2), (MUCH, 1.2), (LITTLE, 1.2))) == (
        "other_place"
    )
    # Nor if it ends elsewhere, or is not seen at all.
    assert refused(far(LEFT, 0.7), seen(LEFT, (LITTLE, 1.2))) == "other_place"
    assert refused(slight(LEFT, 0.7), seen(LEFT, (MUCH, 1.2))) == "other_place"
    assert refused(slight(LEFT, 0.7), seen(LEFT, (0.9, 1.2))) == "other_place"


@pytest.mark.parametrize("hold", HOLDS)
@pytest.mark.parametrize("amount", [LITTLE, MUCH])
def test_it_is_held_as_long_as_asked_and_not_for_ever(hold: float, amount: float) -> None:
    task = slight(LEFT, hold) if amount == LITTLE else far(LEFT, hold)
    edge = 1 if amount == LITTLE else 2
    # On the way there and back it is there already.
    passing = 2 * WAY * (amount - edge) / amount

    def lasting(seconds: float) -> Seen:
        return seen(LEFT, (amount, seconds - passing), every=0.05)

    least, most = hold + SHORTEST_LAG, hold + LONGEST_LAG
    require_stays(task, *lasting(max(least, PAUSE) + 0.1))
    require_stays(task, *lasting(most - 0.1))
    assert refused(task, lasting(most + 0.1)) == "left_late"
    if least - 0.1 > PAUSE:
        assert refused(task, lasting(least - 0.1)) == "left_early"
    assert refused(task, lasting(PAUSE - 0.1)) == "other_place"
    # A margin makes it stricter at both ends.
    assert refused(task, lasting(most - 0.1), margin=0.2) == "left_late"
    if least + 0.1 > PAUSE:
        assert refused(task, lasting(least + 0.1), margin=0.2) == "left_early"


def test_every_stay_of_a_task_is_held() -> None:
    for task in every_way(LEFT, HOLDS[-1], HOLDS[-1]):
        for place, stay in enumerate(task.stays):
            times = [HOLDS[-1] + 0.5] * 2
            times[place] = LONGEST_LAG + HOLDS[-1] + 0.1
            places = [LITTLE if each.extent is Extent.SLIGHT else MUCH for each in task.stays]
            also = {number: each.also for number, each in enumerate(task.stays) if each.also}
            shown = seen(LEFT, *zip(places, times, strict=True), also=also)
            assert refused(task, shown) == "left_late", stay


@pytest.mark.parametrize(("amount", "slipped"), [(LITTLE, MUCH), (MUCH, LITTLE), (LITTLE, 0.5)])
def test_a_slip_does_not_end_a_stay_and_leaving_it_does(amount: float, slipped: float) -> None:
    task = slight(LEFT, 1.0) if amount == LITTLE else far(LEFT, 1.0)
    times, gone = seen(LEFT, (amount, 1.6))

    def slips(frames: int) -> Seen:
        changed = [each.copy() for each in gone]
        for each in changed[8 : 8 + frames]:
            each[STEPS.index(LEFT)] = slipped
        return times, changed

    for frames in range(4):
        require_stays(task, *slips(frames))
    assert refused(task, slips(6)) in {"left_early", "other_place"}


@pytest.mark.parametrize("task", every_way(LEFT, 1.0, 1.0), ids=str)
def test_one_frame_in_which_the_pose_is_off_does_not_matter(task: Task) -> None:
    times, gone = done(task)
    for place in range(1, len(times) - 1):
        for off in (np.full(len(STEPS), -4.0), np.full(len(STEPS), 4.0), np.zeros(len(STEPS))):
            changed = [*gone[:place], off, *gone[place + 1 :]]
            require_stays(task, times, changed)


def drifting(edge: float, hold: float, on: float) -> Seen:
    """Return a head that goes on and on by so much, without leaving what it was asked for."""
    times = np.arange(0, hold + 0.71, EVERY)
    amount = np.interp(times, [0.3, times[-1] - 0.3], [edge + 0.05, edge + 0.05 + on])
    amount[[0, -1]] = 0.0
    table = np.zeros((len(times), len(STEPS)))
    table[:, STEPS.index(LEFT)] = amount
    return times.tolist(), list(table)


@pytest.mark.parametrize("hold", HOLDS)
def test_a_head_that_drifts_is_not_held_still(hold: float) -> None:
    require_stays(slight(LEFT, hold), *drifting(1, hold, 0.2))
    assert refused(slight(LEFT, hold), drifting(1, hold, 0.9)) == "not_held_still"
    # Far is on the way to nowhere, so that whoever goes on there has not been elsewhere.
    require_stays(far(LEFT, hold), *drifting(2, hold, 1.5))


def test_a_margin_is_stricter_about_drifting_too() -> None:
    hold, margin = 1.0, 0.1
    moves = [on for on in np.arange(0.2, 0.9, 0.02) if still(hold, on, margin=0.0)]
    strictly = [on for on in np.arange(0.2, 0.9, 0.02) if still(hold, on, margin=margin)]
    assert strictly
    assert max(strictly) < max(moves) - margin / 2


def still(hold: float, on: float, *, margin: float) -> bool:
    """Return whether a head that drifts is held still; it stays longer by the margin of time."""
    with suppress(CannotDecide):
        require_stays(slight(LEFT, hold), *drifting(1, hold + margin, on), margin=margin)
        return True
    return False


@pytest.mark.parametrize("hold", HOLDS)
def test_what_is_on_top_of_a_movement_is_held_still_too(hold: float) -> None:
    times, gone = done(both(LEFT, UP, hold, hold), 0.3)
    up = STEPS.index(UP)
    there = [place for place, each in enumerate(gone) if each[up] >= LITTLE - 1e-9]

    def drifting(on: float) -> Seen:
        table = np.array(gone)
        table[there, up] = np.linspace(ALSO + 0.05, ALSO + 0.05 + on, len(there))
        return times, list(table)

    task = both(LEFT, UP, hold, hold)
    require_stays(task, *drifting(0.2))
    assert refused(task, drifting(1.2)) == "not_held_still"


@given(
    st.sampled_from(EVERY_WAY),
    st.lists(st.floats(0.04, 0.2), min_size=200, max_size=200),
    st.floats(0.3, 2.5),
    st.integers(0, 1000),
)
def test_frames_may_come_at_any_pace_and_heads_tremble(
    task: Task, steps: list[float], longer: float, seed: int
) -> None:
    every, whole = done(task, longer, every=0.01)
    at = [each for each in np.cumsum([0.0, *steps]) if each < every[-1]]
    times = [*at, every[-1]]
    noise = np.random.default_rng(seed).normal(0, 0.03, (len(times), len(STEPS)))
    table = np.array([np.interp(times, every, column) for column in np.transpose(whole)]).T
    require_stays(task, times, list(table + noise))


def test_without_frames_nothing_was_stayed_at() -> None:
    nothing: Seen = ([], [])
    one: Seen = ([0.0], [np.zeros(len(STEPS))])
    two: Seen = ([0.0, 2.0], [np.full(len(STEPS), 0.0)] * 2)
    for shown in (one, two):
        assert stayed(LEFT, *shown) == []
        assert refused(far(LEFT, 0.7), shown) == "other_place"
    assert stayed(LEFT, *nothing) == []
