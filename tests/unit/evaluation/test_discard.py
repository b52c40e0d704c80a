"""Error-versus-discard curves against a count over every order, one comparison at a time."""

from __future__ import annotations

import json
import time
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.evaluation._rates.discard import SHARES, components, discard_curve

# Fewer than twenty comparisons say nothing, so most lists are longer.
COMPARISONS = st.one_of(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=0, max_size=25),
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=40, max_size=120),
)


def slow(quality: list[float], failed: list[bool], share: float) -> float | None:
    """Every comparison takes its part of what is discarded, the worst first, equals alike."""
    wanted, left, errors = share * len(quality), float(len(quality)), float(sum(failed))
    if len(quality) - wanted < 20:
        return None
    for level in sorted(set(quality)):
        equal = [place for place, value in enumerate(quality) if value == level]
        part = min(1.0, wanted / len(equal))
        for place in equal:
            left -= part
            errors -= part * failed[place]
        wanted -= part * len(equal)
    return errors / left


@given(COMPARISONS)
def test_as_counted_one_by_one(made: list[tuple[int, bool]]) -> None:
    quality, failed = [float(q) for q, _ in made], [f for _, f in made]
    curve = discard_curve(np.array(quality), np.array(failed, dtype=bool))
    assert len(curve) == len(SHARES)
    for share, point in zip(SHARES, curve, strict=True):
        wanted = slow(quality, failed, share)
        assert (point is None) == (wanted is None)
        if point is not None:
            assert point == pytest.approx(wanted, abs=1e-12)
            assert 0 <= point <= 1


def test_equals_count_as_the_mean_over_every_order() -> None:
    # Five of equal quality and twenty better ones; discarding four takes four of the five.
    tied, better = [True, True, False, False, False], [True] * 3 + [False] * 17
    means = []
    for order in permutations(tied):
        kept = list(order)[4:] + better
        means.append(sum(kept) / len(kept))
    quality = np.array([0.1] * 5 + [0.5] * 20)
    (point,) = discard_curve(quality, np.array(tied + better), [4 / 25])
    assert point == pytest.approx(sum(means) / len(means))


@given(COMPARISONS, st.randoms(use_true_random=False))
def test_order_does_not_matter(made: list[tuple[int, bool]], random: Any) -> None:
    mixed = random.sample(made, len(made))
    curves = [
        discard_curve(
            np.array([q for q, _ in each], dtype=float), np.array([f for _, f in each], dtype=bool)
        )
        for each in (made, mixed)
    ]
    assert curves[0] == curves[1]


def test_begins_with_the_fnmr_and_stops_at_half() -> None:
    quality, failed = np.arange(100.0), np.arange(100) < 10
    curve = discard_curve(quality, failed)
    assert SHARES[0] == 0
    assert SHARES[-1] == 0.5
    assert curve[0] == 0.1
    assert curve[1] == pytest.approx(5 / 95)
    assert curve[2:] == [0.0] * 9


def test_quality_that_foretells_nothing_is_a_level_line() -> None:
    curve = discard_curve(np.full(1000, 0.3), np.arange(1000) % 10 == 0)
    assert curve == pytest.approx([0.1] * len(SHARES))


def test_too_few_left_says_nothing() -> None:
    assert discard_curve(np.arange(19.0), np.zeros(19, dtype=bool)) == [None] * len(SHARES)
    curve = discard_curve(np.arange(25.0), np.zeros(25, dtype=bool))
    assert curve[:5] == [0.0] * 5  # 25 less a fifth is 20
    assert curve[5:] == [None] * 6


@given(
    st.integers(2, 12).flatmap(
        lambda photos: st.tuples(
            st.lists(
                st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=photos, max_size=photos
            ),
            st.lists(
                st.tuples(st.integers(0, photos - 1), st.integers(0, photos - 1), st.booleans()),
                min_size=30,
                max_size=80,
            ),
        )
    )
)
def test_components_take_the_lower_of_two_photos(
    made: tuple[list[tuple[int, int]], list[tuple[int, int, bool]]],
) -> None:
    photos, pairs = made
    quality = np.array(photos, dtype=np.float32)
    first = np.array([i for i, _, _ in pairs], dtype=np.int32)
    second = np.array([j for _, j, _ in pairs], dtype=np.int32)
    failed = np.array([f for _, _, f in pairs], dtype=bool)
    entries = components(quality, ("sharpness", "light"), first, second, failed)
    json.dumps(entries, allow_nan=False)
    assert [entry["component"] for entry in entries] == ["sharpness", "light"]
    for place, entry in enumerate(entries):
        lower = [min(photos[i][place], photos[j][place]) for i, j, _ in pairs]
        assert entry["discard"] == {
            "share": list(SHARES),
            "fnmr": discard_curve(np.array(lower, dtype=float), failed),
        }
        assert sum(entry["counts"]) == len(photos)
        assert len(entry["edges"]) == len(entry["counts"]) + 1
        assert entry["edges"] == sorted(entry["edges"])


def test_one_bad_photo_makes_a_bad_comparison() -> None:
    # A bad photo 0 fails against each of twenty good ones, which succeed among themselves.
    quality = np.array([[0.1]] + [[0.9]] * 20, dtype=np.float32)
    first = np.array([0] * 20 + list(range(1, 20)) + [20], dtype=np.int32)
    second = np.array(list(range(1, 21)) + list(range(2, 21)) + [1], dtype=np.int32)
    (entry,) = components(quality, ("sharpness",), first, second, first == 0)
    assert entry["discard"]["fnmr"][0] == 0.5
    assert entry["discard"]["fnmr"][-1] == 0
    assert entry["counts"][0] == 1
    assert entry["counts"][-1] == 20


def test_no_photos_at_all() -> None:
    nothing = np.zeros(0, dtype=np.int32)
    (entry,) = components(
        np.zeros((0, 1), dtype=np.float32), ("size",), nothing, nothing, np.zeros(0, dtype=bool)
    )
    assert sum(entry["counts"]) == 0
    assert entry["discard"]["fnmr"] == [None] * len(SHARES)


def test_two_million_comparisons_in_two_seconds() -> None:
    generator = np.random.default_rng(0)
    quality = generator.random((50_000, 6), dtype=np.float32)
    first, second = generator.integers(0, 50_000, (2, 2_000_000), dtype=np.int32)
    failed = generator.random(2_000_000) < 0.02
    started = time.process_time()
    entries = components(quality, tuple("abcdef"), first, second, failed)
    assert time.process_time() - started < 2
    assert len(entries) == 6
