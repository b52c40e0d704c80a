from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from tests.unit.liveness.shown import STILL, moved

from visavis.errors import CannotDecide
from visavis.liveness._continuity import (
    LONGEST_GAP,
    LONGEST_LOSS,
    goes_on,
    require_continuity,
    require_one_face,
)
from visavis.liveness._look import Look

Change = Callable[[Look], Look]


def reason(looks: list[Look]) -> str:
    with pytest.raises(CannotDecide) as caught:
        require_continuity(looks)
    return caught.value.reason


@pytest.mark.parametrize("speed", [20, 60, 150])
def test_a_head_that_turns_and_comes_closer_is_continuous(speed: int) -> None:
    turn = [(float(min(35, number * speed / 5)), 0.0, 55.0) for number in range(10)]
    nearer = [(0.0, 0.0, 70 - 3.0 * number) for number in range(12)]
    require_continuity(moved(turn))
    require_continuity(moved(nearer))


@pytest.mark.parametrize("place", [0, 4, 9])
def test_every_frame_shows_one_face(place: int) -> None:
    for change, expected in (
        ({"faces": 0, "box": None}, "no_face"),
        ({"box": None}, "no_face"),
        ({"box": (5.0, 5.0, 5.0, 5.0)}, "jumped"),
        ({"box": (float("nan"),) * 4}, "jumped"),
    ):
        looks = moved(STILL)
        looks[place] = dataclasses.replace(looks[place], **change)
        assert reason(looks) == expected


def test_a_second_face_may_be_seen_by_mistake_but_not_stay() -> None:
    def with_two(*places: int) -> list[Look]:
        looks = moved([*STILL, *STILL])
        for place in places:
            looks[place] = dataclasses.replace(looks[place], faces=2)
        return looks

    passed_over: list[list[int]] = [[], [0], [7], [3, 19]]
    for places in passed_over:
        kept = require_one_face(with_two(*places))
        assert kept == [place for place in range(20) if place not in places]
    for places in ([0, 1], [18, 19], [2, 5, 8], list(range(20))):
        with pytest.raises(CannotDecide) as caught:
            require_one_face(with_two(*places))
        assert caught.value.reason == "several_faces"


def test_no_frame_shows_nobody() -> None:
    assert reason([]) == "no_face"


def test_a_face_does_not_jump_or_change_its_size() -> None:
    near = moved([*STILL[:5], *[(0.0, 0.0, 30.0)] * 5])
    assert reason(near) == "jumped"
    looks = moved(STILL)
    for number in range(5, 10):
        box = looks[number].box
        assert box is not None
        aside = (box[0] + 300, box[1], box[2] + 300, box[3])
        looks[number] = dataclasses.replace(looks[number], box=aside)
    assert reason(looks) == "jumped"


@pytest.mark.parametrize("later", [LONGEST_GAP, float("nan"), -1.0])
def test_nothing_happens_unseen(later: float) -> None:
    looks = moved(STILL)
    late = [dataclasses.replace(look, at=look.at + later) for look in looks[5:]]
    assert reason([*looks[:5], *late]) == "interrupted"


def test_who_is_watched_may_be_lost_for_a_moment_only() -> None:
    before, after = moved(STILL[:2])
    nobody = dataclasses.replace(after, faces=0, box=None, mesh=None, pose=None)
    for later in (after, nobody):
        for first in (before, dataclasses.replace(before, box=None)):
            at = first.at + LONGEST_LOSS
            assert goes_on(first, dataclasses.replace(later, at=at - 0.01))
            assert not goes_on(first, dataclasses.replace(later, at=at + 0.01))
    assert LONGEST_LOSS < LONGEST_GAP


def test_who_is_watched_does_not_jump_or_change_in_size() -> None:
    still, nearer = moved([STILL[0], (0.0, 0.0, 30.0)])
    assert goes_on(still, dataclasses.replace(still, at=still.at + 0.2))
    assert not goes_on(still, nearer)
    box = still.box
    assert box is not None
    aside = (box[0] + 300, box[1], box[2] + 300, box[3])
    assert not goes_on(still, dataclasses.replace(still, at=still.at + 0.2, box=aside))
