from __future__ import annotations

import dataclasses

import pytest
from tests.unit.liveness.shown import STILL, moved

from visavis.errors import CannotDecide
from visavis.liveness._freshness import require_freshness
from visavis.liveness._look import Look


def reason(looks: list[Look]) -> str:
    with pytest.raises(CannotDecide) as caught:
        require_freshness(looks)
    return caught.value.reason


@pytest.mark.parametrize("every", [0.034, 0.2])
def test_frames_of_a_person_who_keeps_still_differ(every: float) -> None:
    require_freshness(moved(STILL, every=every))


@pytest.mark.parametrize("copy", [1, 5, 9])
def test_the_same_pixels_come_once(copy: int) -> None:
    looks = moved(STILL)
    looks[copy] = dataclasses.replace(looks[copy], digest=looks[0].digest)
    assert reason(looks) == "repeated_frames"


def test_a_loop_with_other_pixels_is_found_by_the_mesh() -> None:
    looks = moved(STILL)
    looks[8] = dataclasses.replace(looks[8], mesh=looks[2].mesh)
    assert reason(looks) == "repeated_frames"


def test_frames_do_not_come_faster_than_a_camera_gives_them() -> None:
    assert reason(moved(STILL, every=0.001)) == "frames_too_fast"


def test_times_that_are_no_numbers_are_refused() -> None:
    looks = moved(STILL)
    looks[3] = dataclasses.replace(looks[3], at=float("nan"))
    assert reason(looks) == "frames_too_fast"
