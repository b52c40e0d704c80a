"""The threshold for a target, and the error it has on people it was not chosen with.

People are dealt into folds. For every pair of folds a threshold is chosen on everybody else, and
the comparisons between the two folds are judged by it: nobody who is judged had a say. Every
comparison is judged once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.comparing import GRID, Ints, Small
from visavis.evaluation._comparisons.counts import LEAST_ERRORS, Curve, allowed, first_places
from visavis.evaluation._rates.intervals import NEAR, Rate, Scope, non_match_rate, rate_of_errors

__all__ = ["Calibration", "Group", "Measured", "calibrate"]

FOLDS: Final = 10
_FEWEST_FOLDS: Final = 4
"""Two that are judged, and two whose comparisons with each other a threshold is chosen with."""

_SOME: Final = 1000
_STRICTER: Final = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02, 0.01)


@dataclass(frozen=True, slots=True)
class Group:
    """People with one declared label."""

    column: str
    label: str
    members: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Measured:
    """Comparisons that a threshold is chosen with.

    Attributes:
        curve: of the trial.
        floor: bin down to which single comparisons of different people are known.
        person: shape (m,): who each genuine comparison is about.

    """

    curve: Curve
    floor: int
    person: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found for one target; rates are cross-validated by person.

    Attributes:
        target: false match rate aimed at, in the worst group.
        status: "proven": groups are told apart, and no interval reaches above the target, of no
            group and in no trial; "provisional": the threshold fits the data, which are too few
            to prove it; "impossible": they cannot even show it.
        why: what the status rests on.
        match: the threshold as a bin; None if impossible.
        folds: into how many folds people were dealt.
        worst: the declared group with the highest upper end of its interval.
        overall: false match rate over everybody.
        worst_group: that of the worst group.
        fnmr: false non-match rate over everybody.
        others: of the other trials, by name.

    """

    target: float
    status: str
    why: str
    match: int | None
    folds: int
    worst: Group | None
    overall: Rate | None
    worst_group: Rate | None
    fnmr: Rate | None
    others: tuple[tuple[str, Rate, Rate], ...]


def calibrate(
    trials: Sequence[Measured], groups: Sequence[Group], target: float, *, seed: int
) -> Calibration:
    """Choose a threshold for a false match rate in the worst group.

    It is the lowest at which no group has a larger share of false matches than allowed, in any
    trial. Allowed is the target; or, if some stricter share makes the upper ends of all intervals
    fall to the target, the largest such share.

    Args:
        trials: photo by photo first; then those of several photos.
        groups: as participants declared them.
        target: the false match rate.
        seed: deals the folds, and starts the bootstrap.

    """
    first = trials[0].curve
    fold = _dealt(first.trial.rows, seed)
    folds = int(fold.max()) + 1
    if folds < _FEWEST_FOLDS:
        return _impossible(target, f"{_FEWEST_FOLDS} people at least are needed.")
    if not first.shows(target):
        least = LEAST_ERRORS / first.impostor
        made = f"{first.impostor:,} comparisons of different people"
        return _impossible(target, f"{made} show no rate below {_one_in(least)}.")
    choices = _Choices(trials, groups, fold, target)
    judging = _Judging(choices, seed)
    # Where no two groups are told apart, nothing is known about the worst one.
    tried = range(len(_STRICTER)) if _told_apart(groups) else ()
    status, factor, in_groups = "provisional", 0, False
    for share in tried:
        if judging.worst(share, groups)[1].high <= target:
            in_groups = True
            if judging.others_hold(share, target):
                status, factor = "proven", share
                break
    worst, rate = judging.worst(factor, groups)
    who = f"{worst.label} ({worst.column})" if worst else "all people together"
    others = tuple(
        (
            trial.curve.trial.plan.name,
            judging.false_matches(number, factor),
            judging.non_matches(number, factor),
        )
        for number, trial in enumerate(trials)
        if number
    )
    highest = _decides((who, rate.high), others, target if in_groups else None)
    return Calibration(
        target,
        status,
        _why(status, target, highest, groups),
        choices.threshold(factor),
        folds,
        worst,
        judging.false_matches(0, factor),
        rate if worst else None,
        judging.non_matches(0, factor),
        others,
    )


