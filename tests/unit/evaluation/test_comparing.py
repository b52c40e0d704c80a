"""Counts of comparisons: as one by one, and the same whatever way the work is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.synthetic.participants import Population
from tests.unit.evaluation._sets import (
    ONE,
    Set,
    draw_by_draw,
    highest_first,
    kept,
    listed,
    pair_by_pair,
    small_sets,
)

from visavis._operating_point import shipped_operating_point
from visavis.evaluation._comparisons import sides
from visavis.evaluation._comparisons.comparing import BINS, GRID, Outcome, compare, in_order
from visavis.evaluation._comparisons.sides import enrolled, presented, unrounded
from visavis.evaluation._comparisons.trials import (
    Draw,
    Plan,
    Trial,
    every_pair,
    one_of_a_capture,
    transactions,
)
from visavis.evaluation._machines.work import LocalWork
from visavis.face import DEFAULT_EMBEDDER
from visavis.types import Template
from visavis.verification import _alike, _cosine

SAMPLE = Population(dimension=128).draw(30, 4, np.random.default_rng(3))
FEW = 3
"""Draws in a small trial: comparing one by one is slow."""


def trials() -> dict[str, Trial]:
    rows = SAMPLE.rows, SAMPLE.person, SAMPLE.people
    rng = np.random.default_rng(5)
    found = {
        "photos": every_pair(*rows),
        "means": transactions(Plan(2, 2), *rows, rng),
        "attempts": transactions(Plan(1, 1, 3), *rows, rng),
        "a capture": one_of_a_capture(*rows, rng),
    }
    return {name: trial for name, trial in found.items() if trial is not None}


TRIALS = trials()


def same(one: Outcome, two: Outcome) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(two, name))
        for name in ("histogram", "genuine", "close")
    )


@settings(max_examples=60, deadline=None)
@given(small_sets(), st.sampled_from([1, 2, 5, 1024]))
def test_every_pair_is_counted_as_by_hand(made: Set, stripe: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "STRIPE", stripe)
        outcome = compare(every_pair(made.rows, made.person, made.people), ONE, floor=-GRID)
    genuine, impostor = pair_by_pair(made)
    assert kept(outcome) == (genuine, impostor)
    counts = np.bincount([at + GRID for at, _, _ in impostor], minlength=BINS)
    assert np.array_equal(outcome.histogram, counts)


@settings(max_examples=40, deadline=None)
@given(
    small_sets(photos=6),
    st.integers(1, 2),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from([1, 2, 1024]),
)
def test_captures_are_counted_as_by_hand(
    made: Set, first: int, second: int, attempts: int, stripe: int
) -> None:
    rng = np.random.default_rng(0)
    plan = Plan(first, second, attempts)
    trial = transactions(plan, made.rows, made.person, made.people, rng)
    if trial is None:
        assert (np.bincount(made.person, minlength=made.people) >= plan.photos).sum() < 2
        return
    trial = replace(trial, draws=trial.draws[:FEW])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "STRIPE", stripe)
        outcome = compare(trial, ONE, floor=-GRID)
    genuine, impostor = draw_by_draw(trial)
    assert kept(outcome) == (genuine, impostor)
    assert outcome.histogram.sum() == len(impostor)


@pytest.mark.parametrize("name", TRIALS)
@pytest.mark.parametrize("stripe", [1, 7, 29])
def test_the_size_of_stripes_changes_nothing(
    name: str, stripe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compare(TRIALS[name], ONE, floor=0)
    monkeypatch.setattr(sides, "STRIPE", stripe)
    assert same(whole, compare(TRIALS[name], LocalWork(2), floor=0))


class Backwards:
    """Gives results in the opposite order."""

    name, parallel = "backwards", 1

    def share(self, value: Any) -> Any:
        return value

    def run(
        self,
        function: Callable[..., Any],
        tasks: Iterable[tuple[Any, ...]],
        *,
        shared: tuple[Any, ...] = (),
    ) -> Iterator[Any]:
        yield from [function(*shared, *task) for task in tasks][::-1]


@pytest.mark.parametrize("name", TRIALS)
def test_the_order_of_results_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "STRIPE", 13)
    trial = TRIALS[name]
    assert same(compare(trial, ONE, floor=-GRID), compare(trial, Backwards(), floor=-GRID))


@pytest.mark.parametrize("name", TRIALS)
@pytest.mark.parametrize("stripe", [8, 1024])
def test_those_at_or_above_the_floor_are_kept(
    name: str, stripe: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides, "STRIPE", stripe)
    every = compare(TRIALS[name], ONE, floor=-GRID)
    bins = np.unique(every.close[:, 0])
    some = int(bins[len(bins) * 9 // 10])
    for floor in (some - 1, some, some + 1, int(bins[-1]), int(bins[-1]) + 1, GRID + 1):
        outcome = compare(TRIALS[name], ONE, floor=floor)
        assert np.array_equal(outcome.close, every.close[every.close[:, 0] >= floor])
        assert np.array_equal(outcome.histogram, every.histogram)
        assert np.array_equal(outcome.genuine, every.genuine)


@pytest.mark.parametrize("name", TRIALS)
def test_progress_adds_up_to_all_comparisons(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "STRIPE", 16)
    done: list[int] = []
    outcome = compare(TRIALS[name], ONE, floor=GRID + 1, progress=done.append)
    assert sum(done) == outcome.histogram.sum() + len(outcome.genuine)
    assert len(done) > 1


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(-GRID, GRID), st.integers(0, 70_000), st.integers(0, 70_000))
        ),
        max_size=4,
    )
)
def test_comparisons_are_put_in_order(parts: list[list[tuple[int, int, int]]]) -> None:
    arrays = [np.array(part, np.int32).reshape(-1, 3) for part in parts]
    joined = [each for part in parts for each in part]
    assert listed(in_order(arrays)) == highest_first(joined)


def test_scores_are_those_of_a_verification() -> None:
    rows, person = SAMPLE.rows, SAMPLE.person
    outcome = compare(TRIALS["photos"], ONE, floor=-GRID)
    assert len(outcome.genuine) == SAMPLE.people * 6
    for at, one, two in outcome.genuine.tolist():
        template = Template.from_features(rows[one], embedder="any", preprocessing="any")
        own = float(template.features() @ rows[two])
        assert at / GRID - 1e-6 <= own < (at + 1) / GRID + 1e-6
    captures = TRIALS["means"]
    trial = replace(captures, draws=captures.draws[:1])
    draw = trial.draws[0]
    assert np.array_equal(draw.enrolled.person, np.unique(person))
    for at, one, two in compare(trial, ONE, floor=-GRID).genuine.tolist():
        # What verification holds: a rounded template, and the mean of a capture.
        template = Template(
            draw.enrolled.values[one].astype(np.int8), embedder="any", preprocessing="any"
        )
        mean = draw.attempts[0].values[two] * draw.attempts[0].unit
        assert_decided(template, mean.astype(np.float32), at)


def assert_decided(template: Template, mean: Any, at: int) -> None:
    point = shipped_operating_point(DEFAULT_EMBEDDER)
    for threshold, accepted in ((at / GRID - 1e-6, True), ((at + 1) / GRID + 1e-6, False)):
        copy = Template(template.reveal().copy(), embedder="any", preprocessing="any")
        assert _alike(copy, mean.copy(), replace(point, match=threshold)) is accepted


def test_scores_within_a_capture_are_those_of_a_verification() -> None:
    rng = np.random.default_rng(8)
    rows = SAMPLE.rows.reshape(SAMPLE.people, -1, SAMPLE.rows.shape[1])
    three = rows[:, :3]
    flat = three.reshape(-1, rows.shape[2])
    person = np.repeat(np.arange(SAMPLE.people, dtype=np.int32), 3)
    trial = one_of_a_capture(flat, person, SAMPLE.people, rng)
    assert trial is not None
    outcome = compare(replace(trial, draws=trial.draws[:1]), ONE, floor=-GRID)
    for at, one, _ in outcome.genuine.tolist():
        capture = three[one]
        own = [_cosine(row, capture.sum(0) - row) for row in capture]
        assert any(at / GRID - 1e-5 <= each < (at + 1) / GRID + 1e-5 for each in own)


@pytest.mark.parametrize("dimension", [2, 128, 512, 4096])
def test_sums_are_exact_however_long_features_are(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    signs = rng.choice([-1.0, 1.0], dimension)
    flat = (signs / np.sqrt(dimension)).astype(np.float32)
    single = np.eye(1, dimension, dtype=np.float32)[0]
    random = rng.normal(size=(4, dimension))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    rows = np.stack([flat, -flat, single, *random]).astype(np.float32)
    person = np.arange(len(rows), dtype=np.int32)
    # The largest template there can be: nothing is longer than all numbers at their limit.
    largest = enrolled(np.tile(10 * flat, (len(rows), 1)), person)
    assert np.abs(largest.values).max() == 127
    for left in (enrolled(rows, person), largest, unrounded(rows, person)):
        right = presented(rows, person)
        assert left.values.dtype == right.values.dtype == np.float64
        products = left.values @ right.values.T
        for one, two in np.ndindex(products.shape):
            exact = sum(
                int(first) * int(second)
                for first, second in zip(left.values[one], right.values[two], strict=True)
            )
            assert abs(exact) < 2**53
            assert products[one, two] == exact


def test_the_same_photo_is_at_the_end_of_the_grid() -> None:
    rows = np.eye(3, dtype=np.float32)[[0, 0, 1, 1]]
    person = np.array([0, 1, 2, 2], np.int32)
    draw = Draw(unrounded(rows, person), (presented(rows, person),))
    trial = Trial(Plan(1, 1), (draw,), pairs=True, rows=np.array([1.0, 1.0, 2.0]))
    outcome = compare(trial, ONE, floor=GRID)
    assert listed(outcome.close) == [(GRID, 0, 1)]
    assert listed(outcome.genuine) == [(GRID, 2, 3)]
    assert outcome.histogram[[GRID, 2 * GRID]].tolist() == [4, 1]


def test_scores_beyond_the_grid_count_at_its_ends() -> None:
    one, person = np.ones((2, 1)), np.array([0, 1], np.int32)
    for sign, end in ((1.5, GRID), (-1.5, -GRID)):
        draw = Draw(sides.Side(one, person, 1.0), (sides.Side(one, person, sign),))
        trial = Trial(Plan(1, 1), (draw,), pairs=True, rows=np.ones(2))
        assert listed(compare(trial, ONE, floor=-GRID).close) == [(end, 0, 1)]


def test_outcomes_show_nothing_about_anybody() -> None:
    outcome = compare(TRIALS["photos"], ONE, floor=-GRID)
    assert "array" not in repr((outcome, TRIALS["photos"]))
