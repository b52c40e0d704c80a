"""Whether passes can be linked to each other without the key.

After Gomez-Barrero et al., "General Framework to Evaluate Unlinkability in Biometric Template
Protection Systems", IEEE TIFS 13(6), 2018.

D_sys is 0 if pairs of passes of one face look like pairs of two faces, and 1 if they can always
be told apart. What somebody without the key could compute about a pair is the linkage value.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.passes import Pass

__all__ = ["Linkage", "global_measure", "measure_linkage"]

Bytes = NDArray[np.uint8]
Values = NDArray[np.float64]
_BINS = 20
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Linkage:
    """How well pairs of one face can be told from pairs of two.

    Attributes:
        what: what an attacker looks at.
        by: the linkage function.
        d_sys: the estimate; counting noise alone makes it a little larger than 0.
        null_low: 2.5 % quantile of estimates when the labels are dealt out at random.
        null_high: 97.5 % quantile of the same.
        as_expected: whether it is what it must be: nothing for sealed passes, and much for bare
            templates, without which the measurement would show nothing.
    """

    what: str
    by: str
    d_sys: float
    null_low: float
    null_high: float
    as_expected: bool

    @property
    def linkable(self) -> bool:
        """Whether the labels make a difference."""
        return self.d_sys > self.null_high


def global_measure(mated: Values, non_mated: Values) -> float:
    """Estimate D_sys from linkage values with histograms, both kinds being as likely (omega = 1).

    D(s) = 2 LR(s) / (1 + LR(s)) - 1 where the likelihood ratio LR(s) > 1, else 0 (equation 8);
    D_sys is its mean over mated pairs (equation 9).
    """
    edges = np.unique(np.quantile(np.concatenate([mated, non_mated]), np.linspace(0, 1, _BINS + 1)))
    edges[0], edges[-1] = -np.inf, np.inf
    p = np.histogram(mated, edges)[0] / len(mated)
    q = np.histogram(non_mated, edges)[0] / len(non_mated)
    total = p + q
    local = np.divide(p - q, total, out=np.zeros_like(total), where=total > 0)
    return float((p * np.maximum(local, 0)).sum())


def measure_linkage(
    make: Callable[[NDArray[np.float32]], Pass],
    face: Callable[[], NDArray[np.float32]],
    passes: int,
) -> list[Linkage]:
    """Link sealed passes of the very same features, and bare templates as a check of the method."""
    faces = [face() for _ in range(passes)]
    first = [make(features).sealed for features in faces]
    second = [make(features).sealed for features in faces]
    dice = np.random.default_rng(2)
    return [
        _sealed("bits in common", _bits_in_common, first, second, dice),
        _sealed("bytes in common", _bytes_in_common, first, second, dice),
        _sealed("compressed together", _compressed, first, second, dice),
        _bare(faces, dice),
    ]


def _bits_in_common(one: bytes, other: bytes) -> float:
    mixed = np.frombuffer(one, np.uint8) ^ np.frombuffer(other, np.uint8)
    return -float(np.unpackbits(mixed).sum())


def _bytes_in_common(one: bytes, other: bytes) -> float:
    return float((np.frombuffer(one, np.uint8) == np.frombuffer(other, np.uint8)).sum())


def _compressed(one: bytes, other: bytes) -> float:
    return float(-len(zlib.compress(one + other, 9)))


def _sealed(
    by: str,
    link: Callable[[bytes, bytes], float],
    first: list[bytes],
    second: list[bytes],
    dice: np.random.Generator,
) -> Linkage:
    count = len(first)
    mated = np.array([link(*pair) for pair in zip(first, second, strict=True)])
    others = (np.arange(count) + dice.integers(1, count, count)) % count
    non_mated = np.array([link(first[i], second[j]) for i, j in enumerate(others)])
    d_sys, low, high = _with_null(mated, non_mated, dice)
    return Linkage("sealed passes", by, d_sys, low, high, as_expected=d_sys <= high)


def _bare(faces: list[NDArray[np.float32]], dice: np.random.Generator) -> Linkage:
    """Show that the method sees what is there: two captures of a face, without any seal."""
    rows = np.array(faces)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    again = rows + dice.normal(0, 0.03, rows.shape)
    mated = (rows * again).sum(1).astype(np.float64)
    non_mated = (rows * np.roll(again, 1, 0)).sum(1).astype(np.float64)
    d_sys, low, high = _with_null(mated, non_mated, dice)
    return Linkage("bare templates", "inner product", d_sys, low, high, as_expected=d_sys > high)


def _with_null(
    mated: Values, non_mated: Values, dice: np.random.Generator
) -> tuple[float, float, float]:
    both = np.concatenate([mated, non_mated])
    dealt = []
    for _ in range(_RESAMPLES):
        dice.shuffle(both)
        dealt.append(global_measure(both[: len(mated)], both[len(mated) :]))
    low, high = np.quantile(dealt, [0.025, 0.975])
    return global_measure(mated, non_mated), float(low), float(high)
