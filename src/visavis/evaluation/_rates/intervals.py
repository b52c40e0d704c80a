"""How sure a rate is: intervals from resampling people, not comparisons.

Comparisons of the same people say nearly the same thing, so they are not so many independent
facts. The bootstrap draws people with replacement; a comparison of two people counts as often
as both were drawn together (Bolle, Ratha, Pankanti, "Error analysis of pattern recognition
systems: the subsets bootstrap", 2004; ISO/IEC 19795-1 asks for intervals that respect it). Pairs of
a person with themselves, drawn twice, are left out. Few people differ less from each other than
many would: the quantiles lie further out for them (Hesterberg, "What teachers should know about the
bootstrap", 2015, section 4.3).

Few errors say little, however often they are drawn: an interval is never narrower than the exact
one (Clopper and Pearson) for as many independent errors. Where none was seen there is nothing to
resample, and the rule of three gives the upper end. In both, what is independent is not a
comparison but a bunch of them: as many as two people (or one) were seen to fail in together, at the
threshold or at the nearest one where ten failed, are counted as one. Where fewer than ten are known
to fail, somebody unseen may fail in all of theirs, and the rule of three counts them so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.comparing import Small

__all__ = [
    "Rate",
    "Scope",
    "false_match_rate",
    "non_match_rate",
    "person_rate",
    "rate_of_errors",
]

DRAWS: Final = 1000
_FEWEST_DRAWS: Final = 100
_EFFORT: Final = 1_000_000_000
_BLOCK: Final = 4_000_000
NEAR: Final = 100_000
"""Closest comparisons, from which to see how errors keep together."""

_TEN: Final = 10
_TAIL: Final = 0.025
_RULE_OF_THREE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Rate:
    """An error rate with its 95 % interval.

    Attributes:
        errors: how many were seen.
        comparisons: of how many.
        value: their share; None if there is too little to say anything.
        low: lower end of the interval.
        high: upper end of the interval.
        method: "bootstrap", "rule of three" or "none".

    """

    errors: int
    comparisons: int
    value: float | None
    low: float
    high: float
    method: str

    def json(self) -> dict[str, Any]:
        """Return it as the report has it."""
        return {
            "errors": self.errors,
            "comparisons": self.comparisons,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "method": self.method,
        }


_NOTHING: Final = Rate(0, 0, None, 0.0, 1.0, "none")


class Scope:
    """Which pairs of people count, and how many comparisons each pair has.

    Args:
        rows: shape (people,): rows of each person in a trial.
        per_pair: comparisons for each pair of rows of two people.
        group: shape (people,): number of each person's group, -1 for none; None: all in one.
        counted: shape (groups, groups), symmetric: which pairs of groups count.

    """

    def __init__(
        self,
        rows: NDArray[np.float64],
        per_pair: int,
        group: NDArray[np.int64] | None = None,
        counted: NDArray[np.bool_] | None = None,
    ) -> None:
        self._rows = rows
        self._per_pair = per_pair
        self._group = np.zeros(len(rows), np.int64) if group is None else group
        self._counted = np.ones((1, 1), np.bool_) if counted is None else counted
        takes_part: NDArray[np.bool_] = np.any(self._counted, axis=1)
        self._takes_part = (self._group >= 0) & takes_part[self._group] & (rows > 0)
        self.people = np.flatnonzero(self._takes_part)

    def counts(self, close: Small) -> NDArray[np.bool_]:
        """Return which comparisons, shape (n, 3) as in `Outcome.close`, are of pairs that count."""
        first, second = close[:, 1], close[:, 2]
        both = self._takes_part[first] & self._takes_part[second]
        return both & self._counted[self._group[first], self._group[second]]

    def comparisons(self, weight: NDArray[np.floating[Any]] | None = None) -> NDArray[np.float64]:
        """Return how many comparisons there are when each person counts `weight` times.

        Args:
            weight: shape (people that take part, draws); None for once each.

        Returns:
            Shape (draws,), or (1,) for None.

        """
        if weight is None:
            weight = np.ones((len(self.people), 1))
        member = np.arange(len(self._counted))[:, None] == self._group[self.people]
        rows = (member * self._rows[self.people]).astype(weight.dtype)
        sums, squares = (each.astype(float) for each in (rows @ weight, rows**2 @ weight**2))
        within = np.diag(self._counted)
        total = (sums * (self._counted @ sums)).sum(0) - squares[within].sum(0)
        halves: NDArray[np.float64] = total * self._per_pair / 2
        return halves

    @property
    def pairs(self) -> int:
        """How many pairs of people count."""
        alone = Scope((self._rows > 0).astype(float), 1, self._group, self._counted)
        return round(float(alone.comparisons()[0]))


def false_match_rate(close: Small, threshold: int, scope: Scope, seed: int) -> Rate:
    """Return the share of comparisons of different people that reach a threshold.

    Args:
        close: comparisons as in `Outcome.close`, highest first, complete down to the threshold.
        threshold: a bin.
        scope: which of them count.
        seed: of the bootstrap.

    """
    reached = int(np.searchsorted(-close[:, 0], -threshold, side="right"))
    errors, near = close[:reached], close[: max(reached, NEAR)]
    return rate_of_errors(errors[scope.counts(errors)], near[scope.counts(near)], scope, seed)


def rate_of_errors(errors: Small, near: Small, scope: Scope, seed: int) -> Rate:
    """Return the rate of false matches that were found in one way or another.

    Args:
        errors: the comparisons that are false matches.
        near: comparisons, highest first, from which to see how errors keep together.
        scope: which pairs count; all of `errors` and `near` do.
        seed: of the bootstrap.

    """
    total = round(float(scope.comparisons()[0]))
    if total == 0:
        return _NOTHING
    matrix = _by_pair(errors, scope)
    keys = near[:, 1].astype(np.int64) * len(scope._rows) + near[:, 2]
    shares = []
    for weight in _weights(len(scope.people), matrix.nnz, seed) if len(errors) else ():
        compared = scope.comparisons(weight)
        found = ((matrix @ weight) * weight).sum(0)
        shares.append(found[compared > 0] / compared[compared > 0])
    seen = _Seen(len(errors), total, matrix.nnz, scope.pairs, _together(keys))
    return _rate(seen, shares, len(scope.people))


def _by_pair(errors: Small, scope: Scope) -> Any:
    """Return how many errors two people have with each other, shape (people, people)."""
    from scipy import sparse  # noqa: PLC0415

    size = len(scope.people)
    number = np.zeros(int(scope.people.max()) + 1, np.int32)
    number[scope.people] = np.arange(size)
    places = number[errors[:, 1]], number[errors[:, 2]]
    return sparse.coo_array((np.ones(len(errors), np.float32), places), (size, size)).tocsr()


def _together(keys: NDArray[np.int64]) -> float | None:
    """Return how many errors come together when ten fail; None where fewer ever do.

    Args:
        keys: who is compared, in the order in which comparisons become errors.

    """
    for most in (NEAR, len(keys)):  # the nearest are nearly always enough
        firsts = np.sort(np.unique(keys[:most], return_index=True)[1])
        if len(firsts) >= _TEN:
            return float(firsts[_TEN - 1] + 1) / _TEN
    return None


def non_match_rate(
    bins: NDArray[np.int32],
    person: NDArray[np.int32],
    threshold: NDArray[np.int64] | int,
    people: int,
    seed: int,
) -> Rate:
    """Return the share of comparisons of people with themselves that miss a threshold.

    Args:
        bins: shape (n,): of each comparison.
        person: shape (n,): whose it is.
        threshold: a bin, or one for each comparison.
        people: how many there are.
        seed: of the bootstrap.

    """
    missed = np.bincount(person[bins < threshold], minlength=people)
    made = np.bincount(person, minlength=people)
    keys = person[np.argsort(bins, kind="stable")].astype(np.int64)
    return person_rate(missed.astype(float), made.astype(float), seed, keys)


def person_rate(
    errors: NDArray[np.float64],
    comparisons: NDArray[np.float64],
    seed: int,
    keys: NDArray[np.int64] | None = None,
) -> Rate:
    """Return the share of what went wrong, of things each of which is about one person.

    Args:
        errors: shape (people,): how many went wrong for each person.
        comparisons: shape (people,): of how many.
        seed: of the bootstrap.
        keys: who each is about, in the order in which they go wrong, if there is one.

    """
    takes_part = comparisons > 0
    errors, comparisons = errors[takes_part], comparisons[takes_part]
    total, wrong = round(float(comparisons.sum())), round(float(errors.sum()))
    if total == 0:
        return _NOTHING
    shares = [
        (errors @ weight) / (comparisons @ weight)
        for weight in _weights(len(errors), len(errors), seed)
    ]
    together = None if keys is None else _together(keys)
    seen = _Seen(wrong, total, int(np.count_nonzero(errors)), len(errors), together)
    return _rate(seen, shares, len(errors))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a rate rests on.

    Attributes:
        wrong: errors.
        total: comparisons.
        apart: how many people, or pairs of people, had errors.
        units: of how many.
        near: how many errors come together at the nearest threshold where ten fail.

    """

    wrong: int
    total: int
    apart: int
    units: int
    near: float | None

    def together(self) -> tuple[float, float]:
        """Return how many comparisons count as one: as far as is known, and at worst."""
        most = self.total / self.units
        if self.apart >= _TEN:
            return (min(most, self.wrong / self.apart),) * 2
        if self.near is not None:
            return (min(most, self.near),) * 2
        return (min(most, self.wrong / self.apart) if self.apart else most), most


