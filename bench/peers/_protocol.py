"""One protocol for all: every photo with every other, one each, counted by visavis.evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from bench._measure import SetUpError
from bench.peers._systems import System

from visavis.evaluation._comparisons.comparing import GRID, Small, compare
from visavis.evaluation._comparisons.counts import Curve
from visavis.evaluation._machines.work import Work
from visavis.evaluation._participants.people import Participants
from visavis.evaluation._participants.reading import Readings, read_photos
from visavis.evaluation._rates.intervals import (
    Rate,
    Scope,
    false_match_rate,
    non_match_rate,
    person_rate,
)

__all__ = ["TARGETS", "Figures", "Point", "measure", "measured"]

TARGETS: Final = (1e-3, 1e-4)
_SEED: Final = 0
_BELOW_ALL: Final = -GRID - 1


@dataclass(frozen=True, slots=True)
class Point:
    """What happens at one threshold.

    Attributes:
        fmr: false matches.
        fnmr: false non-matches.
        refused: false non-matches when a comparison with a photo that gave nothing is one.

    """

    fmr: Rate
    fnmr: Rate
    refused: Rate


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted for one system.

    Attributes:
        fta: failures to acquire.
        genuine: comparisons of a person with themselves.
        impostor: comparisons of two people.
        eer: where both rates come closest, their mean.
        points: by the false match rate aimed at; None where the data cannot show it.
        usual: at the system's usual threshold.
        digest: SHA-256 of the photos that count.

    """

    fta: Rate
    genuine: int
    impostor: int
    eer: float
    points: Mapping[float, Point | None]
    usual: Point
    digest: str


def measure(
    system: System,
    participants: Participants,
    work: Work,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Figures:
    """Read all photos with one system and compare them.

    Raises:
        SetUpError: too few photos can be compared.

    """
    readings = read_photos(
        participants, embedder=system.name, work=work, progress=progress, load=system.load
    )
    return measured(system, readings, work)


def measured(system: System, readings: Readings, work: Work) -> Figures:
    """Compare what was read.

    Raises:
        SetUpError: too few photos can be compared.

    """
    people = len(readings.photos)
    trial = system.trial(readings, people)
    curve = Curve(trial, compare(trial, work, floor=GRID + 1))
    if not curve.genuine or not curve.impostor:
        raise SetUpError(f"Too few photos gave anything with {system.name}.")
    shown = {target: curve.threshold(target) for target in TARGETS if curve.shows(target)}
    floor = min(system.threshold, *shown.values()) if shown else system.threshold
    close = compare(trial, work, floor=floor).close
    rates = _Rates(curve, close, readings)
    equal = curve.equal_error()
    photos = readings.photos.astype(float)
    got = np.bincount(readings.person, minlength=people).astype(float)
    return Figures(
        fta=person_rate(photos - got, photos, _SEED),
        genuine=curve.genuine,
        impostor=curve.impostor,
        eer=(equal.fmr + equal.fnmr) / 2,
        points={target: rates.at(shown[target]) if target in shown else None for target in TARGETS},
        usual=rates.at(system.threshold),
        digest=readings.digest,
    )


class _Rates:
    def __init__(self, curve: Curve, close: Small, readings: Readings) -> None:
        self._close = close
        self._scope = Scope(curve.trial.rows, curve.trial.per_pair)
        self._people = len(readings.photos)
        self._bins = curve.outcome.genuine[:, 0]
        self._person = readings.person[curve.outcome.genuine[:, 1]]
        # Comparisons that a failure made impossible stay below every threshold.
        photos = readings.photos.astype(np.int64)
        made = np.bincount(self._person, minlength=self._people)
        failed = np.repeat(
            np.arange(self._people, dtype=np.int32), photos * (photos - 1) // 2 - made
        )
        self._bins_with_failed = np.append(self._bins, np.full(len(failed), _BELOW_ALL, np.int32))
        self._person_with_failed = np.append(self._person, failed)

    def at(self, threshold: int) -> Point:
        several = (
            (self._bins, self._person),
            (self._bins_with_failed, self._person_with_failed),
        )
        fnmr, refused = (
            non_match_rate(bins, person, threshold, self._people, _SEED) for bins, person in several
        )
        return Point(false_match_rate(self._close, threshold, self._scope, _SEED), fnmr, refused)
