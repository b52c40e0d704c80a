"""Intervals: against resampling by hand, and over many sets whose true rates are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import beta, binom, binomtest, norm, t
from tests.synthetic.participants import Kind, Population
from tests.unit.evaluation._sets import Set, drawn_pairs, listed, measured, small_sets

from visavis.evaluation._comparisons.comparing import GRID
from visavis.evaluation._comparisons.trials import every_pair
from visavis.evaluation._rates import intervals
from visavis.evaluation._rates.intervals import (
    Rate,
    Scope,
    false_match_rate,
    non_match_rate,
    person_rate,
    rate_of_errors,
)

GROUPS = 3
NOBODY = np.zeros((0, 3), np.int32)


@dataclass(frozen=True)
class Scoped:
    """People in groups, some of which count."""

    rows: NDArray[np.float64]
    group: NDArray[np.int64]
    counted: NDArray[np.bool_]
    per_pair: int

    @property
    def scope(self) -> Scope:
        return Scope(self.rows, self.per_pair, self.group, self.counted)

    def counts(self, one: int, two: int) -> bool:
        first, second = self.group[one], self.group[two]
        return first >= 0 and second >= 0 and bool(self.counted[first, second])

    def comparisons(self, one: int, two: int) -> int:
        made = round(self.rows[one] * self.rows[two]) * self.per_pair
        return made if self.counts(one, two) else 0


@st.composite
def scoped(draw: st.DrawFn) -> Scoped:
    people = draw(st.integers(1, 7))
    counted = draw(arrays(np.bool_, (GROUPS, GROUPS)))
    return Scoped(
        draw(arrays(np.float64, people, elements=st.integers(0, 3).map(float))),
        draw(arrays(np.int64, people, elements=st.integers(-1, GROUPS - 1))),
        counted | counted.T,
        draw(st.sampled_from([1, 2, 6])),
    )


@given(scoped())
def test_comparisons_are_those_of_pairs_that_count(made: Scoped) -> None:
    pairs = list(combinations(range(len(made.rows)), 2))
    assert made.scope.comparisons().tolist() == [sum(made.comparisons(*pair) for pair in pairs)]
    assert made.scope.pairs == sum(made.comparisons(*pair) > 0 for pair in pairs)
    present = [pair for pair in pairs if made.rows[pair[0]] and made.rows[pair[1]]]
    close = np.array([(0, *pair) for pair in present], np.int32).reshape(-1, 3)
    assert made.scope.counts(close).tolist() == [made.counts(*pair) for pair in present]


@given(scoped(), st.data())
def test_of_people_drawn_twice_each_counts(made: Scoped, data: st.DataObject) -> None:
    people = made.scope.people
    times = arrays(np.float64, (len(people), 2), elements=st.integers(0, 3).map(float))
    weight = data.draw(times)
    wanted = [
        sum(made.comparisons(people[one], people[two]) for one, two in drawn_pairs(drawn))
        for drawn in weight.T
    ]
    assert made.scope.comparisons(weight).tolist() == wanted


@settings(max_examples=30, deadline=None)
@given(small_sets())
def test_all_comparisons_of_a_trial_are_in_its_scope(made: Set) -> None:
    trial = every_pair(made.rows, made.person, made.people)
    close = measured(trial).curve.outcome.close
    scope = Scope(trial.rows, trial.per_pair)
    assert scope.comparisons().tolist() == [len(close)]
    assert scope.pairs == len({(one, two) for _, one, two in listed(close)})
    assert scope.counts(close).all()


# The bootstrap, by hand.
def bounds(
    shares: list[float], people: int, wrong: int, total: int, together: tuple[float, float]
) -> tuple[float, float]:
    """Return the ends of an interval from shares of errors among people drawn."""
    freedom = max(people - 1, 1)
    tail = norm.cdf(-t.ppf(0.975, freedom) * np.sqrt((freedom + 1) / freedom))
    low, high = np.quantile(shares, [tail, 1 - tail])
    known, worst = together
    errors, trials = wrong / known, total / known
    exact = beta.ppf(0.025, errors, trials - errors + 1)
    if wrong == total:
        return min(low, exact), 1.0
    above = beta.ppf(0.975, errors + 1, trials - errors)
    return min(low, exact), max(high, above, min(1.0, 3 * worst / total))


def bunched(keys: list[int], wrong: int, apart: int, most: float) -> tuple[float, float]:
    """Return how many errors come together, with `keys` in the order in which they go wrong."""
    if apart >= 10:
        return min(most, wrong / apart), min(most, wrong / apart)
    seen: set[int] = set()
    for number, key in enumerate(keys, 1):
        seen.add(key)
        if len(seen) == 10:
            return min(most, number / 10), min(most, number / 10)
    return (min(most, wrong / apart) if apart else most), most


def drawn(people: int, seed: int) -> NDArray[np.float64]:
    return np.concatenate(list(intervals._weights(people, 1, seed)), axis=1).T.astype(float)


@settings(max_examples=15, deadline=None)
@given(small_sets(), st.floats(0.05, 0.95), st.integers(0, 3))
def test_false_matches_are_resampled_with_their_people(
    made: Set, quantile: float, seed: int
) -> None:
    trial = every_pair(made.rows, made.person, made.people)
    close = measured(trial).curve.outcome.close
    assume(len(close))
    threshold = int(np.quantile(close[:, 0], quantile))
    scope = Scope(trial.rows, trial.per_pair)
    rate = false_match_rate(close, threshold, scope, seed)
    compared = Counter((one, two) for _, one, two in listed(close))
    errors = Counter((one, two) for at, one, two in listed(close) if at >= threshold)
    wrong = errors.total()
    assert (rate.errors, rate.comparisons) == (wrong, len(close))
    assert rate.value == wrong / len(close)
    assert rate.method == "bootstrap"
    shares = []
    for weight in drawn(len(scope.people), seed)[:200]:
        pairs = [(scope.people[one], scope.people[two]) for one, two in drawn_pairs(weight)]
        if any(compared[pair] for pair in pairs):
            shares.append(
                sum(errors[pair] for pair in pairs) / sum(compared[pair] for pair in pairs)
            )
    keys = [one * made.people + two for _, one, two in listed(close)]
    together = bunched(keys, wrong, len(errors), len(close) / len(compared))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "DRAWS", 200)
        few = false_match_rate(close, threshold, scope, seed)
    wanted = bounds(shares, len(scope.people), wrong, len(close), together)
    assert (few.low, few.high) == pytest.approx(wanted, abs=1e-9)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 20), max_size=5), min_size=1, max_size=14),
    st.integers(0, 20),
    st.integers(0, 3),
)
def test_non_matches_are_resampled_by_person(
    bins: list[list[int]], threshold: int, seed: int
) -> None:
    everything = sorted((at, person) for person, of_one in enumerate(bins) for at in of_one)
    at = np.array([each for each, _ in everything], np.int32)
    person = np.array([each for _, each in everything], np.int32)
    rate = non_match_rate(at, person, threshold, len(bins), seed)
    people = [of_one for of_one in bins if of_one]
    wrong, total = sum(each < threshold for each, _ in everything), len(everything)
    assert (rate.errors, rate.comparisons) == (wrong, total)
    if not total:
        assert rate == Rate(0, 0, None, 0.0, 1.0, "none")
        return
    failing = sum(any(each < threshold for each in of_one) for of_one in people)
    together = bunched([each for _, each in everything], wrong, failing, total / len(people))
    if not wrong:
        assert rate == Rate(0, total, 0.0, 0.0, min(1.0, 3 * together[1] / total), "rule of three")
        return
    shares = [
        sum(
            weight[one] * sum(each < threshold for each in of_one)
            for one, of_one in enumerate(people)
        )
        / sum(weight[one] * len(of_one) for one, of_one in enumerate(people))
        for weight in drawn(len(people), seed)
    ]
    wanted = bounds(shares, len(people), wrong, total, together)
    assert (rate.low, rate.high) == pytest.approx(wanted, abs=1e-9)
    assert rate.value is not None
    assert rate.low <= rate.value <= rate.high


def test_everybody_is_drawn_as_often_on_average() -> None:
    weight = drawn(50, 1)
    assert weight.shape == (1000, 50)
    assert np.all(weight.sum(1) == 50)
    # 1000 draws of 50 people: each about a thousand times, give or take 32.
    assert np.all(np.abs(weight.sum(0) - 1000) < 5 * 32)
    assert np.array_equal(weight, drawn(50, 1))
    assert not np.array_equal(weight, drawn(50, 2))


def test_draws_are_taken_in_parts_that_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drawn(50, 1)
    monkeypatch.setattr(intervals, "_BLOCK", 333)
    parts = list(intervals._weights(50, 1, 1))
    assert {part.shape for part in parts} == {(50, 6), (50, 4)}
    assert np.array_equal(np.concatenate(parts, axis=1).T, whole)
    assert sum(part.shape[1] for part in intervals._weights(50, 10**12, 1)) == 100


# No errors, few errors, few people.
def spread(errors: int, *, people: int = 100) -> Rate:
    """Return the rate when each of some people fails once in ten times."""
    wrong = np.zeros(people)
    wrong[:errors] = 1.0
    return person_rate(wrong, np.full(people, 10.0), seed=0)


def test_no_errors_show_three_in_as_many_people() -> None:
    assert spread(0) == Rate(0, 1000, 0.0, 0.0, 0.03, "rule of three")
    assert spread(0, people=2) == Rate(0, 20, 0.0, 0.0, 1.0, "rule of three")


def test_no_false_matches_show_three_in_as_many_pairs() -> None:
    scope = Scope(np.full(41, 5.0), 1)
    rate = rate_of_errors(NOBODY, NOBODY, scope, seed=0)
    assert rate == Rate(0, 20_500, 0.0, 0.0, 3 / 820, "rule of three")


def test_no_errors_among_comparisons_that_fail_one_by_one_show_more() -> None:
    scope = Scope(np.full(41, 5.0), 1)
    pairs = list(combinations(range(41), 2))

    def near(each: int) -> NDArray[np.int32]:
        return np.array([(9, *pair) for pair in pairs[:10] for _ in range(each)], np.int32)

    assert rate_of_errors(NOBODY, near(1), scope, seed=0).high == 3 / 20_500
    # The tenth pair's first comparison is the 37th.
    assert rate_of_errors(NOBODY, near(4), scope, seed=0).high == pytest.approx(3 * 3.7 / 20_500)
    # Of nine pairs, not enough is known.
    assert rate_of_errors(NOBODY, near(4)[:36], scope, seed=0).high == 3 / 820


def test_more_errors_have_no_lower_ends() -> None:
    rates = [spread(errors) for errors in range(30)]
    for fewer, more in pairwise(rates[:10]):
        assert fewer.high <= more.high
    # From ten on it is known that people do not fail in all of theirs.
    for fewer, more in pairwise(rates[10:]):
        assert fewer.high < more.high
    assert all(fewer.low <= more.low for fewer, more in pairwise(rates))
    assert rates[3].low < rates[10].low < rates[29].low


def test_few_errors_have_the_exact_limits() -> None:
    # 10 of 1000: 0.0048 to 0.0183; but of people drawn, some had none.
    rate = spread(10)
    assert (rate.low, rate.high) == pytest.approx((0.0048, 0.0183), abs=1e-4)
    # One of 1000, in which the other nine of its person might have failed, too.
    assert spread(1).low == 0.0
    assert spread(1).high == 0.03


def test_errors_of_one_person_say_less_than_those_of_ten() -> None:
    one, ten = np.zeros(100), np.zeros(100)
    one[0], ten[:10] = 10.0, 1.0
    made = np.full(100, 10.0)
    bunch, apart = person_rate(one, made, seed=0), person_rate(ten, made, seed=0)
    assert bunch.value == apart.value == 0.01
    assert bunch.high > 1.5 * apart.high
    assert bunch.low < apart.low


@pytest.mark.parametrize("people", [1, 2, 5, 100])
def test_that_all_fail_shows_no_more_than_that_none_does(people: int) -> None:
    rate = person_rate(np.full(people, 3.0), np.full(people, 3.0), seed=0)
    assert (rate.value, rate.high) == (1.0, 1.0)
    assert rate.low == pytest.approx(0.025 ** (1 / people))


def test_one_person_or_one_pair_of_people_shows_next_to_nothing() -> None:
    alone = person_rate(np.array([5.0]), np.array([10.0]), seed=0)
    assert alone.high - alone.low > 0.9
    close = np.array([(9, 0, 1)] * 5, np.int32)
    pair = rate_of_errors(close, close, Scope(np.array([2.0, 5.0]), 1), seed=0)
    assert (pair.errors, pair.comparisons) == (5, 10)
    assert pair.high - pair.low > 0.9


def test_nothing_compared_is_no_rate() -> None:
    nothing = Rate(0, 0, None, 0.0, 1.0, "none")
    for rows in ([], [4.0], [4.0, 0.0, 0.0]):
        assert rate_of_errors(NOBODY, NOBODY, Scope(np.array(rows), 1), seed=0) == nothing
    apart = Scope(np.ones(3), 1, np.array([0, 0, -1]), np.eye(1, dtype=np.bool_) & False)
    assert false_match_rate(NOBODY, 0, apart, 0) == nothing
    assert person_rate(np.zeros(3), np.zeros(3), seed=0) == nothing
    assert non_match_rate(NOBODY[:, 0], NOBODY[:, 0], 5, 0, seed=0) == nothing


def test_people_without_comparisons_change_nothing() -> None:
    rng = np.random.default_rng(4)
    wrong, made = rng.integers(0, 3, 30).astype(float), np.full(30, 5.0)
    some = person_rate(wrong, made, seed=1)
    padded = np.insert(wrong, [0, 7, 30], 0.0), np.insert(made, [0, 7, 30], 0.0)
    assert person_rate(*padded, seed=1) == some
    trial = every_pair(*_thirty())
    outcome = measured(trial).curve.outcome
    rows, moved = np.insert(trial.rows, [0, 7], 0.0), outcome.close.copy()
    moved[:, 1:] += 1 + (moved[:, 1:] >= 7)
    threshold = int(np.quantile(outcome.close[:, 0], 0.98))
    here = false_match_rate(outcome.close, threshold, Scope(trial.rows, 1), 0)
    assert here.errors > 20
    assert false_match_rate(moved, threshold, Scope(rows, 1), 0) == here


def _thirty() -> tuple[NDArray[np.float32], NDArray[np.int32], int]:
    sample = Population().draw(30, 3, np.random.default_rng(9))
    return sample.rows, sample.person, sample.people


def test_groups_count_by_themselves_and_between() -> None:
    trial = every_pair(*_thirty())
    close = measured(trial).curve.outcome.close
    threshold = int(np.quantile(close[:, 0], 0.95))
    group = np.arange(30) % 3
    group[27:] = -1
    identity = np.eye(3, dtype=np.bool_)
    within, across, both = (
        false_match_rate(close, threshold, Scope(trial.rows, 1, group, counted), 0)
        for counted in (identity, ~identity, identity | True)
    )
    pairs = [(at, group[one], group[two]) for at, one, two in listed(close)]
    inside = [at for at, one, two in pairs if one == two >= 0]
    between = [at for at, one, two in pairs if one != two and min(one, two) >= 0]
    assert (within.errors, within.comparisons) == (
        sum(at >= threshold for at in inside),
        len(inside),
    )
    assert (across.errors, across.comparisons) == (
        sum(at >= threshold for at in between),
        len(between),
    )
    assert both.errors == within.errors + across.errors
    assert both.comparisons == within.comparisons + across.comparisons
    alone = [
        false_match_rate(
            close, threshold, Scope(trial.rows, 1, np.where(group == number, 0, -1)), 0
        )
        for number in range(3)
    ]
    assert sum(each.errors for each in alone) == within.errors
    assert sum(each.comparisons for each in alone) == within.comparisons


def test_a_rate_is_written_as_the_report_has_it() -> None:
    assert Rate(1, 2, 0.5, 0.1, 0.9, "bootstrap").json() == {
        "errors": 1,
        "comparisons": 2,
        "value": 0.5,
        "low": 0.1,
        "high": 0.9,
        "method": "bootstrap",
    }


# Do they hold the truth? Sets of 40 people with five photos each, drawn from populations whose
# true rates are known.
SETS = 200
ALIKE = Population()
UNLIKE = Population((Kind(0.4), Kind(0.4, common=0.3), Kind(0.2, spread=1.0)))
"""Two fifths of them are often taken for each other, and one fifth is often not recognised."""

ENOUGH = int(binom.ppf(0.01, SETS, 0.95))
"""If an interval holds the truth 95 times in 100, it does so less often than this in one of a
hundred runs. The sets are always the same, so it either does or does not."""

Covered = dict[str, tuple[int, int]]


def naive(rate: Rate) -> tuple[float, float]:
    """Return the interval of whoever takes comparisons for independent facts."""
    found = binomtest(rate.errors, rate.comparisons).proportion_ci(method="wilson")
    return found.low, found.high


def covered(population: Population) -> Covered:
    """Return how often intervals hold the truth: ours, and the naive ones."""
    rng = np.random.default_rng(2)
    fmr_at = {fmr: round(population.threshold(fmr) * GRID) for fmr in (1e-2, 1e-3)}
    fnmr_at = {fnmr: round(population.threshold_for_fnmr(fnmr) * GRID) for fnmr in (0.02, 0.05)}
    held: Counter[tuple[str, bool]] = Counter()

    def count(name: str, rate: Rate, truth: float) -> None:
        held[name, True] += rate.low <= truth <= rate.high
        low, high = naive(rate)
        held[name, False] += low <= truth <= high

    for _ in range(SETS):
        sample = population.draw(40, 5, rng)
        trial = every_pair(sample.rows, sample.person, sample.people)
        found = measured(trial)
        outcome, scope = found.curve.outcome, Scope(trial.rows, trial.per_pair)
        for fmr, at in fmr_at.items():
            rate = false_match_rate(outcome.close, at, scope, 0)
            count(f"FMR {fmr}", rate, population.fmr(at / GRID))
        for fnmr, at in fnmr_at.items():
            rate = non_match_rate(outcome.genuine[:, 0], found.person, at, sample.people, 0)
            count(f"FNMR {fnmr}", rate, population.fnmr(at / GRID))
    return {name: (held[name, True], held[name, False]) for name, ours in held if ours}


@pytest.fixture(scope="module")
def alike() -> Covered:
    return covered(ALIKE)


@pytest.fixture(scope="module")
def unlike() -> Covered:
    return covered(UNLIKE)


RATES = ["FMR 0.01", "FMR 0.001", "FNMR 0.02", "FNMR 0.05"]


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("people", ["alike", "unlike"])
def test_intervals_hold_the_true_rate(
    name: str, people: str, request: pytest.FixtureRequest
) -> None:
    assert ENOUGH == 182
    assert request.getfixturevalue(people)[name][0] >= ENOUGH


def test_intervals_over_comparisons_do_not(alike: Covered, unlike: Covered) -> None:
    """The check above can fail: for people who differ, the usual intervals are far from it."""
    for name in ("FMR 0.01", "FMR 0.001", "FNMR 0.05"):
        assert unlike[name][1] < ENOUGH - 20
    assert alike["FMR 0.01"][1] < ENOUGH


@pytest.mark.parametrize("population", [ALIKE, UNLIKE], ids=["alike", "unlike"])
def test_the_formulas_of_true_rates_are_right(population: Population) -> None:
    """Over a large set, shares are the formulas' to within what people differ."""
    sample = population.draw(700, 3, np.random.default_rng(7))
    trial = every_pair(sample.rows, sample.person, sample.people)
    found = measured(trial)
    scope = Scope(trial.rows, trial.per_pair)
    checks: list[tuple[Callable[[int], Rate], Callable[[float], float], float]] = [
        (
            lambda at: false_match_rate(found.curve.outcome.close, at, scope, 0),
            population.fmr,
            population.threshold(1e-2),
        ),
        (
            lambda at: non_match_rate(
                found.curve.outcome.genuine[:, 0], found.person, at, sample.people, 0
            ),
            population.fnmr,
            population.threshold_for_fnmr(0.05),
        ),
    ]
    for measure, truth, threshold in checks:
        at = round(threshold * GRID)
        rate = measure(at)
        assert rate.low < truth(at / GRID) < rate.high
        assert rate.high - rate.low < 0.5 * truth(at / GRID)
    # Kind by kind.
    at = round(population.threshold(1e-2) * GRID)
    for one, kind in enumerate(population.kinds):
        group = np.where(sample.kind == one, 0, -1)
        rate = false_match_rate(found.curve.outcome.close, at, Scope(trial.rows, 1, group), 0)
        assert rate.value == pytest.approx(population.fmr_between(one, one, at / GRID), rel=0.2)
        assert kind.share == pytest.approx((group == 0).mean(), abs=0.06)
