"""What is compared with what: every pair of photos, or captures of several photos, drawn anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.sides import People, Side, enrolled, presented, unrounded
from visavis.types import FloatArray

__all__ = ["Draw", "Plan", "Trial", "every_pair", "one_of_a_capture", "plan", "transactions"]

MOST_DRAWS: Final = 35
_ENOUGH_COMPARISONS: Final = 2_000_000
ATTEMPTS: Final = 3
"""Attempts before a person has to wait (visavis.attempts)."""


@dataclass(frozen=True, slots=True, repr=False)
class Draw:
    """Enrolled captures, and what is presented to each in one or several attempts."""

    enrolled: Side
    attempts: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many photos are enrolled and verified, and in how many attempts."""

    enrolled: int
    verified: int
    attempts: int = 1

    @property
    def photos(self) -> int:
        """How many photos of a person this takes."""
        return self.enrolled + self.verified * self.attempts

    @property
    def name(self) -> str:
        """As the report calls it."""
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        return f"{self.enrolled}-{self.verified}{tries}"


@dataclass(frozen=True, slots=True, repr=False)
class Trial:
    """One kind of transaction, and the comparisons that stand for it.

    Attributes:
        plan: numbers of photos and attempts.
        draws: what is compared; each with every other.
        pairs: rows of the two sides are the same photos, and each pair is compared once.
        rows: shape (people,): how many rows of each person there are in a draw.

    """

    plan: Plan
    draws: tuple[Draw, ...]
    pairs: bool
    rows: NDArray[np.float64]

    @property
    def per_pair(self) -> int:
        """How many comparisons two people have for each pair of their rows."""
        return 1 if self.pairs else 2 * len(self.draws)


def every_pair(rows: FloatArray, person: People, people: int) -> Trial:
    """Compare every photo with every other once, the earlier one enrolled."""
    draw = Draw(enrolled(rows, person), (presented(rows, person),))
    return Trial(
        Plan(1, 1), (draw,), pairs=True, rows=np.bincount(person, minlength=people).astype(float)
    )


def plan(counts: NDArray[np.int64], most: Plan, attempts: int = 1) -> Plan | None:
    """Return the largest plan up to `most` that most people with several photos can follow.

    The largest has most photos on the side that has fewer; of several such, it enrols most.

    Args:
        counts: how many usable photos each person has.
        most: the numbers of photos that are wanted.
        attempts: how many.

    Returns:
        None where nothing larger than one photo and one attempt is possible.

    """
    photos = _usual(counts)
    possible = [
        found
        for enrolled in range(1, most.enrolled + 1)
        for verified in range(1, most.verified + 1)
        if Plan(1, 1).photos < (found := Plan(enrolled, verified, attempts)).photos <= photos
    ]
    return max(
        possible,
        key=lambda each: (min(each.enrolled, each.verified), each.enrolled, each.verified),
        default=None,
    )


def transactions(
    plan: Plan, rows: FloatArray, person: People, people: int, rng: np.random.Generator
) -> Trial | None:
    """Draw disjoint photos of each person, enrol the mean of some and present that of others.

    Returns:
        None where fewer than two people have enough photos.

    """
    able, of = _able(person, people, plan.photos)
    if len(able) < _PEOPLE:
        return None
    draws = []
    for _ in range(_how_many(len(able))):
        drawn = np.stack([rows[rng.permutation(of[one])[: plan.photos]] for one in able])
        own = able.astype(np.int32)
        parts = np.split(drawn[:, plan.enrolled :], plan.attempts, axis=1)
        presented_means = tuple(presented(part.mean(1), own) for part in parts)
        draws.append(Draw(enrolled(drawn[:, : plan.enrolled].mean(1), own), presented_means))
    return Trial(plan, tuple(draws), pairs=False, rows=_ones(able, people))


def one_of_a_capture(
    rows: FloatArray, person: People, people: int, rng: np.random.Generator
) -> Trial | None:
    """Compare one photo with the mean of two others, as within a capture of three.

    Of one other where too few people have three.
    """
    others = min(2, _usual(np.bincount(person, minlength=people)) - 1)
    able, of = _able(person, people, others + 1)
    if others < 1 or len(able) < _PEOPLE:
        return None
    draws = []
    for _ in range(_how_many(len(able))):
        drawn = np.stack([rows[rng.permutation(of[one])[: others + 1]] for one in able])
        rest = drawn[:, 1:].sum(1, dtype=float)
        rest /= np.linalg.norm(rest, axis=1, keepdims=True)
        own = able.astype(np.int32)
        draws.append(Draw(unrounded(drawn[:, 0], own), (presented(rest, own),)))
    return Trial(Plan(1, others), tuple(draws), pairs=False, rows=_ones(able, people))


_PEOPLE: Final = 2


def _usual(counts: NDArray[np.int64]) -> int:
    """Return how many photos most people with several have; 0 if nobody has several."""
    several = np.sort(counts[counts > 1])
    return int(several[(len(several) - 1) // 2]) if len(several) else 0


def _able(
    person: People, people: int, photos: int
) -> tuple[NDArray[np.int64], list[NDArray[np.int64]]]:
    counts = np.bincount(person, minlength=people)
    of = np.split(np.arange(len(person)), np.cumsum(counts)[:-1])
    return np.flatnonzero(counts >= photos), of


def _how_many(people: int) -> int:
    return int(np.clip(_ENOUGH_COMPARISONS // people**2, 1, MOST_DRAWS))


def _ones(able: NDArray[np.int64], people: int) -> NDArray[np.float64]:
    rows = np.zeros(people)
    rows[able] = 1.0
    return rows
