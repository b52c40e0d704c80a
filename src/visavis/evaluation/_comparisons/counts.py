"""Error rates at every threshold, from exact counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from visavis.evaluation._comparisons.comparing import BINS, GRID, Ints, Outcome
from visavis.evaluation._comparisons.trials import Trial

__all__ = ["LEAST_ERRORS", "Curve", "Point"]

LEAST_ERRORS: Final = 3
"""No errors in n independent comparisons show a rate of 3/n at best (the rule of three: Hanley and
Lippman-Hand, "If nothing goes wrong, is everything all right?", JAMA 1983)."""

_COARSE: Final = GRID // 1024
"""Bins in what is shown of the distribution of scores: a finer grid would show single ones."""

_MOST_POINTS: Final = 400
_DISPLAYED_BINS: Final = 120


@dataclass(frozen=True, slots=True)
class Point:
    """Rates at a threshold. `bin` counts from 0 at a score of 0, in parts of `GRID`."""

    bin: int
    fmr: float
    fnmr: float


class Curve:
    """False matches and false non-matches at every threshold of the grid.

    Args:
        trial: what was compared.
        outcome: what came of it.

    """

    def __init__(self, trial: Trial, outcome: Outcome) -> None:
        self.trial = trial
        self.outcome = outcome
        self.impostor = int(outcome.histogram.sum())
        self.genuine = len(outcome.genuine)

    @cached_property
    def _false_matches(self) -> Ints:
        """Comparisons of different people at or above each bin, and above all of them: 0."""
        return np.append(np.cumsum(self.outcome.histogram[::-1])[::-1], 0)

    @cached_property
    def _false_non_matches(self) -> Ints:
        counts = np.bincount(self.outcome.genuine[:, 0] + GRID, minlength=BINS)
        return np.concatenate([[0], np.cumsum(counts)])

    def false_matches(self, at: int) -> int:
        """Return how many comparisons of different people reach a bin."""
        return int(self._false_matches[at + GRID])

    def false_non_matches(self, at: int) -> int:
        """Return how many comparisons of a person with themselves stay below a bin."""
        return int(self._false_non_matches[at + GRID])

    def at(self, threshold: int) -> Point:
        """Return both rates at a bin."""
        return Point(
            threshold,
            self.false_matches(threshold) / max(self.impostor, 1),
            self.false_non_matches(threshold) / max(self.genuine, 1),
        )

    def shows(self, fmr: float) -> bool:
        """Return whether there are comparisons enough to show a false match rate."""
        return fmr * self.impostor >= LEAST_ERRORS * (1 - 1e-12)

    def threshold(self, fmr: float) -> int:
        """Return the lowest bin at which the share of false matches is at most `fmr`."""
        most = np.array([allowed(fmr, self.impostor)])
        return int(first_places(self._false_matches, most)[0]) - GRID

    def equal_error(self) -> Point:
        """Return the point where both rates come closest; the lowest of several."""
        both = np.stack(
            [
                self._false_matches / max(self.impostor, 1),
                self._false_non_matches / max(self.genuine, 1),
            ]
        )
        return self.at(int(np.abs(both[0] - both[1]).argmin()) - GRID)

    def det(self) -> list[Point]:
        """Return points of the detection error trade-off curve, thresholds rising.

        Every step of a coarse grid, where the exact ones would be single scores; or where there
        are more than 400, those nearest to evenly spaced ranks of the two rates' logarithms.
        """
        counts = self._false_matches + 0.0, self._false_non_matches + 0.0
        places = np.append(np.arange(0, BINS, _COARSE), BINS)
        moved = [np.diff(c[places], prepend=c[0] - 1) != 0 for c in counts]
        steps = places[np.any(moved, axis=0)]
        if len(steps) > _MOST_POINTS:
            logs = [np.log10(np.maximum(c[steps], 0.5)) for c in counts]
            way = np.cumsum(sum(np.abs(np.diff(log, prepend=log[0])) for log in logs))
            wanted = np.linspace(0, way[-1], _MOST_POINTS)
            steps = steps[np.unique(np.searchsorted(way, wanted).clip(0, len(steps) - 1))]
        return [self.at(int(step) - GRID) for step in steps]

    def histogram(self) -> tuple[list[float], list[int], list[int]]:
        """Return edges, genuine and impostor counts of bins wide enough to be looked at."""
        impostor = self.outcome.histogram
        genuine = np.diff(self._false_non_matches)
        used = np.flatnonzero(impostor + genuine)
        first, last = int(used[0]) // _COARSE * _COARSE, int(used[-1]) + 1
        width = _COARSE * max(1, -(-(last - first) // (_COARSE * _DISPLAYED_BINS)))
        starts = np.arange(first, last, width)
        edges = (np.append(starts, starts[-1] + width) - GRID) / GRID
        return (
            edges.tolist(),
            np.add.reduceat(genuine[:last], starts).tolist(),
            np.add.reduceat(impostor[:last], starts).tolist(),
        )


def allowed(fmr: float, comparisons: float) -> int:
    """Return how many false matches a rate allows; what a float lost is given back."""
    return int(fmr * comparisons * (1 + 1e-12))


def first_places(at_or_above: Ints, most: Ints) -> Ints:
    """Return the first places in falling counts where there are no more than each of `most`."""
    return np.searchsorted(-at_or_above, -most)
