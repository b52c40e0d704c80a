"""Rates of presentations, worked out by hand; and intervals over sets whose true rate is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta
from tests.unit.evaluation._pad import shown

from visavis.evaluation._presentations.judging import ACCEPTED, SUSPECTED, UNDECIDED
from visavis.evaluation._presentations.rates import (
    STRICTNESS,
    USUAL,
    at_target,
    curve,
    share,
    worst,
)

NEVER, ALWAYS = 0.1, 9.0


def test_the_usual_strictness_is_in_the_middle_of_factors_from_a_quarter_to_four() -> None:
    assert len(STRICTNESS) == 33
    assert (STRICTNESS[0], STRICTNESS[USUAL], STRICTNESS[-1]) == (0.25, 1.0, 4.0)
    assert USUAL == 16
    factors = np.divide(STRICTNESS[1:], STRICTNESS[:-1])
    assert np.allclose(factors, 2 ** (1 / 8))


def test_answers_are_counted_with_their_reasons() -> None:
    found = shown([1.0, 0.5, None], [2.0], [None, 0.9, 4.0]).counts(seed=0)
    assert found["presentations"] == 7
    assert found["people"] == 3
    assert found["accepted"] == 3
    assert found["suspected"] == {"flat": 2}
    assert found["undecided"] == {"no_turn": 2}
    assert (found["nonresponse"]["count"], found["nonresponse"]["of"]) == (2, 7)


def test_a_rate_is_the_share_of_one_answer_or_of_all_others() -> None:
    presented = shown([1.0, 0.5, None], [2.0, 2.0])
    for answer, count in ((ACCEPTED, 3), (SUSPECTED, 1), (UNDECIDED, 1)):
        rate = presented.rate(answer, 0)
        assert (rate["count"], rate["of"], rate["value"]) == (count, 5, count / 5)
        others = presented.rate(answer, 0, but=True)
        assert (others["count"], others["value"]) == (5 - count, 1 - count / 5)
    stricter = presented.rate(ACCEPTED, 0, step=STRICTNESS.index(2.0))
    assert stricter["count"] == 2


def test_none_of_fifty_people_leaves_three_of_fifty_possible() -> None:
    rate = shown(*[[NEVER]] * 50).rate(ACCEPTED, 0)
    assert rate["method"] == "rule of three"
    assert (rate["count"], rate["of"], rate["value"], rate["low"]) == (0, 50, 0.0, 0.0)
    assert rate["high"] == pytest.approx(3 / 50)


def test_more_recordings_of_the_same_people_prove_no_more() -> None:
    one, five = (shown(*[[NEVER] * each] * 10).rate(ACCEPTED, 0) for each in (1, 5))
    assert five["of"] == 5 * one["of"]
    assert one["high"] == five["high"] == pytest.approx(3 / 10)
    all_one, all_five = (shown(*[[ALWAYS] * each] * 10).rate(ACCEPTED, 0) for each in (1, 5))
    assert all_one["low"] == pytest.approx(all_five["low"])


def test_all_of_ten_people_are_an_exact_interval_of_people() -> None:
    rate = shown(*[[ALWAYS] * 4] * 10).rate(ACCEPTED, 0)
    assert rate["method"] == "exact"
    assert (rate["value"], rate["high"]) == (1.0, 1.0)
    assert rate["low"] == pytest.approx(0.025**0.1)


def test_two_people_without_an_error_say_nothing() -> None:
    assert shown([NEVER] * 100, [NEVER] * 100).rate(ACCEPTED, 0)["high"] == 1.0


def test_an_interval_of_independent_errors_is_never_narrower_than_the_exact_one() -> None:
    presented = shown(*[[ALWAYS]] * 12, *[[NEVER]] * 28)
    rate = presented.rate(ACCEPTED, 0)
    assert rate["method"] == "bootstrap"
    assert rate["value"] == 0.3
    assert rate["low"] <= beta.ppf(0.025, 12, 29)
    assert rate["high"] >= beta.ppf(0.975, 13, 28)
    assert 0.1 < rate["low"] < 0.3 < rate["high"] < 0.55


def test_errors_that_keep_to_a_few_people_make_an_interval_wider() -> None:
    spread = shown(*[[ALWAYS] + [NEVER] * 3] * 20).rate(ACCEPTED, 0)
    kept = shown(*[[ALWAYS] * 4] * 5, *[[NEVER] * 4] * 15).rate(ACCEPTED, 0)
    assert spread["value"] == kept["value"] == 0.25
    assert kept["low"] < spread["low"] < spread["high"] < kept["high"]


@pytest.mark.parametrize(
    ("rate", "alike"), [(0.02, 0.0), (0.1, 0.0), (0.1, 0.5), (0.4, 0.5), (0.9, 0.8)]
)
def test_intervals_hold_the_true_rate_as_often_as_they_say(rate: float, alike: float) -> None:
    """People differ: with `alike` at 0, recordings of one are independent; at 1, all the same."""
    rng = np.random.default_rng(7)
    people, each, sets = 25, 4, 150
    person = np.repeat(np.arange(people), each)
    held = 0
    for _ in range(sets):
        own = np.repeat(rng.random(people) < rate, each)
        hit = np.where(rng.random(len(person)) < alike, own, rng.random(len(person)) < rate)
        found = share(hit, person, seed=0)
        held += found["low"] <= rate <= found["high"]
    # With 95 in 100, 136 or fewer of 150 would come about twice in 100 times.
    assert held >= 137


def test_the_worst_class_is_the_one_that_is_accepted_most() -> None:
    classes = [
        {"class": "print", "apcer": {"value": 0.1, "high": 0.9}},
        {"class": "mask", "apcer": {"value": 0.2, "high": 0.3}},
    ]
    assert worst(classes) == classes[1]
    assert worst([]) is None


def test_of_classes_alike_the_one_that_is_known_least_is_the_worst() -> None:
    classes = [
        {"class": "print", "apcer": {"value": 0.0, "high": 0.06}},
        {"class": "mask", "apcer": {"value": 0.0, "high": 0.6}},
    ]
    assert worst(classes) == classes[1]


def test_the_curve_counts_each_strictness() -> None:
    attacks = {"print": shown([0.3, 0.3, 1.0, 2.0]), "mask": shown([0.2, 0.2], [0.2, 4.0])}
    found = curve(attacks, shown([0.5, 1.0, None, 4.0]))
    places = {factor: place for place, factor in enumerate(found["strictness"])}
    for factor, printed, masked, turned_away in (
        (0.25, 1.0, 0.25, 0.25),
        (0.5, 0.5, 0.25, 0.25),
        (1.0, 0.5, 0.25, 0.5),
        (2.0, 0.25, 0.25, 0.75),
        (4.0, 0.0, 0.25, 0.75),
    ):
        place = places[factor]
        assert found["apcer"]["print"][place] == printed
        assert found["apcer"]["mask"][place] == masked
        assert found["apcer_worst"][place] == max(printed, masked)
        assert found["bpcer"][place] == turned_away


def test_bpcer_is_told_at_the_laxest_strictness_that_holds_every_class_down() -> None:
    # 7 of 100 may be accepted: 93 of the mask go at 0.5 * 2 ** (1 / 8), 8 others at 2.
    mask = shown([0.5] * 92, [1.99] * 8)
    screen = shown([NEVER] * 50, [1.2] * 3, [NEVER] * 47)
    honest = shown([4.0] * 7, [1.5] * 2, [None])
    found = at_target({"mask": mask, "screen": screen}, honest, seed=0)
    assert found["reached"] == "somewhere"
    assert found["strictness"] == 2.0
    assert (found["apcer"]["count"], found["bpcer"]["count"], found["bpcer"]["of"]) == (0, 3, 10)


def test_exactly_seven_of_a_hundred_is_low_enough() -> None:
    found = at_target({"mask": shown([NEVER] * 93, [9.0] * 7)}, None, seed=0)
    assert (found["reached"], found["strictness"]) == ("everywhere", 0.25)
    assert (found["class"], found["apcer"]["count"], found["bpcer"]) == ("mask", 7, None)


def test_eight_of_a_hundred_at_every_strictness_is_too_many() -> None:
    found = at_target({"mask": shown([NEVER] * 92, [9.0] * 8)}, shown([9.0], [9.0]), seed=0)
    assert found["reached"] == "never"
    assert found["bpcer"] is found["strictness"] is None


def test_a_dip_that_does_not_last_is_chance() -> None:
    mask = shown([NEVER] * 50, [1.0] * 50)
    mask.answers[:, STRICTNESS.index(0.5)] = SUSPECTED
    found = at_target({"mask": mask}, None, seed=0)
    assert found["strictness"] == STRICTNESS[USUAL + 1]


def test_without_attacks_nothing_is_known_of_the_target() -> None:
    assert at_target({}, shown([1.0], [1.0]), seed=0)["reached"] == "unknown"
    assert curve({}, None)["apcer_worst"] is None
