"""What is drawn for a trial: disjoint photos, their plain means, and the same ones every time."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from visavis.evaluation._comparisons.sides import Side
from visavis.evaluation._comparisons.trials import (
    MOST_DRAWS,
    Draw,
    Plan,
    Trial,
    every_pair,
    one_of_a_capture,
    plan,
    transactions,
)

COUNTS = st.lists(st.integers(0, 12), min_size=1, max_size=9)


def numbered(counts: list[int]) -> tuple[NDArray[np.float32], NDArray[np.int32], int]:
    """Return photos each of which points in a direction of its own: a mean tells what is in it."""
    person = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return np.eye(len(person), dtype=np.float32), person, len(counts)


def photos(side: Side) -> list[set[int]]:
    """Return which photos each row of a side is made of."""
    return [set(np.flatnonzero(row).tolist()) for row in side.values]


def drawn(trial: Trial | None) -> list[Draw]:
    assert trial is not None
    return list(trial.draws)


@pytest.mark.parametrize(
    ("photos", "attempts", "wanted"),
    [
        (2, 1, None),
        (3, 1, (2, 1)),
        (4, 1, (2, 2)),
        (5, 1, (3, 2)),
        (6, 1, (3, 3)),
        (40, 1, (3, 3)),
        (3, 3, None),
        (4, 3, (1, 1)),
        (5, 3, (2, 1)),
        (7, 3, (3, 1)),
        (8, 3, (2, 2)),
        (10, 3, (3, 2)),
        (12, 3, (3, 3)),
    ],
)
def test_a_plan_takes_as_many_photos_as_there_are(
    photos: int, attempts: int, wanted: tuple[int, int] | None
) -> None:
    found = plan(np.full(9, photos), Plan(3, 3), attempts)
    assert found == (None if wanted is None else Plan(*wanted, attempts))


@given(COUNTS, st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_no_larger_plan_can_be_followed_by_most(
    counts: list[int], enrolled: int, verified: int, attempts: int
) -> None:
    several = [each for each in counts if each > 1]
    every = [
        Plan(one, two, attempts)
        for one, two in product(range(1, enrolled + 1), range(1, verified + 1))
    ]
    possible = [
        one
        for one in every
        if one.photos > 2 and sum(each >= one.photos for each in several) > len(several) / 2
    ]
    found = plan(np.array(counts), Plan(enrolled, verified), attempts)
    if found is None:
        assert not possible
        return
    assert found in possible
    for other in possible:
        assert min(other.enrolled, other.verified) <= min(found.enrolled, found.verified)
        larger = other.enrolled >= found.enrolled and other.verified >= found.verified
        assert other == found or not larger


def test_two_people_with_different_numbers_of_photos_have_a_plan_for_both() -> None:
    counts = [3, 10]
    found = plan(np.array(counts), Plan(3, 3))
    assert found == Plan(2, 1)
    trial = transactions(found, *numbered(counts), np.random.default_rng(0))
    assert trial is not None
    assert trial.rows.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("counts", [[], [0], [1, 1, 0, 1]])
def test_there_is_no_plan_where_nobody_has_several_photos(counts: list[int]) -> None:
    assert plan(np.array(counts, np.int64), Plan(3, 3)) is None
    if counts:
        assert one_of_a_capture(*numbered(counts), np.random.default_rng(0)) is None


def test_names_say_how_many() -> None:
    assert Plan(3, 2).name == "3-2"
    assert Plan(3, 2, 3).name == "3-2, 3 attempts"
    assert Plan(3, 2, 3).photos == 9


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 9))
def test_photos_of_a_transaction_are_different_ones_of_one_person(
    counts: list[int], enrolled: int, verified: int, attempts: int, seed: int
) -> None:
    rows, person, people = numbered(counts)
    chosen = Plan(enrolled, verified, attempts)
    trial = transactions(chosen, rows, person, people, np.random.default_rng(seed))
    able = [one for one, count in enumerate(counts) if count >= chosen.photos]
    if len(able) < 2:
        assert trial is None
        return
    assert trial is not None
    assert trial.rows.tolist() == [float(one in able) for one in range(people)]
    assert not trial.pairs
    assert trial.per_pair == 2 * len(trial.draws)
    for draw in trial.draws:
        assert len(draw.attempts) == attempts
        taken = [photos(side) for side in (draw.enrolled, *draw.attempts)]
        for side in (draw.enrolled, *draw.attempts):
            assert side.person.tolist() == able
        for one, parts in zip(able, zip(*taken, strict=True), strict=True):
            assert [len(part) for part in parts] == [enrolled, *[verified] * attempts]
            union = set().union(*parts)
            assert len(union) == chosen.photos
            assert all(person[photo] == one for photo in union)


def test_what_is_compared_are_plain_means() -> None:
    """The mean of three photos that differ is shorter than each: it is not made longer again."""
    trial = transactions(Plan(3, 2, 2), *numbered([7, 7, 7]), np.random.default_rng(1))
    for draw in drawn(trial):
        lengths = np.linalg.norm(draw.enrolled.values * draw.enrolled.unit, axis=1)
        # Rounded as a pass rounds, and cut off at 4.5 / sqrt(21).
        assert lengths == pytest.approx(np.full(3, 1 / np.sqrt(3)), abs=0.01)
        for side in draw.attempts:
            assert set((side.values * side.unit).ravel().tolist()) == {0.0, 0.5}


def test_every_photo_is_drawn_sooner_or_later() -> None:
    trial = transactions(Plan(1, 1), *numbered([4, 4]), np.random.default_rng(2))
    draws = drawn(trial)
    assert len(draws) == MOST_DRAWS
    for sides in ([draw.enrolled for draw in draws], [draw.attempts[0] for draw in draws]):
        seen = [photo for side in sides for each in photos(side) for photo in each]
        # 35 draws of one of four photos: about nine times each.
        assert np.bincount(seen, minlength=8).min() >= 3


@pytest.mark.parametrize(("people", "wanted"), [(2, 35), (239, 35), (500, 8), (1500, 1)])
def test_the_more_people_the_fewer_draws(people: int, wanted: int) -> None:
    person = np.repeat(np.arange(people, dtype=np.int32), 3)
    rows = np.tile(np.eye(3, dtype=np.float32), (people, 1))
    for trial in (
        transactions(Plan(2, 1), rows, person, people, np.random.default_rng(0)),
        one_of_a_capture(rows, person, people, np.random.default_rng(0)),
    ):
        assert len(drawn(trial)) == wanted


@pytest.mark.parametrize(("counts", "others"), [([3, 3, 5], 2), ([2, 2, 2], 1), ([9, 1, 9, 2], 2)])
def test_one_photo_is_held_against_others_of_its_capture(counts: list[int], others: int) -> None:
    rows, person, people = numbered(counts)
    trial = one_of_a_capture(rows, person, people, np.random.default_rng(3))
    assert trial is not None
    assert trial.plan == Plan(1, others)
    able = [one for one, count in enumerate(counts) if count > others]
    assert trial.rows.tolist() == [float(one in able) for one in range(people)]
    for draw in trial.draws:
        (rest,) = draw.attempts
        assert draw.enrolled.person.tolist() == rest.person.tolist() == able
        for one, alone, mean in zip(able, photos(draw.enrolled), photos(rest), strict=True):
            assert (len(alone), len(mean), len(alone | mean)) == (1, others, 1 + others)
            assert all(person[photo] == one for photo in alone | mean)
        # As in a verification, the mean of the others counts as a direction.
        lengths = np.linalg.norm(rest.values * rest.unit, axis=1)
        assert lengths == pytest.approx(np.ones(len(able)), abs=1e-8)


def test_nobody_is_compared_with_one_other_person_only_in_name() -> None:
    rng = np.random.default_rng(0)
    assert transactions(Plan(1, 1), *numbered([5, 1, 1]), rng) is None
    assert one_of_a_capture(*numbered([5, 1, 1]), rng) is None


def test_the_same_seed_draws_the_same_photos() -> None:
    def taken(seed: int) -> list[list[set[int]]]:
        rng = np.random.default_rng(seed)
        draws = drawn(transactions(Plan(2, 2), *numbered([6] * 5), rng))
        draws += drawn(one_of_a_capture(*numbered([6] * 5), rng))
        return [photos(side) for draw in draws for side in (draw.enrolled, *draw.attempts)]

    assert taken(1) == taken(1)
    assert taken(1) != taken(2)


def test_every_pair_has_every_photo_on_both_sides() -> None:
    rows, person, people = numbered([2, 0, 3])
    trial = every_pair(rows, person, people)
    (draw,) = trial.draws
    assert trial.pairs
    assert trial.per_pair == 1
    assert trial.plan == Plan(1, 1)
    assert trial.rows.tolist() == [2.0, 0.0, 3.0]
    for side in (draw.enrolled, *draw.attempts):
        assert photos(side) == [{0}, {1}, {2}, {3}, {4}]
        assert np.array_equal(side.person, person)