def _dealt(rows: NDArray[np.float64], seed: int) -> Ints:
    """Return everybody's fold; those who are compared with nobody are in the first."""
    compared = np.flatnonzero(rows)
    fold = np.zeros(len(rows), np.int64)
    fold[compared] = np.random.default_rng(seed).permutation(len(compared)) % FOLDS
    return fold


def _impossible(target: float, why: str) -> Calibration:
    return Calibration(target, "impossible", why, None, 0, None, None, None, None, ())


def _told_apart(groups: Sequence[Group]) -> bool:
    """Return whether any column has two groups: one that everybody is in has no worse one."""
    return len(groups) > len({group.column for group in groups})


def _decides(
    worst: tuple[str, float], others: Sequence[tuple[str, Rate, Rate]], limit: float | None
) -> tuple[str, float]:
    """Return in words whose interval reaches highest, and how high.

    Where some stricter share would do for all groups, it is another trial above the limit.
    """
    ends = [(f"all people together in trial {name}", fmr.high) for name, fmr, _ in others]
    above = [] if limit is None else [end for end in ends if end[1] > limit]
    return max(above or [worst, *ends], key=lambda end: end[1])


def _why(status: str, target: float, highest: tuple[str, float], groups: Sequence[Group]) -> str:
    who, high = highest
    end = f"the 95 % interval reaches up to {_one_in(high)} for {who}"
    if status == "proven":
        return f"In the worst case {end}, not above the target of {_one_in(target)}."
    reasons = []
    if not groups:
        reasons.append("no participant declared a group, so nothing is known about the worst one")
    elif not _told_apart(groups):
        reasons.append("no column tells two groups apart, so nothing is known about the worst one")
    if high > target:
        reasons.append(f"{end}, above the target of {_one_in(target)}")
    return f"Not proven: {'; and '.join(reasons)}."


def _one_in(rate: float) -> str:
    return f"1 in {1 / rate:,.0f}"


class _Choices:
    """Thresholds by share of false matches: from everybody, and from all but two folds."""

    def __init__(
        self, trials: Sequence[Measured], groups: Sequence[Group], fold: Ints, target: float
    ) -> None:
        self.fold, self.trials = fold, trials
        everybody = np.ones(len(fold), np.bool_)
        found = [
            _thresholds(trial, members, fold, target)
            for trial in trials
            for members in (everybody, *(group.members for group in groups))
        ]
        self._of_all = np.max([of_all for of_all, _ in found], axis=0)
        self._without = np.max([without for _, without in found], axis=0)

    def threshold(self, factor: int) -> int:
        """Return the threshold for a share, by its number in `_STRICTER`."""
        return int(self._of_all[factor])

    def without(self, factor: int) -> Ints:
        """Return thresholds, shape (folds, folds), each chosen without the people of two folds."""
        without: Ints = self._without[factor]
        return without


def _thresholds(
    trial: Measured, members: NDArray[np.bool_], fold: Ints, target: float
) -> tuple[Ints, Ints]:
    """Return thresholds for every share, shapes (shares,) and (shares, folds, folds)."""
    total = _left(_compared(trial, members, fold))
    most = _allowed(target, total.everybody)
    close = trial.curve.outcome.close
    close = close[members[close[:, 1]] & members[close[:, 2]]]
    # What decides is among the closest; all are looked at only where folds are too uneven.
    for cut in (_SOME + 4 * int(most[0]), len(close)):
        steps, reached = _reached(close[:cut], fold, trial.floor)
        counts = _left(reached)
        of_all = steps[first_places(counts.everybody, most)]
        without = np.full((len(_STRICTER), *total.counts.shape), -GRID)
        for one, two in _pairs(len(total.counts)):
            comparisons = total.without(one, two)
            if comparisons:  # otherwise nobody is left to have a say
                rest = _allowed(target, comparisons)
                found = steps[first_places(counts.without(one, two), rest)]
                without[:, one, two] = without[:, two, one] = found
        if cut >= len(close) or not np.any(without == steps[0]):
            break
    return of_all, without


def _allowed(target: float, comparisons: float) -> Ints:
    """Return how many false matches each share of a target allows."""
    return np.array([allowed(target * factor, comparisons) for factor in _STRICTER])


