"""Compares stripes of rows with stripes of rows and counts what comes out.

Scores are put on a grid of 1/65536 at once. What is kept of the comparisons of different people
is a histogram, and for those at or above a floor, who the two are (two numbers); of each person
with themselves, the place on the grid. All of it is whole numbers: sums do not depend on the
order, so threads, machines and block sizes change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.sides import Side
from visavis.evaluation._comparisons.trials import Trial
from visavis.evaluation._machines.work import Work

__all__ = ["BINS", "GRID", "Ints", "Outcome", "compare"]

GRID: Final = 65536
"""Thresholds are multiples of one part in this."""

BINS: Final = 2 * GRID + 1
"""Places on the grid, from -1 to 1."""

Ints = NDArray[np.int64]
Small = NDArray[np.int32]


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What came of comparing two stripes, or all of them.

    Attributes:
        histogram: shape (BINS,): comparisons of two different people by bin.
        genuine: shape (m, 3): bin, first row, second row of comparisons of one person.
        close: shape (k, 3): bin and the two people, the smaller number first, of comparisons of
            different people at or above the floor.

    """

    histogram: Ints
    genuine: Small
    close: Small


@dataclass(frozen=True, slots=True, repr=False)
class _Part:
    """Two stripes to compare."""

    first: int
    second: int
    pairs: bool
    floor: int


def compare(
    trial: Trial,
    work: Work,
    *,
    floor: int,
    progress: Callable[[int], None] = lambda _done: None,
) -> Outcome:
    """Make all comparisons of a trial.

    Args:
        trial: what is compared with what.
        work: threads or machines.
        floor: bin from which comparisons of different people are kept one by one.
        progress: told how many comparisons are done since it was told last.

    """
    histogram = np.zeros(BINS, np.int64)
    genuine, close = [], []
    sizes = _sizes(trial)
    for size, (lowest, counts, own, near) in zip(
        sizes, work.run(_compare_stripes, _tasks(trial, work, floor)), strict=True
    ):
        histogram[lowest : lowest + len(counts)] += counts
        genuine.append(own)
        close.append(near)
        progress(size)
    return Outcome(histogram, in_order(genuine), in_order(close))


def _tasks(trial: Trial, work: Work, floor: int) -> Iterator[tuple[Any, ...]]:
    for draw in trial.draws:
        left = [(start, work.share(stripe)) for start, stripe in draw.enrolled.stripes()]
        right: list[tuple[int, list[Any]]] = []
        for parts in zip(*(side.stripes() for side in draw.attempts), strict=True):
            right.append((parts[0][0], [work.share(part) for _, part in parts]))
        for first, rows in left:
            for second, columns in right:
                if not (trial.pairs and second < first):
                    yield (_Part(first, second, trial.pairs, floor), rows, *columns)


def _sizes(trial: Trial) -> Iterator[int]:
    for draw in trial.draws:
        rows = [(start, len(stripe.person)) for start, stripe in draw.enrolled.stripes()]
        for first, height in rows:
            for second, width in rows:
                if not trial.pairs or second > first:
                    yield height * width
                elif second == first:
                    yield height * (height - 1) // 2


def _compare_stripes(part: _Part, rows: Side, *attempts: Side) -> tuple[int, Ints, Small, Small]:
    """Return the first bin of a histogram, the histogram, and the comparisons that are kept."""
    bins = _bins(rows, attempts)
    people, others = rows.person, attempts[0].person
    wanted = _wanted(part, bins.shape)
    # Rows are in the order of people: only stripes that overlap hold anybody twice.
    genuine = np.zeros((0, 3), np.int32)
    if people[-1] >= others[0] and others[-1] >= people[0]:
        same = people[:, None] == others[None, :]
        i, j = np.nonzero(same if wanted is None else same & wanted)
        genuine = _three(bins[i, j] - GRID, i + part.first, j + part.second)
        wanted = ~same if wanted is None else wanted & ~same
    chosen = bins.ravel() if wanted is None else bins[wanted]
    if not chosen.size:
        return 0, np.zeros(0, np.int64), genuine, np.zeros((0, 3), np.int32)
    lowest = int(chosen.min())
    histogram = np.bincount(chosen - lowest)
    close = np.zeros((0, 3), np.int32)
    if lowest + len(histogram) > part.floor + GRID:
        high = bins >= part.floor + GRID
        i, j = np.nonzero(high if wanted is None else high & wanted)
        one, two = people[i], others[j]
        close = _three(bins[i, j] - GRID, np.minimum(one, two), np.maximum(one, two))
    return lowest, histogram, genuine, close


def _bins(rows: Side, attempts: tuple[Side, ...]) -> Ints:
    """Return the bin of the best attempt, from 0 (a score of -1) to 2 * GRID."""
    best = rows.values @ attempts[0].values.T
    for another in attempts[1:]:
        np.maximum(best, rows.values @ another.values.T, out=best)
    best *= rows.unit * attempts[0].unit * GRID
    np.floor(best, out=best)
    np.clip(best, -GRID, GRID, out=best)
    best += GRID
    return best.astype(np.int64)


def _wanted(part: _Part, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Return which comparisons of a stripe with itself are made: each pair once."""
    if not part.pairs or part.first != part.second:
        return None
    return np.triu(np.ones(shape, np.bool_), 1)


def _three(one: Any, two: Any, three: Any) -> Small:
    return np.stack([one, two, three], axis=1).astype(np.int32)


def in_order(parts: list[Small]) -> Small:
    """Join, highest bin first and then by number, in an order that depends on nothing else."""
    joined = np.concatenate([np.zeros((0, 3), np.int32), *parts])
    base = int(joined[:, 1:].max(initial=0)) + 1
    keys = GRID - joined[:, 0].astype(np.int64)
    for column in (1, 2):
        keys *= base
        keys += joined[:, column]
    keys.sort()
    # What the keys were made of comes back out of them, in their order.
    joined[:, 2] = keys % base
    keys //= base
    joined[:, 1] = keys % base
    joined[:, 0] = GRID - keys // base
    return joined
