"""Figures in pairs: what one repetition took with the peer and with visavis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.progress import track

__all__ = ["Budget", "Figures", "Pairs", "Row", "SetUpError", "Spread", "interleave", "paired_row"]

Figures = dict[str, float]
Pairs = list[tuple[Figures, Figures]]


class SetUpError(Exception):
    """The measurement cannot start or go on; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of one or more values."""
        low, median, high = np.percentile(values, [25, 50, 75])
        return cls(float(median), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a row has to reach; every bound that is given counts.

    Attributes:
        text: the bounds in words.
        below: the largest value of visavis, in the row's unit.
        ratio: how many times less than the peer's.

    """

    text: str
    below: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. The ratio is the peer's figure divided by that of visavis."""

    section: str
    what: str
    unit: str
    peer: Spread | None = None
    visavis: Spread | None = None
    ratio: Spread | None = None
    budget: Budget | None = None

    @property
    def met(self) -> bool | None:
        """Whether the budget is met by the medians; None where there is none."""
        if self.budget is None or self.visavis is None:
            return None
        small = self.budget.below is None or self.visavis.median <= self.budget.below
        if self.budget.ratio is None:
            return small
        return small and self.ratio is not None and self.ratio.median >= self.budget.ratio


def interleave(
    what: str, repetitions: int, peer: Callable[[], Figures], visavis: Callable[[], Figures]
) -> Pairs:
    """Measure both in turns, each first every other time, so that noise hits both."""
    peer()
    visavis()
    pairs = []
    for number in track(range(repetitions), what, console=Console(stderr=True)):
        if number % 2:
            ours = visavis()
            theirs = peer()
        else:
            theirs = peer()
            ours = visavis()
        pairs.append((theirs, ours))
    return pairs


def paired_row(
    pairs: Pairs,
    row: tuple[str, str, str],
    keys: tuple[str | None, str | None],
    *,
    scale: float = 1.0,
    budget: Budget | None = None,
) -> Row:
    """Return the row of one figure.

    Args:
        pairs: the repetitions.
        row: section, what, unit.
        keys: names of the figure with the peer and with visavis; None where it has none.
        scale: units in one of what was measured, such as 1000 from seconds to milliseconds.
        budget: what is to be reached.

    """
    theirs, ours = keys
    peer = [pair[0][theirs] * scale for pair in pairs] if theirs else None
    visavis = [pair[1][ours] * scale for pair in pairs] if ours else None
    ratio = None
    if peer and visavis:
        ratio = Spread.of([one / other for one, other in zip(peer, visavis, strict=True)])
    return Row(
        *row,
        peer=Spread.of(peer) if peer else None,
        visavis=Spread.of(visavis) if visavis else None,
        ratio=ratio,
        budget=budget,
    )
