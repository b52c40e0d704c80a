"""Error rates at every threshold, against counting by hand and against scikit-learn."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import det_curve
from tests.synthetic.participants import Population
from tests.unit.evaluation._sets import measured

from visavis.evaluation._comparisons.comparing import BINS, GRID, Outcome
from visavis.evaluation._comparisons.counts import Curve, first_places
from visavis.evaluation._comparisons.trials import Plan, Trial, every_pair

# Few different bins, so that many are equal; and the ends of the grid.
AT = st.one_of(st.integers(-3, 3), st.sampled_from([-GRID, GRID]), st.integers(-GRID, GRID))
LISTS = st.lists(AT, min_size=1, max_size=30)
RATES = st.sampled_from([0.0, 1e-6, 0.01, 0.1, 0.3, 1 / 3, 0.5, 0.9, 1.0])

NOTHING = Trial(Plan(1, 1), (), pairs=True, rows=np.zeros(0))


def curve(genuine: list[int], impostor: list[int]) -> Curve:
    """Return the curve of some bins."""
    own = np.zeros((len(genuine), 3), np.int32)
    own[:, 0] = sorted(genuine, reverse=True)
    counts = np.bincount(np.array(impostor, np.int64) + GRID, minlength=BINS)
    return Curve(NOTHING, Outcome(counts, own, np.zeros((0, 3), np.int32)))


def normal(size: int = 4000) -> Curve:
    """Return a curve with far more than 400 steps."""
    rng = np.random.default_rng(1)
    genuine, impostor = rng.normal(0.6, 0.1, size), rng.normal(0.0, 0.15, 20 * size)
    return curve(
        *((scores.clip(-1, 1) * GRID).astype(int).tolist() for scores in (genuine, impostor))
    )


@given(LISTS, LISTS)
def test_rates_are_shares_of_comparisons(genuine: list[int], impostor: list[int]) -> None:
    found = curve(genuine, impostor)
    near = {each + step for each in (*genuine, *impostor) for step in (-1, 0, 1)}
    for at in {-GRID, 0, GRID, GRID + 1} | {each for each in near if abs(each) <= GRID}:
        false_matches = sum(each >= at for each in impostor)
        false_non_matches = sum(each < at for each in genuine)
        assert found.false_matches(at) == false_matches
        assert found.false_non_matches(at) == false_non_matches
        point = found.at(at)
        assert (point.bin, point.fmr, point.fnmr) == (
            at,
            false_matches / len(impostor),
            false_non_matches / len(genuine),
        )


@given(LISTS, LISTS)
def test_rates_are_those_of_scikit_learn(genuine: list[int], impostor: list[int]) -> None:
    found = curve(genuine, impostor)
    fmr, fnmr, thresholds = det_curve(
        [1] * len(genuine) + [0] * len(impostor), [*genuine, *impostor]
    )
    for one, two, threshold in zip(fmr, fnmr, thresholds, strict=True):
        # It also has a point above all scores, at infinity.
        point = found.at(int(min(threshold, GRID + 1)))
        assert (point.fmr, point.fnmr) == pytest.approx((one, two), abs=1e-12)


def test_a_whole_set_has_the_curve_of_scikit_learn() -> None:
    sample = Population().draw(40, 5, np.random.default_rng(2))
    found = measured(every_pair(sample.rows, sample.person, sample.people)).curve
    genuine, impostor = found.outcome.genuine[:, 0], found.outcome.close[:, 0]
    assert (len(genuine), len(impostor)) == (400, 19_500)
    labels = np.repeat([1, 0], [len(genuine), len(impostor)])
    fmr, fnmr, thresholds = det_curve(labels, np.concatenate([genuine, impostor]))
    ours = [found.at(int(min(each, GRID + 1))) for each in thresholds]
    assert [point.fmr for point in ours] == pytest.approx(fmr.tolist(), abs=1e-12)
    assert [point.fnmr for point in ours] == pytest.approx(fnmr.tolist(), abs=1e-12)


@given(LISTS, LISTS, RATES)
def test_a_threshold_is_the_lowest_with_a_rate(
    genuine: list[int], impostor: list[int], fmr: float
) -> None:
    found = curve(genuine, impostor)
    at = found.threshold(fmr)

    def share(threshold: int) -> float:
        return sum(each >= threshold for each in impostor) / len(impostor)

    assert share(at) <= fmr
    # Nothing but the number below the largest share above the rate is lost: a bin.
    assert at == -GRID or share(at - 1) > fmr


def test_a_rate_that_is_just_reached_is_reached() -> None:
    # 0.07 * 100 is 7.000000000000001, and 0.29 * 100 is 28.999999999999996.
    found = curve([0], list(range(100)))
    assert found.false_matches(found.threshold(0.07)) == 7
    assert found.false_matches(found.threshold(0.29)) == 29


@given(LISTS, LISTS)
def test_equal_errors_are_where_rates_come_closest(genuine: list[int], impostor: list[int]) -> None:
    found = curve(genuine, impostor)
    point = found.equal_error()
    steps = {-GRID, *(each for each in (*genuine, *impostor)), *(each + 1 for each in genuine)}
    steps |= {each + 1 for each in impostor}
    apart = {
        at: abs(
            sum(each >= at for each in impostor) * len(genuine)
            - sum(each < at for each in genuine) * len(impostor)
        )
        for at in steps
    }
    least = min(apart.values())
    assert apart[point.bin] == least
    assert point == found.at(point.bin)


def test_of_equally_close_rates_the_lowest_threshold_counts() -> None:
    assert curve([20, 30], [0, 10]).equal_error().bin == 11
    assert curve([20, 30], [0, 10]).equal_error().fmr == 0.0
    overlapping = curve([10, 20, 30, 40], [0, 5, 10, 15]).equal_error()
    assert (overlapping.bin, overlapping.fmr, overlapping.fnmr) == (11, 0.25, 0.25)


@given(LISTS, LISTS)
def test_every_step_of_a_small_curve_is_drawn(genuine: list[int], impostor: list[int]) -> None:
    found = curve(genuine, impostor)
    points = found.det()
    steps = {-GRID, *(min((each // 64 + 1) * 64, GRID + 1) for each in genuine + impostor)}
    assert [point.bin for point in points] == sorted(steps)
    assert all(point == found.at(point.bin) for point in points)
    assert (points[0].fmr, points[0].fnmr) == (1.0, 0.0)
    assert (points[-1].fmr, points[-1].fnmr) == (0.0, 1.0)


def test_a_large_curve_is_drawn_with_points_of_its_own() -> None:
    found = normal()
    points = found.det()
    assert 250 <= len(points) <= 400
    bins = [point.bin for point in points]
    assert bins == sorted(set(bins))
    assert all(point == found.at(point.bin) for point in points)
    assert (points[0].fmr, points[0].fnmr) == (1.0, 0.0)
    assert (points[-1].fmr, points[-1].fnmr) == (0.0, 1.0)
    # Between neighbours no rate changes by much, unless it changes at once.
    counts = np.array([[found.false_matches(each), found.false_non_matches(each)] for each in bins])
    logs = np.log10(np.maximum(counts, 0.5))
    way = np.abs(np.diff(logs, axis=0)).sum(1)
    at_once = [
        np.abs(np.log10(max(found.false_matches(each - 64), 0.5)) - logs[number + 1, 0])
        + np.abs(np.log10(max(found.false_non_matches(each - 64), 0.5)) - logs[number + 1, 1])
        for number, each in enumerate(bins[1:])
    ]
    assert np.all(way <= 2.01 * way.sum() / 399 + np.array(at_once))


@given(LISTS, st.lists(AT, max_size=30))
def test_no_comparison_is_lost_in_a_histogram(genuine: list[int], impostor: list[int]) -> None:
    edges, own, others = curve(genuine, impostor).histogram()
    assert len(edges) - 1 == len(own) == len(others) <= 120
    assert np.allclose(np.diff(edges), edges[1] - edges[0])
    for made, counts in ((genuine, own), (impostor, others)):
        wanted = np.zeros(len(counts), int)
        for each in made:
            wanted[bisect_left([edge * GRID for edge in edges], each + 0.5) - 1] += 1
        assert counts == wanted.tolist()
        assert sum(counts) == len(made)


def test_without_comparisons_of_two_people_nothing_is_shown() -> None:
    found = curve([1, 2, 3], [])
    assert not found.shows(0.5)
    assert found.at(0).fmr == 0.0
    assert found.threshold(0.01) == -GRID
    assert [point.fnmr for point in found.det()] == [0.0, 1.0]


def test_all_scores_may_be_equal() -> None:
    found = curve([7] * 4, [7] * 6)
    assert [(each.bin, each.fmr, each.fnmr) for each in found.det()] == [
        (-GRID, 1.0, 0.0),
        (64, 0.0, 1.0),  # on a coarse grid: the exact place would be a single score
    ]
    assert found.threshold(0.99) == 8
    assert found.threshold(1.0) == -GRID
    assert found.histogram()[1:] == ([4], [6])


def test_everybody_may_be_less_like_themselves_than_like_others() -> None:
    found = curve([0, 1], [10, 11])
    at = found.threshold(0.01)
    assert (at, found.at(at).fnmr) == (12, 1.0)
    point = found.equal_error()
    assert (point.fmr, point.fnmr) == (1.0, 1.0)


@pytest.mark.parametrize(("impostor", "shown"), [(300, True), (299, False), (3000, True)])
def test_a_rate_is_shown_from_three_expected_errors_on(impostor: int, *, shown: bool) -> None:
    assert curve([0], [0] * impostor).shows(0.01) is shown


@settings(max_examples=50)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(0, 30))
def test_the_first_place_with_no_more_than_so_many(steps: list[int], most: int) -> None:
    falling = np.append(np.cumsum(np.array(steps)[::-1])[::-1], 0)
    places = first_places(falling, np.array([most, 0]))
    for place, each in zip(places.tolist(), (most, 0), strict=True):
        assert falling[place] <= each
        assert all(falling[:place] > each)
