"""Shares of presentations, with intervals by person; and the trade between the two errors.

What is independent is a person, not a recording: who is mistaken for a picture once is so again.
So intervals come from drawing people (`person_rate`). Where none or all went wrong there is
nothing to draw from, and people are counted instead: none of n people leaves 3/n possible (the rule
of three), and all of n leaves as few as 0.025 ** (1/n) (Clopper and Pearson). The same with
recordings in place of people would be narrower, and not honest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation._presentations.judging import ACCEPTED, SUSPECTED, UNDECIDED
from visavis.evaluation._rates.intervals import person_rate

__all__ = ["STRICTNESS", "TARGET", "USUAL", "Shown", "at_target", "curve", "share", "worst"]

STRICTNESS: Final = tuple(2.0 ** (step / 8) for step in range(-16, 17))
"""Factors at which decisions are tried: from a quarter of the usual strictness to four times it."""

USUAL: Final = STRICTNESS.index(1.0)

TARGET: Final = 0.07
"""Share of attacks that NIST SP 800-63B-4 would have accepted at most."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Shown:
    """Presentations of one kind: one class of attack, or honest ones.

    Attributes:
        answers: shape (n, strictness): what was decided.
        person: shape (n,): who is seen or shown in each.
        reasons: why each was not accepted at the usual strictness; "" if it was.

    """

    answers: NDArray[np.uint8]
    person: NDArray[np.int64]
    reasons: Sequence[str]

    @property
    def people(self) -> int:
        """How many there are."""
        return len(np.unique(self.person))

    def accepted(self) -> NDArray[np.float64]:
        """Return the share that is accepted at each strictness, shape (strictness,)."""
        shares: NDArray[np.float64] = (self.answers == ACCEPTED).mean(axis=0)
        return shares

    def counts(self, seed: int) -> dict[str, Any]:
        """Return what was decided at the usual strictness, as every kind has it."""
        usual = self.answers[:, USUAL]
        return {
            "presentations": len(self.person),
            "people": self.people,
            "accepted": int((usual == ACCEPTED).sum()),
            "suspected": self._reasons(SUSPECTED),
            "undecided": self._reasons(UNDECIDED),
            "nonresponse": self.rate(UNDECIDED, seed),
        }

    def rate(self, answer: int, seed: int, *, step: int = USUAL, but: bool = False) -> Any:
        """Return the share of one answer, or (`but`) of all others, with its interval."""
        return share((self.answers[:, step] == answer) ^ but, self.person, seed)

    def _reasons(self, answer: int) -> dict[str, int]:
        usual = self.answers[:, USUAL]
        counted = Counter(
            reason for reason, given in zip(self.reasons, usual, strict=True) if given == answer
        )
        return dict(sorted(counted.items()))

    def __repr__(self) -> str:
        return "<Shown: redacted>"


def share(hit: NDArray[np.bool_], person: NDArray[np.int64], seed: int) -> dict[str, Any]:
    """Return the share of presentations that something happened in, with its 95 % interval.

    Args:
        hit: shape (n,): whether it happened.
        person: shape (n,): number of each one's person.
        seed: of the bootstrap.

    """
    happened = np.bincount(person, weights=hit).astype(float)
    rate = person_rate(happened, np.bincount(person).astype(float), seed)
    method = "exact" if rate.errors and rate.errors == rate.comparisons else rate.method
    return {
        "count": rate.errors,
        "of": rate.comparisons,
        "value": rate.value,
        "low": rate.low,
        "high": rate.high,
        "method": method,
    }


def worst(attacks: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the class that is accepted most; of several alike, the one that is known least."""
    return max(
        attacks, key=lambda each: (each["apcer"]["value"], each["apcer"]["high"]), default=None
    )


def curve(attacks: Mapping[str, Shown], honest: Shown | None) -> dict[str, Any]:
    """Return shares at each strictness: accepted of each class, and not accepted of the honest."""
    classes = {name: shown.accepted() for name, shown in attacks.items()}
    most = np.max(list(classes.values()), axis=0) if classes else None
    return {
        "strictness": list(STRICTNESS),
        "apcer": {name: values.tolist() for name, values in classes.items()},
        "apcer_worst": None if most is None else most.tolist(),
        "bpcer": None if honest is None else (1 - honest.accepted()).tolist(),
    }


def at_target(attacks: Mapping[str, Shown], honest: Shown | None, seed: int) -> dict[str, Any]:
    """Return what it costs honest people to hold the worst class down to `TARGET`.

    The strictness is the laxest from which on the worst class stays at or below the target: a
    single dip below it, with more accepted again where it is stricter, would be chance.
    """
    found: dict[str, Any] = {
        "target": TARGET,
        "reached": "unknown",
        "strictness": None,
        "class": None,
        "apcer": None,
        "bpcer": None,
    }
    if not attacks:
        return found
    shares = np.array([shown.accepted() for shown in attacks.values()])
    over = np.flatnonzero(shares.max(axis=0) > TARGET)
    step = int(over[-1]) + 1 if len(over) else 0
    if step == len(STRICTNESS):
        return found | {"reached": "never"}
    rates = {name: shown.rate(ACCEPTED, seed, step=step) for name, shown in attacks.items()}
    name = max(rates, key=lambda each: (rates[each]["value"], rates[each]["high"]))
    return found | {
        "reached": "somewhere" if len(over) else "everywhere",
        "strictness": STRICTNESS[step],
        "class": name,
        "apcer": rates[name],
        "bpcer": None if honest is None else honest.rate(ACCEPTED, seed, step=step, but=True),
    }
