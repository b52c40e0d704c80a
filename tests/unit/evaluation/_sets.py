"""Small sets of people, and what comes of them when every comparison is made by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import floor, sqrt

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from visavis.evaluation._comparisons.comparing import GRID, Outcome, compare
from visavis.evaluation._comparisons.counts import Curve
from visavis.evaluation._comparisons.sides import Side
from visavis.evaluation._comparisons.trials import Trial
from visavis.evaluation._machines.work import LocalWork
from visavis.evaluation._rates.calibration import Measured
from visavis.types import FloatArray

ONE = LocalWork(1)

Comparison = tuple[int, int, int]


@dataclass(frozen=True)
class Set:
    """Rows of unit length, person by person; some people may have none."""

    rows: FloatArray
    person: NDArray[np.int32]
    people: int


@st.composite
def small_sets(draw: st.DrawFn, *, photos: int = 4) -> Set:
    """Return up to nine people with none to some photos each, some of them much alike."""
    counts = draw(st.lists(st.integers(0, photos), min_size=1, max_size=9))
    dimension = draw(st.sampled_from([2, 3, 16]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = (sum(counts), dimension)
    # Coarse numbers make many scores equal, and some photos the same.
    rows = rng.integers(-1, 2, size) + 0.0 if draw(st.booleans()) else rng.normal(size=size)
    rows[~rows.any(axis=1), 0] = 1.0
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    person = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    return Set(rows.astype(np.float32), person, len(counts))


def score(enrolled: FloatArray, verified: FloatArray) -> Fraction:
    """Return the score of two photos, without rounding anything that a pass does not round."""
    step = 4.5 / (127 * sqrt(len(enrolled)))
    rounded = [max(-127, min(127, round(float(each) / step))) for each in enrolled]
    digits = [Fraction(round(float(each) * 2**30), 2**30) for each in verified]
    total = sum((one * two for one, two in zip(rounded, digits, strict=True)), Fraction(0))
    return Fraction(step) * total


def place(score: Fraction) -> int:
    """Return the bin of a score."""
    return floor(max(Fraction(-1), min(Fraction(1), score)) * GRID)


def pair_by_pair(made: Set) -> tuple[list[Comparison], list[Comparison]]:
    """Return comparisons of one person (bin, two rows) and of two (bin, two people)."""
    genuine, impostor = [], []
    for one, two in combinations(range(len(made.person)), 2):
        at = place(score(made.rows[one], made.rows[two]))
        first, second = int(made.person[one]), int(made.person[two])
        if first == second:
            genuine.append((at, one, two))
        else:
            impostor.append((at, first, second))
    return highest_first(genuine), highest_first(impostor)


def draw_by_draw(trial: Trial) -> tuple[list[Comparison], list[Comparison]]:
    """Do the same with captures: the best attempt counts."""
    genuine, impostor = [], []
    for draw in trial.draws:
        people = draw.enrolled.person.tolist()
        for one, two in product(range(len(people)), repeat=2):
            at = max(place(_of_sides(draw.enrolled, one, side, two)) for side in draw.attempts)
            if people[one] == people[two]:
                genuine.append((at, one, two))
            else:
                impostor.append((at, *sorted((people[one], people[two]))))
    return highest_first(genuine), highest_first(impostor)


def _of_sides(enrolled: Side, one: int, presented: Side, two: int) -> Fraction:
    pairs = zip(enrolled.values[one].tolist(), presented.values[two].tolist(), strict=True)
    total = sum(int(first) * int(second) for first, second in pairs)
    return total * Fraction(enrolled.unit) * Fraction(presented.unit)


def highest_first(comparisons: list[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda each: (-each[0], *each[1:]))


def kept(outcome: Outcome) -> tuple[list[Comparison], list[Comparison]]:
    """Return the comparisons of an outcome as the slow ways return them."""
    return listed(outcome.genuine), listed(outcome.close)


def listed(comparisons: NDArray[np.int32]) -> list[Comparison]:
    return [(one, two, three) for one, two, three in comparisons.tolist()]


def measured(trial: Trial) -> Measured:
    """Return a trial with all its comparisons."""
    outcome = compare(trial, ONE, floor=-GRID)
    person = trial.draws[0].enrolled.person[outcome.genuine[:, 1]]
    return Measured(Curve(trial, outcome), -GRID, person)


def drawn_pairs(weight: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Return all pairs of different people among those who were drawn, some of them often."""
    drawn = np.repeat(np.arange(len(weight)), weight.astype(int)).tolist()
    for one, two in combinations(drawn, 2):
        if one != two:
            yield one, two