def _compared(trial: Measured, members: NDArray[np.bool_], fold: Ints) -> NDArray[np.float64]:
    """Return how many comparisons there are, shape (folds, folds), symmetric."""
    shape = trial.curve.trial
    member = (np.arange(fold.max() + 1)[:, None] == fold) * (shape.rows * members)
    sums, squares = member.sum(1), (member**2).sum(1)
    compared: NDArray[np.float64] = np.outer(sums, sums)
    np.fill_diagonal(compared, (sums**2 - squares) / 2)
    return compared * shape.per_pair


def _reached(close: Small, fold: Ints, floor: int) -> tuple[Ints, Ints]:
    """Return bins from which on fewer reach them, and how many do, (folds, folds, bins)."""
    folds = int(fold.max()) + 1
    if not len(close):
        return np.array([floor]), np.zeros((folds, folds, 1), np.int64)
    levels, level = np.unique(close[:, 0].astype(np.int64), return_inverse=True)
    steps = np.append(levels[0], levels + 1)
    one, two = fold[close[:, 1]], fold[close[:, 2]]
    places = (one * folds + two) * len(steps) + level
    mirrored = ((two * folds + one) * len(steps) + level)[one != two]
    size = folds**2 * len(steps)
    counts = sum(np.bincount(each, minlength=size) for each in (places, mirrored))
    by_bin = np.reshape(counts, (folds, folds, len(steps)))
    return steps, np.cumsum(by_bin[..., ::-1], axis=-1)[..., ::-1]


@dataclass(frozen=True, slots=True)
class _Left:
    """Counts, shape (folds, folds, ...), symmetric, summed over those who are left."""

    counts: NDArray[Any]
    touching: NDArray[Any]
    everybody: Any

    def without(self, one: int, two: int) -> Any:
        """Return the sum over all pairs of folds in which neither of two takes part."""
        if one == two:
            return self.everybody - self.touching[one]
        return self.everybody - self.touching[one] - self.touching[two] + self.counts[one, two]


def _left(counts: NDArray[Any]) -> _Left:
    touching = counts.sum(1)
    diagonal = counts[np.diag_indices(len(counts))].sum(0)
    everybody = (touching.sum(0) + diagonal) / 2
    return _Left(counts, touching, everybody.astype(counts.dtype))


class _Judging:
    """Rates at thresholds that those who are judged had no say in."""

    def __init__(self, choices: _Choices, seed: int) -> None:
        self._choices, self._seed = choices, seed

    def false_matches(self, trial: int, factor: int, group: Group | None = None) -> Rate:
        measured, fold = self._choices.trials[trial], self._choices.fold
        limits = self._choices.without(factor)
        shape, close = measured.curve.trial, measured.curve.outcome.close
        least = int(np.searchsorted(-close[:, 0], -int(limits.min()), side="right"))
        close = close[: max(least, NEAR)]
        codes = np.zeros(len(fold), np.int64) if group is None else group.members - 1
        scope = Scope(shape.rows, shape.per_pair, codes)
        close = close[scope.counts(close)]
        errors = close[close[:, 0] >= limits[fold[close[:, 1]], fold[close[:, 2]]]]
        return rate_of_errors(errors, close, scope, self._seed)

    def worst(self, factor: int, groups: Sequence[Group]) -> tuple[Group | None, Rate]:
        """Return who has the highest upper end: a group, or None for all together."""
        each: list[tuple[Group | None, Rate]] = [
            (group, self.false_matches(0, factor, group)) for group in (None, *groups)
        ]
        return max(each, key=lambda pair: pair[1].high)

    def others_hold(self, factor: int, target: float) -> bool:
        """Return whether no interval of the trials but the first reaches above the target."""
        others = range(1, len(self._choices.trials))
        return all(self.false_matches(trial, factor).high <= target for trial in others)

    def non_matches(self, trial: int, factor: int) -> Rate:
        measured, fold = self._choices.trials[trial], self._choices.fold
        limits = self._choices.without(factor)
        own = fold[measured.person]
        bins = measured.curve.outcome.genuine[:, 0]
        return non_match_rate(bins, measured.person, limits[own, own], len(fold), self._seed)


def _pairs(folds: int) -> Iterator[tuple[int, int]]:
    for one in range(folds):
        for two in range(one, folds):
            yield one, two
