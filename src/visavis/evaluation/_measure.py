"""Everything that is compared with one embedder, and rates of what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._comparisons.comparing import GRID, compare
from visavis.evaluation._comparisons.counts import Curve
from visavis.evaluation._comparisons.trials import (
    ATTEMPTS,
    Plan,
    Trial,
    every_pair,
    one_of_a_capture,
    plan,
    transactions,
)
from visavis.evaluation._machines.work import Work
from visavis.evaluation._participants.people import Participants
from visavis.evaluation._participants.reading import Readings
from visavis.evaluation._rates.calibration import Group, Measured
from visavis.evaluation._rates.intervals import Rate, Scope, false_match_rate, non_match_rate
from visavis.evaluation._settings import POINTS, Settings

__all__ = ["SAME_CAPTURE_FMR", "System", "Threshold"]

SAME_CAPTURE_FMR: Final = 1e-2
"""Share of photos of a wrong person that may go unnoticed among others of one capture (ADR 4)."""

_FEW: Final = 200_000
"""Comparisons that are all kept one by one; of more, only those above a floor are."""

_MOST_KEPT: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold that is in use, and where it comes from."""

    id: str
    status: str
    match: float

    @property
    def bin(self) -> int:
        """The lowest place on the grid that is accepted."""
        return int(np.ceil(self.match * GRID))


class System:
    """One embedder's features, and everything that is measured with them.

    Args:
        readings: the features.
        participants: what people declared.
        settings: what is asked for.
        in_use: the threshold that `verify` uses with this embedder, if there is one.
        work: threads or machines.
        tell: told how many comparisons are done, and of how many.

    """

    def __init__(  # noqa: PLR0913, PLR0917 - everything that is measured rests on
        self,
        readings: Readings,
        participants: Participants,
        settings: Settings,
        in_use: Threshold | None,
        work: Work,
        tell: Callable[[int, int], None],
    ) -> None:
        self.readings, self.settings, self.in_use = readings, settings, in_use
        self.people = len(participants.people)
        self.participants = participants
        self._work, self._tell = work, tell
        usable = np.bincount(readings.person, minlength=self.people)
        rng = np.random.default_rng(settings.seed)
        rows = (readings.rows, readings.person, self.people)
        most = Plan(settings.enrolled, settings.verified)
        plans = [plan(usable, most), plan(usable, most, ATTEMPTS)]
        drawn = [transactions(each, *rows, rng) for each in plans if each is not None]
        trials = [every_pair(*rows), *(trial for trial in drawn if trial is not None)]
        capture = one_of_a_capture(*rows, rng)
        self._total = sum(map(comparisons, [*trials, *([capture] if capture else [])]))
        self._done = 0
        self.trials = [self._measured(trial) for trial in trials]
        self.capture = self._measured(capture) if capture else None

    def _measured(self, trial: Trial) -> Measured:
        """Compare; where there are too many, keep single ones only down to the highest rate."""
        every = comparisons(trial)
        floor = -GRID if every <= _FEW else GRID + 1
        before = self._done
        outcome = compare(trial, self._work, floor=floor, progress=self._advance)
        curve = Curve(trial, outcome)
        if floor > GRID:
            asked = max(POINTS[0], *self.settings.targets)
            floor = min(curve.threshold(asked), curve.equal_error().bin)
            if self.in_use is not None:
                floor = min(floor, self.in_use.bin)
            floor = max(floor, curve.threshold(_MOST_KEPT / curve.impostor))
            self._total += every
            self._done = before + every
            outcome = compare(trial, self._work, floor=floor, progress=self._advance)
            curve = Curve(trial, outcome)
        person = trial.draws[0].enrolled.person[outcome.genuine[:, 1]]
        return Measured(curve, floor, person)

    def _advance(self, done: int) -> None:
        self._done += done
        self._tell(self._done, self._total)

    def fmr(self, measured: Measured, at: int, scope: Scope | None = None) -> Rate:
        """Return a false match rate; none where too many comparisons reach the threshold."""
        shape, curve = measured.curve.trial, measured.curve
        if at < measured.floor:
            return Rate(curve.false_matches(at), curve.impostor, None, 0.0, 1.0, "none")
        scope = scope or Scope(shape.rows, shape.per_pair)
        return false_match_rate(curve.outcome.close, at, scope, self.settings.seed)

    def fnmr(self, measured: Measured, at: int, members: NDArray[np.bool_] | None = None) -> Rate:
        """Return a false non-match rate."""
        bins, person = measured.curve.outcome.genuine[:, 0], measured.person
        if members is not None:
            bins, person = bins[members[person]], person[members[person]]
        return non_match_rate(bins, person, at, self.people, self.settings.seed)

    def groups(self, column: str) -> list[Group]:
        """Return people by what they declared, in the order of the labels."""
        labels = self.participants.declared(column)
        return [
            Group(column, label, np.array([each == label for each in labels]))
            for label in sorted(set(labels) - {""})
        ]


def comparisons(trial: Trial) -> int:
    """Return how many comparisons a trial makes, of one person and of two."""
    sizes = [len(draw.enrolled.person) for draw in trial.draws]
    return sum(size * (size - 1) // 2 if trial.pairs else size * size for size in sizes)
