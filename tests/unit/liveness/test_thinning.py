"""Of many frames, those are kept that tell where a head was."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from visavis.liveness._continuity import LONGEST_GAP
from visavis.liveness._thinning import _LONGEST, Moment, least_telling
from visavis.liveness.frames import MOST_FRAMES


def still(count: int, every: float = 0.1) -> list[Moment]:
    return [Moment(number * every, 0.0, 0.0, 100.0) for number in range(count)]


def walk(seconds: float, every: float) -> Iterator[Moment]:
    """Yield a head that goes 36 degrees to a side, stays, comes back, and comes closer, again."""
    corners = [0.0, 1.0, 1.4, 3.4, 3.8, 4.8, 5.2, 7.2, 7.6]
    yaw = [0.0, 0.0, 36.0, 36.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    width = [100.0] * 6 + [150.0] * 2 + [100.0]
    for at in np.arange(0, seconds, every):
        there = at % corners[-1]
        yield Moment(
            float(at),
            float(np.interp(there, corners, yaw)),
            0.0,
            float(np.interp(there, corners, width)),
        )


def thinned(moments: Iterator[Moment] | Sequence[Moment], most: int) -> list[Moment]:
    """Keep so many, as they come."""
    kept: list[Moment] = []
    for moment in moments:
        kept.append(moment)
        if len(kept) > most:
            kept.pop(least_telling(kept))
    return kept


def longest(moments: Sequence[Moment]) -> float:
    return float(np.diff([moment.at for moment in moments]).max())


@pytest.mark.parametrize("name", ["yaw", "pitch", "width"])
def test_what_lies_on_a_line_goes_before_a_corner(name: str) -> None:
    value = [0.0, 0.0, 0.0, 10.0, 20.0, 20.0, 20.0, 20.0]
    moments = [
        replace(each, **{name: getattr(each, name) + more})
        for each, more in zip(still(8), value, strict=True)
    ]
    for _ in range(2):
        gone = moments.pop(least_telling(moments))
        # It begins to move after the third, and stops at the fifth.
        assert round(gone.at * 10) not in {2, 4}


def test_a_frame_apart_from_its_neighbours_is_kept() -> None:
    moments = still(9)
    moments[4] = replace(moments[4], pitch=8.0)
    kept = thinned(moments, 5)
    assert moments[4] in kept


def test_of_frames_that_tell_alike_those_go_that_leave_the_smallest_gap() -> None:
    moments = [Moment(at, 0.0, 0.0, 100.0) for at in (0.0, 0.2, 0.4, 0.45, 0.6, 0.8, 1.0)]
    assert moments[least_telling(moments)].at in {0.4, 0.45}


def test_neither_the_first_goes_nor_one_of_the_last_two() -> None:
    for count in range(5, 30):
        for place in range(count):
            moments = still(count)
            moments[place] = replace(moments[place], yaw=50.0)
            assert 1 <= least_telling(moments) <= count - 3


def test_where_a_head_is_still_frames_are_left_out_evenly() -> None:
    kept = thinned(still(200), 50)
    # Those that came last have had no time to go.
    gaps = np.diff([moment.at for moment in kept])[:-3]
    assert gaps.max() <= 3 * gaps.min()


@pytest.mark.parametrize("every", [1 / 8, 1 / 15, 1 / 30])
def test_what_is_kept_says_where_the_head_was_all_the_time(every: float) -> None:
    whole = list(walk(22.0, every))
    kept = thinned(whole, MOST_FRAMES)
    assert len(kept) == MOST_FRAMES < len(whole)
    times = [moment.at for moment in whole]
    for name, most in (("yaw", 3.0), ("width", 8.0)):
        told = np.interp(
            times, [moment.at for moment in kept], [getattr(moment, name) for moment in kept]
        )
        true = np.array([getattr(moment, name) for moment in whole])
        assert np.abs(told - true).max() <= most, name


@pytest.mark.parametrize("every", [1 / 8, 1 / 15, 1 / 30])
def test_no_gap_is_longer_than_it_has_to_be(every: float) -> None:
    assert _LONGEST < LONGEST_GAP
    # As long as all gaps may be short, they are.
    seconds = 0.6 * _LONGEST * MOST_FRAMES
    assert longest(thinned(walk(seconds, every), MOST_FRAMES)) <= _LONGEST + 1e-9


def test_when_there_are_too_many_for_that_the_smallest_gap_is_made_larger() -> None:
    moments = still(80, every=_LONGEST * 0.9)
    moments[30] = replace(moments[30], at=moments[30].at + 0.1)
    # The two frames around the shorter gap: one of them goes.
    assert least_telling(moments) in {30, 31}
    kept = thinned(still(120, every=_LONGEST * 0.9), MOST_FRAMES)
    assert len(kept) == MOST_FRAMES
    assert longest(kept) < 6 * _LONGEST


def test_frames_without_a_face_and_at_one_time_do_not_matter() -> None:
    moments = [*still(6), Moment(0.5, 0.0, 0.0, 0.0), *still(12)[6:]]
    place = least_telling(moments)
    assert 1 <= place <= len(moments) - 3
    assert all(math.isfinite(each.at) for each in thinned(moments, 5))