def _rate(seen: _Seen, shares: Sequence[NDArray[np.float64]], people: int) -> Rate:
    """Put a rate together from what was seen and from its shares among people drawn."""
    from scipy.special import betaincinv, ndtr, stdtrit  # noqa: PLC0415

    wrong, total = seen.wrong, seen.total
    known, worst = seen.together()
    none = min(1.0, _RULE_OF_THREE * worst / total)
    if not wrong:
        return Rate(0, total, 0.0, 0.0, none, "rule of three")
    freedom = max(people - 1, 1)
    tail = ndtr(stdtrit(freedom, _TAIL) * np.sqrt((freedom + 1) / freedom))
    low, high = np.quantile(np.concatenate(shares), (tail, 1 - tail))
    errors, others = wrong / known, (total - wrong) / known
    low = min(low, betaincinv(errors, others + 1, _TAIL))
    high = max(high, none, betaincinv(errors + 1, others, 1 - _TAIL)) if others else 1.0
    return Rate(wrong, total, wrong / total, float(low), float(high), "bootstrap")


def _weights(people: int, effort: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Yield how often each person is drawn, shape (people, draws), some draws at a time."""
    drawn = _drawn(people, seed)[:, : int(np.clip(_EFFORT // max(effort, 1), _FEWEST_DRAWS, DRAWS))]
    step = max(1, _BLOCK // people)
    for start in range(0, drawn.shape[1], step):
        yield drawn[:, start : start + step].astype(np.float32)


@functools.lru_cache(maxsize=4)
def _drawn(people: int, seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    drawn = np.zeros((people, DRAWS), np.uint8)
    for draw in range(DRAWS):
        drawn[:, draw] = np.bincount(rng.integers(people, size=people), minlength=people)
    return drawn
