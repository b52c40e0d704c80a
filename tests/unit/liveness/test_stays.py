"""Where a head stays in a movement: what was asked for, and what counts as going astray."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.liveness.tasks import both, every_way, far

from visavis.errors import CannotDecide
from visavis.liveness._amounts import ALSO, STEPS, STILL
from visavis.liveness._stays import PAUSE, SHORTEST_LAG, astray, require_stays
from visavis.liveness.challenge import HOLDS, Extent, Step, Task

LEFT, UP, DOWN = Step.TURN_LEFT, Step.LOOK_UP, Step.LOOK_DOWN
# How far a head goes, in the middle of what is slight and well into what is far.
LITTLE, MUCH = 1.5, 2.5
EVERY, WAY = 0.1, 0.3  # seconds from frame to frame, and from one place to the next
LONG = 1.2  # seconds, more than a pause and than the shortest stay that is asked for
FOR_EVER = 100.0

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


EVERY_WAY = [way for step in Step for way in every_way(step, HOLDS[0], HOLDS[1])]
TWO = both(LEFT, UP, 0.7, 0.7)


@pytest.mark.parametrize("every", [0.05, 0.125, 0.25, 0.4])
@pytest.mark.parametrize("task", EVERY_WAY, ids=str)
def test_whoever_stays_where_it_was_asked_has_done_it(task: Task, every: float) -> None:
    shown = done(task, every=every)
    require_stays(task, *shown)
    assert not astray(task, *shown)


@pytest.mark.parametrize("step", Step)
def test_another_way_of_the_same_step_is_refused(step: Step) -> None:
    ways = every_way(step, HOLDS[0], HOLDS[0])
    for shown in ways:
        for asked in ways:
            if asked is not shown:
                # Who goes far passes what is slight, and does not stay there.
                passed = shown.stays[0].extent is Extent.FAR
                assert refused(asked, done(shown)) == ("left_early" if passed else "other_place")


@pytest.mark.parametrize("slower", [1, 2, 5, 20, 100])
@pytest.mark.parametrize("step", Step)
def test_no_way_of_a_step_is_another_one_however_slowly_it_is_played(
    step: Step, slower: float
) -> None:
    for shown in every_way(step, HOLDS[1], HOLDS[2]):
        times, gone = done(shown, every=0.02)
        played = [time * slower for time in times]
        require_stays(shown, played, gone)
        for asked in every_way(step, HOLDS[0], HOLDS[0]):
            if [(stay.extent, stay.also) for stay in asked.stays] != [
                (stay.extent, stay.also) for stay in shown.stays
            ]:
                assert refused(asked, (played, gone)) in {"left_early", "other_place"}


def test_what_is_below_another_movement_may_come_back_a_little() -> None:
    little_less, too_little = (STILL + 1) / 2, STILL - 0.1
    task = both(UP, LEFT, 0.7, 0.7)
    require_stays(task, *seen(UP, (LITTLE, LONG), (little_less, LONG), also={1: LEFT}))
    assert refused(task, seen(UP, (LITTLE, LONG), (too_little, LONG), also={1: LEFT})) == (
        "left_early"
    )
    # Alone it is no movement any more.
    assert refused(task, seen(UP, (little_less, LONG), (little_less, LONG), also={1: LEFT})) == (
        "other_place"
    )


def test_what_is_below_another_movement_may_go_far_meanwhile() -> None:
    require_stays(TWO, *seen(LEFT, (LITTLE, LONG), (MUCH, LONG), also={1: UP}))
    # With nothing on top of it, or with something else, it is far.
    for also in ({}, {1: DOWN}):
        shown = seen(LEFT, (LITTLE, LONG), (MUCH, LONG), also=also)
        assert refused(TWO, shown) == "other_place"


@pytest.mark.parametrize(("on_top", "is_far"), [(1.4, True), (1.6, False)])
def test_whoever_does_something_else_as_well_does_not_just_go_far(
    on_top: float, is_far: bool
) -> None:
    times, gone = seen(LEFT, (MUCH, LONG), also={0: UP})
    for each in gone:
        each[STEPS.index(UP)] *= on_top / LITTLE
    if is_far:
        require_stays(far(LEFT, 0.7), times, gone)
    else:
        assert refused(far(LEFT, 0.7), (times, gone)) == "other_place"


def test_what_is_on_top_of_a_movement_goes_far_enough() -> None:
    def with_up(amount: float) -> Seen:
        times, gone = seen(LEFT, (LITTLE, LONG), (LITTLE, LONG), also={1: UP})
        for each in gone:
            each[STEPS.index(UP)] *= amount / LITTLE
        return times, gone

    require_stays(TWO, *with_up(ALSO + 0.05))
    assert refused(TWO, with_up(ALSO - 0.05)) == "other_place"


def test_a_place_is_told_as_soon_as_somebody_stays_there() -> None:
    times, gone = seen(LEFT, (MUCH, LONG), (LITTLE, LONG), (MUCH, LONG), (LITTLE, LONG))
    told = [astray(TWO, times[:count], gone[:count]) for count in range(1, len(times) + 1)]
    first = told.index(True)
    assert all(told[first:])
    # On its way there it came to be far for the second time.
    came = 2 * (WAY + LONG) + WAY * (2 - LITTLE) / (MUCH - LITTLE)
    assert PAUSE <= times[first] - came <= PAUSE + 2 * EVERY


@pytest.mark.parametrize("task", [TWO, far(LEFT, 0.7)], ids=str)
def test_a_pause_on_the_way_is_no_stay(task: Task) -> None:
    """With the way through what is far, or aside, which takes a while itself."""
    elsewhere, also = (MUCH, {}) if task is TWO else (LITTLE, {0: UP, 2: UP})
    passing = 2 * WAY * (MUCH - 2) / MUCH if task is TWO else 2 * WAY

    def paused(seconds: float) -> Seen:
        times = (elsewhere, seconds)
        return seen(LEFT, times, (0.0, 0.5), times, also=also)

    assert not astray(task, *paused(PAUSE - passing - 0.1))
    assert astray(task, *paused(PAUSE + 0.1))


def test_whoever_goes_astray_once_on_the_way_is_forgiven_and_not_twice() -> None:
    up = {3: UP, 5: UP}
    elsewhere, there = (MUCH, LONG), (LITTLE, LONG)
    once = seen(LEFT, elsewhere, there, there, there, also=up)
    require_stays(TWO, *once)
    assert not astray(TWO, *once)
    twice = seen(LEFT, elsewhere, there, elsewhere, there, there, there, also=up)
    assert astray(TWO, *twice)
    assert refused(TWO, twice) == "other_place"
    # Nor if it does not come to where it was asked.
    assert refused(far(LEFT, 0.7), seen(LEFT, (LITTLE, LONG))) == "other_place"
    assert refused(TWO, seen(LEFT, (LITTLE, LONG))) == "other_place"
    assert refused(TWO, seen(LEFT, (0.9, LONG), (0.9, LONG), also={1: UP})) == "other_place"


def test_slight_is_on_the_way_to_everything() -> None:
    to_and_fro = [(LITTLE, LONG), (0.8, LONG)] * 5
    for task, last, also in (
        (far(LEFT, 0.7), [(MUCH, LONG)], {}),
        (TWO, [(LITTLE, LONG), (LITTLE, LONG)], {11: UP}),
    ):
        shown = seen(LEFT, *to_and_fro, *last, also=also)
        assert not astray(task, *shown)
        require_stays(task, *shown)


def test_where_it_was_asked_somebody_may_stay_as_often_as_they_like() -> None:
    often = [(LITTLE, LONG), (LITTLE, LONG)] * 4
    shown = seen(LEFT, *often, also={1: UP, 3: UP, 5: UP, 7: UP})
    assert not astray(TWO, *shown)
    require_stays(TWO, *shown)
    assert astray(both(LEFT, DOWN, 0.7, 0.7), *shown)


def test_places_come_in_the_order_in_which_they_were_asked_for() -> None:
    there, aside = (LITTLE, LONG), {0: UP}
    assert refused(TWO, seen(LEFT, there, there, also=aside)) == "other_place"
    require_stays(TWO, *seen(LEFT, there, there, there, also={0: UP, 2: UP}))


@pytest.mark.parametrize("nod", [UP, DOWN])
def test_a_nod_is_never_far(nod: Step) -> None:
    task = both(nod, LEFT, 0.7, 0.7)
    shown = seen(nod, *[(MUCH, LONG)] * 2, (0.0, 0.5), (MUCH, LONG), (MUCH, LONG), also={4: LEFT})
    assert not astray(task, *shown)
    require_stays(task, *shown)


@pytest.mark.parametrize("hold", HOLDS)
def test_it_is_held_as_long_as_asked_and_longer_if_somebody_likes(hold: float) -> None:
    task = far(LEFT, hold)
    # On the way there and back it is there already.
    passing = 2 * WAY * (MUCH - 2) / MUCH

    def lasting(seconds: float) -> Seen:
        return seen(LEFT, (MUCH, seconds - passing), every=0.05)

    least = hold + SHORTEST_LAG
    for seconds in (least + 0.05, least + 10.0):
        require_stays(task, *lasting(seconds))
    assert refused(task, lasting(least - 0.05)) == "left_early"
    # A margin makes it stricter.
    assert refused(task, lasting(least + 0.05), margin=0.2) == "left_early"
    require_stays(task, *lasting(least + 0.25), margin=0.2)


@pytest.mark.parametrize("task", [way for way in EVERY_WAY if len(way.stays) > 1], ids=str)
@pytest.mark.parametrize("place", range(2))
def test_every_stay_of_a_task_is_held(task: Task, place: int) -> None:
    also = {1: task.stays[1].also or LEFT}
    short = task.stays[place].hold - 2 * WAY
    times = [short if number == place else FOR_EVER for number in range(2)]
    shown = seen(task.step, *((LITTLE, each) for each in times), also=also, every=0.2)
    assert refused(task, shown) == "left_early"


def test_whoever_left_early_may_stay_once_more() -> None:
    there, short = (LITTLE, LONG), (LITTLE, 0.1)
    again = [short, short, there, there]
    require_stays(TWO, *seen(LEFT, *again, also={1: UP, 3: UP}))
    # Two that are too short are not one that is long enough.
    parts = [(MUCH, 0.3), (0.0, 0.5), (MUCH, 0.3)]
    assert refused(far(LEFT, 0.7), seen(LEFT, *parts)) == "left_early"


@pytest.mark.parametrize(("amount", "slipped"), [(LITTLE, MUCH), (MUCH, LITTLE), (LITTLE, 0.5)])
def test_a_slip_does_not_end_a_stay_and_leaving_it_does(amount: float, slipped: float) -> None:
    task = both(LEFT, UP, 1.0, 0.7) if amount == LITTLE else far(LEFT, 1.0)
    times, gone = seen(LEFT, (amount, 1.6), *([(LITTLE, LONG)] * (amount == LITTLE)), also={1: UP})

    def slips(frames: int) -> Seen:
        changed = [each.copy() for each in gone]
        for each in changed[8 : 8 + frames]:
            each[STEPS.index(LEFT)] = slipped
        return times, changed

    for frames in range(4):
        require_stays(task, *slips(frames))
    assert refused(task, slips(6)) == "left_early"


@pytest.mark.parametrize("task", every_way(LEFT, 1.0, 1.0), ids=str)
def test_one_frame_in_which_the_pose_is_off_does_not_matter(task: Task) -> None:
    times, gone = done(task)
    for place in range(1, len(times) - 1):
        for off in (np.full(len(STEPS), -4.0), np.full(len(STEPS), 4.0), np.zeros(len(STEPS))):
            changed = [*gone[:place], off, *gone[place + 1 :]]
            require_stays(task, times, changed)


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
    for shown in (nothing, one, two):
        for task in (far(LEFT, 0.7), TWO):
            assert not astray(task, *shown)
            assert refused(task, shown) == "other_place"
