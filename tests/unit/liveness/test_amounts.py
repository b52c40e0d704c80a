"""How far a head has gone: 1 is slight, 2 is far, and below that it may be at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.liveness._amounts import ALSO, FAR, SLIGHT, STEPS, STRAY, amounts, at_rest
from visavis.liveness.challenge import Step

SIGNS = {
    Step.TURN_LEFT: (0, 1),
    Step.TURN_RIGHT: (0, -1),
    Step.LOOK_UP: (1, -1),
    Step.LOOK_DOWN: (1, 1),
    Step.COME_CLOSER: (2, 1),
}


def gone(step: Step, way: float) -> tuple[float, float, float]:
    """Return yaw, pitch and growth of a head that went so many degrees, or so much wider."""
    place = [0.0, 0.0, 0.0]
    axis, sign = SIGNS[step]
    place[axis] = sign * way
    return place[0], place[1], 1 + place[2]


def amount(step: Step, way: float) -> float:
    return float(amounts(*gone(step, way))[STEPS.index(step)])


@pytest.mark.parametrize("step", Step)
def test_one_is_slight_two_is_far_and_between_and_beyond_are_straight_lines(step: Step) -> None:
    slight, far = SLIGHT[SIGNS[step][0]], FAR[SIGNS[step][0]]
    assert amount(step, 0) == 0
    assert amount(step, slight / 2) == pytest.approx(0.5)
    assert amount(step, slight) == pytest.approx(1)
    assert amount(step, (slight + far) / 2) == pytest.approx(1.5)
    assert amount(step, far) == pytest.approx(2)
    assert amount(step, far + (far - slight)) == pytest.approx(3)


@pytest.mark.parametrize("step", Step)
def test_a_movement_is_none_of_the_others(step: Step) -> None:
    found = amounts(*gone(step, FAR[SIGNS[step][0]]))
    for place, other in enumerate(STEPS):
        if other is not step:
            assert found[place] <= 0
    # Who leans back has not come closer.
    assert amounts(0.0, 0.0, 0.8)[STEPS.index(Step.COME_CLOSER)] < 0


def test_what_goes_along_two_axes_is_both_movements() -> None:
    left, down = STEPS.index(Step.TURN_LEFT), STEPS.index(Step.LOOK_DOWN)
    found = amounts(FAR[0], SLIGHT[1], 1.0)
    assert (found[left], found[down]) == pytest.approx((2, 1))


def test_the_edge_of_rest_is_no_movement() -> None:
    for yaw in (-STRAY[0], STRAY[0]):
        for pitch in (-STRAY[1], STRAY[1]):
            assert amounts(yaw, pitch, 1.12).max() < 1


@given(st.floats(-80, 80), st.floats(-80, 80), st.floats(0, 3))
def test_a_head_at_rest_has_made_no_movement(yaw: float, pitch: float, growth: float) -> None:
    if at_rest(yaw, pitch, growth):
        assert amounts(yaw, pitch, growth).max() < 1
    # What is one on top of another goes further than what is one at all.
    assert 1 < ALSO < 2


def test_a_head_is_at_rest_up_to_a_little_in_every_direction() -> None:
    assert at_rest(0, 0, 1)
    for sign in (-1, 1):
        yaw, pitch = (sign * stray for stray in STRAY)
        assert at_rest(yaw, pitch, 1)
        assert not at_rest(yaw * 1.01, 0, 1)
        assert not at_rest(0, pitch * 1.01, 1)
    assert at_rest(0, 0, 1.1)
    assert not at_rest(0, 0, 1 + SLIGHT[2])
    assert at_rest(0, 0, 0.7)
