"""Participants whose error rates are known: features drawn so that every rate has a formula.

A person is a direction c, uniform on the sphere in d dimensions. A photo of them is

    cos(spread) c + sin(spread) u,    u uniform among the directions orthogonal to c.

Photos of two people are two independent uniform directions. The cosine between such is
2 B - 1 with B from the Beta distribution with both parameters (d - 1) / 2; call it b(d). Two
photos of one person have the cosine cos² + sin² b(d - 1).

People of a kind may also have something in common: of each photo's squared length, the part
`common` is one direction that all people of that kind share, orthogonal to all else. Two of
them then have the cosine common + (1 - common) b(d): "wolves and lambs", who match each other
more often than others do. With people of other kinds it is the smaller of two, (1 - common)^½
b(d), and so on. Rates over people of several kinds are mixtures of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import beta

from visavis.types import FloatArray

__all__ = ["Kind", "Population", "Sample"]

People = NDArray[np.int32]


@dataclass(frozen=True)
class Kind:
    """People who are alike in how often they are taken for others, and not recognised.

    Args:
        share: of the population.
        spread: angle in radians between a photo and the person.
        common: part of the squared length that all people of this kind have in common.
    """

    share: float = 1.0
    spread: float = 0.8
    common: float = 0.0


@dataclass(frozen=True)
class Sample:
    """Some people of a population, and photos of them.

    Args:
        rows: shape (photos of all, dimension), float32, unit length, person by person.
        person: shape (photos of all,): whose each is.
        kind: shape (people,): number of each person's kind.
    """

    rows: FloatArray
    person: People
    kind: NDArray[np.int64]

    @property
    def people(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Population:
    """People of one or several kinds, in their shares.

    Args:
        kinds: of people.
        dimension: of the part that is each person's own.
    """

    kinds: tuple[Kind, ...] = (Kind(),)
    dimension: int = 32

    def draw(
        self,
        people: int,
        photos: int,
        rng: np.random.Generator,
        kind: NDArray[np.int64] | None = None,
    ) -> Sample:
        """Draw people, with as many photos each; their kinds by their shares, or as given."""
        if kind is None:
            kind = rng.choice(len(self.kinds), size=people, p=[each.share for each in self.kinds])
        spread = np.array([each.spread for each in self.kinds])[kind, None, None]
        common = np.array([each.common for each in self.kinds])[kind, None, None]
        person = _unit(rng.normal(size=(people, 1, self.dimension)))
        other = rng.normal(size=(people, photos, self.dimension))
        other = _unit(other - (other * person).sum(-1, keepdims=True) * person)
        own = np.sqrt(1 - common) * (np.cos(spread) * person + np.sin(spread) * other)
        shared = np.sqrt(common) * np.eye(len(self.kinds))[kind][:, None]
        rows = np.concatenate([own, np.broadcast_to(shared, (*own.shape[:2], len(self.kinds)))], 2)
        # Turned at random, so that no single number is large: rounding cuts those off.
        turned = rows.reshape(people * photos, -1) @ self._turn()
        numbers = np.repeat(np.arange(people, dtype=np.int32), photos)
        return Sample(turned.astype(np.float32), numbers, kind)

    def fmr_between(self, one: int, two: int, threshold: float) -> float:
        """Return how often photos of a person of one kind and another of one kind reach it."""
        first, second = self.kinds[one].common, self.kinds[two].common
        if one == two:
            return _reaches(self.dimension, (threshold - first) / (1 - first))
        return _reaches(self.dimension, threshold / np.sqrt((1 - first) * (1 - second)))

    def fnmr_of(self, one: int, threshold: float) -> float:
        """Return how often two photos of one person of a kind stay below a threshold."""
        kind = self.kinds[one]
        own = (threshold - kind.common) / (1 - kind.common)
        between = (own - np.cos(kind.spread) ** 2) / np.sin(kind.spread) ** 2
        return 1 - _reaches(self.dimension - 1, between)

    def fmr(self, threshold: float, shares: Sequence[float] | None = None) -> float:
        """Return the false match rate over two different people drawn by shares."""
        of = [kind.share for kind in self.kinds] if shares is None else shares
        return sum(
            of[one] * of[two] * self.fmr_between(one, two, threshold)
            for one in range(len(of))
            for two in range(len(of))
        )

    def fnmr(self, threshold: float) -> float:
        """Return the false non-match rate over people drawn by their shares."""
        return sum(
            kind.share * self.fnmr_of(number, threshold) for number, kind in enumerate(self.kinds)
        )

    def threshold(self, fmr: float) -> float:
        """Return the threshold with a false match rate."""
        return float(brentq(lambda at: np.log(max(self.fmr(at), 1e-300) / fmr), -0.999, 0.999))

    def threshold_for_fnmr(self, fnmr: float) -> float:
        """Return the threshold with a false non-match rate."""
        return float(brentq(lambda at: self.fnmr(at) - fnmr, -0.999, 0.999))

    def _turn(self) -> NDArray[np.float64]:
        size = self.dimension + len(self.kinds)
        turn: NDArray[np.float64] = np.linalg.qr(
            np.random.default_rng(0).normal(size=(size, size))
        )[0]
        return turn


def _reaches(dimension: int, cosine: float) -> float:
    """Return how often two independent uniform directions have at least a cosine."""
    half = (dimension - 1) / 2
    return float(beta.sf((1 + cosine) / 2, half, half))


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    unit: NDArray[np.float64] = values / np.linalg.norm(values, axis=-1, keepdims=True)
    return unit
